"""Databases and programming languages still get security updates.

Web shops and business programs stand on them.
One that its maker has given up keeps working, so nobody notices that it stays unsafe.
"""

from itaudit import api
from itaudit.facts.runtimes import Runtime


class Settings(api.CheckSettings):
    days_left: api.AtLeast = api.AtLeast(warn=180, fail=30)
    """Days until its maker's last day of support."""


FIX = api.Remedy(
    "Replace databases and programming languages that are at their end, or remove them if nothing uses them.",
    api.Effort.DAY,
    steps=(
        "Find out what uses it: apt-get -s remove PACKAGE lists what would go with it.",
        "Unused: sudo apt-get remove PACKAGE",
        "Used: install the new release beside it, move the data, test, then remove the old one.",
    ),
    undo="Keep the old release installed but stopped until the new one has proved itself.",
    verify="apt list --installed no longer shows the old release.",
    if_you_wait="New holes in it stay open, and the programs that stand on it share them.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 2.2", "the maker's page, named in the technical detail"))
def runtime(program: Runtime, machine: api.Machine, limits: Settings) -> api.Verdict:
    """High once the day has passed: then nobody mends it."""
    origin = "the operating system's maker" if program.with_system else "its own maker only"
    detail = f"{program.package} {program.version}; maintained by {origin}; {program.source}"
    if program.with_system:
        summary = f"{program.subject} is kept safe together with the operating system."
        return api.verdict(api.Status.OK, summary, detail=detail)
    if program.support_end is None:
        summary = f"Until when {program.subject} gets security updates is not known."
        return api.verdict(api.Status.UNKNOWN, summary, detail=detail, unlock=f"Look it up at {program.source}")
    left = (program.support_end - machine.now.date()).days
    day = f"{program.support_end.day} {program.support_end:%B %Y}"
    return api.verdict(
        limits.days_left.judge(left),
        f"{program.subject} {'got' if left < 0 else 'gets'} security updates from its maker until {day}.",
        api.Measurement("days_left", left, api.Unit.DAYS),
        detail=detail,
        fix=FIX,
        severity=api.Severity.HIGH if left < 0 else None,
        due=program.support_end,
    )
