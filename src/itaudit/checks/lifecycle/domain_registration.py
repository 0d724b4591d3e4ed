"""Your web addresses are paid for.

A name on the internet is rented by the year. When it is not paid, the web site and all email stop at once, and weeks later
anybody may buy the name and receive what is meant for you.
"""

from __future__ import annotations

from datetime import date

from itaudit import api
from itaudit.facts.registrations import SAY_IT, RegisteredName

HELD = ("client hold", "server hold", "redemption period", "pending delete")
"""States in which the name no longer works or is about to be lost (RFC 8056, ICANN's list of EPP status codes)."""
LOCKS = ("client transfer prohibited", "server transfer prohibited")


class Settings(api.CheckSettings):
    days_left: api.AtLeast = api.AtLeast(warn=60, fail=30)
    """Days until it must be paid again."""
    critical_days: int = 7
    """Fewer days than this are critical."""


@api.check(
    severity=api.Severity.HIGH,
    sources=("RFC 9083 4.5", "RFC 8056", "ICANN Expired Registration Recovery Policy", "days: our choice, settable"),
)
def domain_registration(found: RegisteredName, machine: api.Machine, limits: Settings) -> api.Verdict:
    """Days until the registration ends, and whether the registry has stopped it."""
    detail = _detail(found)
    if held := [state for state in found.states if state in HELD]:
        words = f"The registry has stopped {found.subject}: web site and email do not work, and the name may be lost."
        return api.verdict(
            api.Status.FAIL,
            words,
            detail=f"{', '.join(held)}; {detail}",
            fix=_release(found),
            severity=api.Severity.CRITICAL,
            due=found.expires,
            flags=(api.Flag.BUSINESS_STOPPER, api.Flag.FAILING_NOW),
        )
    if found.expires is None:
        words = f"Until when {found.subject} is paid is not known: its registry does not tell."
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=SAY_IT)
    left = (found.expires - machine.now.date()).days
    measured = api.Measurement("days_left", left, api.Unit.DAYS)
    status = limits.days_left.judge(left)
    severity = api.Severity.MEDIUM if status is api.Status.WARN else None
    if status is api.Status.FAIL and left < limits.critical_days:
        severity = api.Severity.CRITICAL
    words = (
        f"{found.subject} was paid until {_day(found.expires)}: it can be lost any day."
        if left < 0
        else f"{found.subject} is paid until {_day(found.expires)} ({api.readable_days(left)} left)."
    )
    return api.verdict(status, words, measured, detail=detail, fix=_renew(found), severity=severity, due=found.expires)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _who(found: RegisteredName) -> str:
    return found.registrar or "the registrar (whois names it)"


def _renew(found: RegisteredName) -> api.Remedy:
    return api.Remedy(
        "Renew the registration of the name, and let it renew itself.",
        cost=(10, 60),
        steps=(
            f"Log in at {_who(found)}: renew {found.name}, and switch on automatic renewal.",
            "Check that the card or account it is paid from is valid, and that its letters go to somebody who reads them.",
            *_note(found),
        ),
        verify=f"whois {found.name}; curl -L https://rdap.org/domain/{found.name}",
        if_you_wait="On that day the web site and all email stop; after some weeks anybody may buy the name.",
        who="whoever pays for the name",
    )


def _note(found: RegisteredName) -> tuple[str, ...]:
    """Its registry does not tell the day, so only the owner's note can become right again."""
    written = f'Write the new day down in itaudit.toml: [targets] registrations = {{ "{found.name}" = YEAR-MONTH-DAY }}'
    return (written,) if found.said_by_owner else ()


def _release(found: RegisteredName) -> api.Remedy:
    return api.Remedy(
        "Ask the company where the name was bought today why it is stopped, and have it released.",
        cost=(0, 300),
        steps=(
            f"Call {_who(found)}. client hold: an unpaid bill, or contact data that nobody confirmed.",
            "redemption period: it can be restored against a fee, mostly within 30 days. pending delete: it is gone within days.",
            "server hold: the registry itself stopped it; ask which complaint or order it is about.",
        ),
        verify=f"whois {found.name} shows none of: {', '.join(HELD)}",
        if_you_wait="The name is given to whoever asks first, with all email that is sent to it.",
        who="whoever pays for the name",
    )


def _detail(found: RegisteredName) -> str:
    lock = "locked against transfer" if any(state in LOCKS for state in found.states) else "no lock against transfer is shown"
    seen = [
        f"expires {found.expires} ({'as written in itaudit.toml' if found.said_by_owner else 'RDAP event expiration'})"
        if found.expires
        else "RDAP tells no event expiration",
        f"registered {found.since}" if found.since else "",
        f"registrar {found.registrar}" if found.registrar else "",
        f"status {', '.join(found.states)}; {lock}" if found.states else "",
    ]
    return "; ".join(filter(None, seen))
