"""The machine is not too old.

Disks, fans and power supplies fail more often with age, and spare parts get scarce.
Replacing in time is cheaper than replacing in a hurry.
"""

from datetime import timedelta

from itaudit import api
from itaudit.facts.machine_age import Hull


class Settings(api.CheckSettings):
    years: api.AtMost = api.AtMost(warn=4, fail=5)
    """Age in years of 365.25 days."""


FIX = api.Remedy(
    "Plan the replacement of the old machine.",
    api.Effort.DAY,
    cost=(600, 4000),
    steps=("Look up the maker's warranty by the serial number: sudo dmidecode -s system-serial-number",),
    verify="The new machine is in use and appears in the next scan.",
    if_you_wait="A failure stops the work that is done with it until a new machine is bought and set up.",
    lead=api.LeadTime.SERVER_OR_LINE,
)


@api.check(severity=api.Severity.MEDIUM, sources=("common practice: computers 4 to 5 years, servers 5 years",))
def machine_age(hull: Hull, machine: api.Machine, limits: Settings) -> api.Verdict:
    years = (machine.now.date() - hull.since).days / 365.25
    known = "bought" if hull.certain else "by the date of its firmware; an update of that makes it look younger:"
    at_least = "" if hull.certain else "at least "
    status = limits.years.judge(years)
    return api.verdict(
        status,
        f"This machine ({hull.model}) is {at_least}{years:.1f} years old.",
        detail=f"{known} {hull.since}",
        fix=FIX,
        # Before: replace it by the day on which it is too old. After: there is no such day any more.
        due=hull.since + timedelta(days=min(limits.years.fail, 100) * 365.25) if status is api.Status.WARN else None,
    )
