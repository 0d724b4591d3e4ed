"""The judgement of an installed program by the last day on which anybody mends it; shared by several checks."""

from __future__ import annotations

from datetime import date

from itaudit import api
from itaudit.facts.lifecycle import FETCH, STALE_DAYS
from itaudit.facts.software import Program

GRACE_DAYS = 30  # our choice: a program whose maker replaces each release by the next may be this late
RAPID_STALE_DAYS = 90  # our choice: of such a program an older table knows nothing, for its releases live for weeks or months


def judge_program(program: Program, today: date, days_left: api.AtLeast) -> tuple[api.Status, str, api.Severity | None]:
    """High once the day has passed: then nobody mends it. What the system's maker mends ends with the system."""
    if program.with_system:
        return api.Status.OK, _with_system(program), None
    if not program.known:
        return api.Status.UNKNOWN, f"Until when {program.subject} gets security updates is not known.", None
    left = left_of(program, today)
    over = program.ended if left is None else left < (-GRACE_DAYS if program.rapid else 0)
    if program.with_system is None and over:
        words = f"The maker of {program.subject} no longer mends it; whether the system's maker does is not known."
        return api.Status.UNKNOWN, words, None
    if left is None or program.support_end is None:
        return _without_a_day(program, today)
    if program.rapid and not over:
        return api.Status.OK, f"{program.subject} is recent enough.", None
    day = f"{program.support_end.day} {program.support_end:%B %Y}"
    words = f"{program.subject} {'got' if left < 0 else 'gets'} security updates from its maker until {day}."
    return days_left.judge(left), words, api.Severity.HIGH if left < 0 else None


def _with_system(program: Program) -> str:
    return f"{program.subject} gets its security updates with the operating system, as long as that gets any."


def _without_a_day(program: Program, today: date) -> tuple[api.Status, str, api.Severity | None]:
    if program.ended:
        return api.Status.FAIL, f"{program.subject} no longer gets security updates from its maker.", api.Severity.HIGH
    stale = RAPID_STALE_DAYS if program.rapid else STALE_DAYS
    if program.checked and (today - program.checked).days > stale:
        words = f"Whether {program.subject} still gets security updates is not known: our table is too old."
        return api.Status.UNKNOWN, words, None
    return api.Status.OK, f"{program.subject} gets security updates from its maker.", None


def due_of(program: Program) -> date | None:
    """Its own maker's last day does not matter where the system's maker mends it."""
    return None if program.with_system else program.support_end


def left_of(program: Program, today: date) -> int | None:
    return (program.support_end - today).days if program.support_end else None


def measured(program: Program, today: date) -> tuple[api.Measurement, ...]:
    left = None if program.with_system else left_of(program, today)
    return () if left is None else (api.Measurement("days_left", left, api.Unit.DAYS),)


def detail_of(program: Program, today: date) -> str:
    origin = {True: "the operating system's maker", False: "its own maker only", None: "it is not told whom"}[program.with_system]
    age = (today - program.checked).days if program.checked else None
    aged = "" if age is None else f"; the table of support ends was checked {api.readable_days(age)} ago"
    return f"{program.package} {program.version}; maintained by {origin}; {program.source}{aged}"


def unlock_of(program: Program, status: api.Status) -> str:
    """What makes an unknown end known."""
    return f"{FETCH}. Or look it up at {program.source}" if status is api.Status.UNKNOWN else ""
