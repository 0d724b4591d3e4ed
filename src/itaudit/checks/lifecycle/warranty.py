"""The machine is still under warranty.

Without one a failure costs the repair, and the waiting for a part that somebody has to find first.
"""

from itaudit import api
from itaudit.facts.machine_age import Warranty


class Settings(api.CheckSettings):
    days_left: api.AtLeast = api.AtLeast(warn=90, fail=0)
    """Days until its last day, as written in itaudit.toml ([hardware] warranty_until)."""


FIX = api.Remedy(
    "Prolong the warranty of this machine, or plan its replacement.",
    api.Effort.HOURS,
    cost=(100, 1500),
    steps=(
        "Ask the maker or the dealer for a longer warranty; it mostly must be bought before the old one ends.",
        "Prolonged: write the new day down in itaudit.toml: [hardware] warranty_until = YEAR-MONTH-DAY",
    ),
    verify="The maker's page shows the new day for the serial number: sudo dmidecode -s system-serial-number; scan again.",
    if_you_wait="The next failure is paid by you, and takes as long as it takes to find the part.",
    lead=api.LeadTime.LICENCE,
)


@api.check(severity=api.Severity.LOW, sources=("CIS v8.1 1.1", "days: our choice, settable"))
def warranty(cover: Warranty, machine: api.Machine, limits: Settings) -> api.Verdict:
    left = (cover.until - machine.now.date()).days
    day = f"{cover.until.day} {cover.until:%B %Y}"
    return api.verdict(
        limits.days_left.judge(left),
        f"The warranty of this machine {f'ended on {day}' if left < 0 else f'ends on {day} ({api.readable_days(left)} left)'}.",
        api.Measurement("days_left", left, api.Unit.DAYS),
        detail="as written in itaudit.toml, [hardware] warranty_until",
        fix=FIX,
        due=cover.until if left >= 0 else None,
    )
