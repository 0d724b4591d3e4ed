"""Databases and programming languages still get security updates.

Web shops and business programs stand on them.
One that its maker has given up keeps working, so nobody notices that it stays unsafe.
"""

from itaudit import api
from itaudit.checks.lifecycle._program import detail_of, due_of, judge_program, measured, unlock_of
from itaudit.facts.software import Runtime


class Settings(api.CheckSettings):
    days_left: api.AtLeast = api.AtLeast(warn=180, fail=30)
    """Days until its maker's last day of support."""


FIX = api.Remedy(
    "Replace databases and programming languages that are at their end, or remove them if nothing uses them.",
    api.Effort.DAY,  # all that we know of are free: a newer release takes work, and nothing is bought or waited for
    steps=(
        "Find out what uses it: apt-get -s remove PACKAGE lists what would go with it (Red Hat family: dnf remove --assumeno).",
        "Unused: sudo apt-get remove PACKAGE, or the same with dnf or zypper",
        "Used: install the new release beside it, move the data, test, then remove the old one.",
        "The technical detail names a file: it was unpacked or built by hand. Install the new release the same way, beside it.",
    ),
    undo="Keep the old release installed but stopped until the new one has proved itself.",
    verify="apt list --installed, or rpm -qa, no longer shows the old release.",
    if_you_wait="New holes in it stay open, and the programs that stand on it share them.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 2.2", "the maker's page, named in the technical detail"))
def runtime(program: Runtime, machine: api.Machine, limits: Settings) -> api.Verdict:
    """High once the day has passed: then nobody mends it."""
    today = machine.now.date()
    status, summary, severity = judge_program(program, today, limits.days_left)
    return api.verdict(
        status,
        summary,
        *measured(program, today),
        detail=detail_of(program, today),
        fix=FIX,
        severity=severity,
        due=due_of(program),
        unlock=unlock_of(program, status),
    )
