"""Answers about your web address are signed, and the signatures hold.

A signature proves that nobody on the way changed where your web site and your email are. Once there is one, it must be kept
valid: when it breaks or runs out, the name disappears for everybody who checks, from one hour to the next.
"""

from __future__ import annotations

from datetime import timedelta

from itaudit import api
from itaudit.checks.dns import _signatures
from itaudit.facts.signatures import ZoneSignatures
from itaudit.facts.zone_proofs import Window

DAY = timedelta(days=1)
RENEWED = timedelta(hours=1)


class Settings(api.CheckSettings):
    days_left: float = 7
    """Days for which every signature must still hold."""
    critical_days_left: float = 2
    """Days below which a failure is critical."""
    share_left_percent: float = 20
    """Below days_left, signatures on a known rhythm are still well while this share of their life, in percent, is left."""


@api.check(
    severity=api.Severity.MEDIUM,
    sources=(
        *("RFC 4035 5", "RFC 6781 4.4.2", "RFC 8624 3.1", "RFC 9905", "RFC 9276", "Internet.nl WEB_DNSSEC"),
        *("Zonemaster DNSSEC01, 02, 04, 05, 07-11, 14", "itaudit's own choice: 7 and 2 days, 20 %"),
    ),
)
def dnssec(found: ZoneSignatures, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    name, fail, detail = found.subject, api.Status.FAIL, _detail(found)
    if broken := _broken(found):
        words, severity = broken
        fix = _signatures.repair(found.zone, found.fitting_ds)
        return api.verdict(fail, words, detail=detail, fix=fix, severity=severity)
    left = _days_left(found, machine)
    if found.ds and (late := _running_out(found, past, machine, limits)):
        remains = late.ends - machine.now
        words = f"The signatures of {name} run out in {remains // DAY} day(s), and then many people cannot find it."
        severity = api.Severity.CRITICAL if remains < limits.critical_days_left * DAY else api.Severity.HIGH
        fix, due, flags = _signatures.renew(found.zone), late.ends.date(), (api.Flag.EARLY_WARNING,)
        return api.verdict(fail, words, *left, detail=detail, fix=fix, severity=severity, due=due, flags=flags)
    if found.ds and found.outdated:
        words = f"The answers about {name} are signed in an outdated way, which more and more providers ignore."
        return api.verdict(fail, words, *left, detail=detail, fix=_signatures.modernise(found.zone))
    return _harmless(found, left, detail)


def _broken(found: ZoneSignatures) -> tuple[str, api.Severity] | None:
    """What keeps people from finding the name now, and how grave that is. Resolvers try another server when one is bad."""
    name = found.subject
    if found.refused or (found.broken and found.broken_servers == found.servers):
        words = f"{name} cannot be found by people whose provider checks signatures: those of {found.zone} do not hold."
        return words, api.Severity.CRITICAL
    if found.broken:
        words = f"The signatures of {name} do not hold on {found.broken_servers} of its {found.servers} name server addresses."
        return words, api.Severity.HIGH
    if found.ds and found.partly:
        words = f"People whose provider checks signatures get errors with some answers about {name}."
        return words, api.Severity.HIGH
    return None


def _harmless(found: ZoneSignatures, left: list[api.Measurement], detail: str) -> api.Verdict:
    """What stops nobody."""
    name, warn, low = found.subject, api.Status.WARN, api.Severity.LOW
    if not found.ds and found.keys:
        words = f"The answers about {name} are signed, but nobody can check it: the last step at your registrar is missing."
        return api.verdict(warn, words, detail=detail, fix=_signatures.finish(found.zone, found.fitting_ds), severity=low)
    if not found.ds:
        words = f"Nobody can check that answers about {name} come from you: they are not signed."
        return api.verdict(warn, words, detail=detail, fix=_signatures.begin(found.zone), severity=low)
    if found.small:
        words = f"The signatures of {name} hold, but there are remains beside them that do not."
        return api.verdict(warn, words, *left, detail=detail, fix=_signatures.tidy(found.zone), severity=low)
    return api.verdict(api.Status.OK, f"The answers about {name} are signed, and the signatures hold.", *left, detail=detail)


def _days_left(found: ZoneSignatures, machine: api.Machine) -> list[api.Measurement]:
    ends = min((window.ends for window in found.windows), default=None)
    return [api.Measurement("signature_days_left", (ends - machine.now) / DAY, api.Unit.DAYS)] if ends and found.ds else []


def _running_out(found: ZoneSignatures, past: api.History, machine: api.Machine, limits: Settings) -> Window | None:
    """The signature that ends first and too soon. Those made at the moment of the question, and those that a scan before saw
    renewed, may be short: for them, and for long ones, a share of their life is enough (many servers renew at 5 of 14 days)."""
    renewed = _renewed(found, past)
    for window in sorted(found.windows, key=lambda one: one.ends):
        remains, life = window.ends - machine.now, window.ends - window.begins
        rhythm = found.on_demand or renewed or life >= limits.days_left * DAY
        fresh = rhythm and remains >= life * limits.share_left_percent / 100
        if remains < limits.days_left * DAY and not fresh:
            return window
    return None


def _renewed(found: ZoneSignatures, past: api.History) -> bool:
    """An earlier scan saw the first of them end sooner than it ends now."""
    ends = min((window.ends for window in found.windows), default=None)
    return ends is not None and any(
        point.when + point.value * DAY < ends - RENEWED for point in past.series("signature_days_left")
    )


def _detail(found: ZoneSignatures) -> str:
    said = [f"zone {found.zone}", f"DS {' | '.join(found.ds) or 'none'}", f"DNSKEY {', '.join(found.keys) or 'none'}"]
    said += [_signatures.REFUSED] if found.refused else []
    said += [*found.broken, *found.partly, *found.outdated, *found.small]
    said += [f"{one.type} holds until {one.ends:%Y-%m-%d %H:%M} UTC" for one in found.windows]
    said += [f"NSEC3 with {found.iterations} additional iterations, where RFC 9276 asks for none"] if found.iterations else []
    return "; ".join(dict.fromkeys(said))
