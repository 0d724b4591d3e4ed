"""Installed programs still get security updates.

Web sites, office programs, file and mail servers: each release has a last day on which its maker mends it.
What was installed past the operating system, from a download or from another source, is nobody's business but yours.
"""

from dataclasses import replace

from itaudit import api
from itaudit.checks.lifecycle._program import detail_of, due_of, judge_program, measured, unlock_of
from itaudit.facts.software import Software


class Settings(api.CheckSettings):
    days_left: api.AtLeast = api.AtLeast(warn=60, fail=0)
    """Days until its maker's last day of support."""


FIX = api.Remedy(
    "Replace programs that their makers no longer mend by a newer release, or remove them if nobody uses them.",
    api.Effort.HOURS,
    steps=(
        "WordPress: log in at /wp-admin, make a backup, then Dashboard, Updates. Or: wp core update; wp core update-db",
        "Came from the maker's own package source: sudo apt-get update, then sudo apt-get install PACKAGE; or: sudo dnf upgrade"
        " PACKAGE. Such sources often hold one release each: the maker's page names that of the newer one.",
        "Left over from an earlier release of the system (apt list PACKAGE says local): apt-get -s remove PACKAGE lists what"
        " would go with it; then sudo apt-get remove PACKAGE",
        "The technical detail names a file: it was unpacked or built by hand. Install the maker's newest release the same way.",
    ),
    undo="Keep the old release, or a copy of it, until the new one has proved itself.",
    verify="The program shows the new version; scan again.",
    if_you_wait="New holes in it stay open, and attackers look for exactly these.",
)
BUY = replace(FIX, cost=(0, 1000), lead=api.LeadTime.LICENCE)
"""Its own release is free, or paid for already, where the licence says so."""
_SOLD = frozenset(("Microsoft SQL Server",))
"""Of the programs that are looked for (software_names.py); the others are free, and a newer release takes work only."""


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 2.2", "the maker's page, named in the technical detail"))
def software(program: Software, machine: api.Machine, limits: Settings) -> api.Verdict:
    """High once the day has passed."""
    today = machine.now.date()
    status, summary, severity = judge_program(program, today, limits.days_left)
    return api.verdict(
        status,
        summary,
        *measured(program, today),
        detail=detail_of(program, today),
        fix=BUY if program.name in _SOLD else FIX,
        severity=severity,
        due=due_of(program),
        unlock=unlock_of(program, status),
    )
