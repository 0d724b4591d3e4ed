"""Batteries still hold enough.

A worn battery ends the work without warning when the power fails or the cable slips out, and a swollen one is dangerous.
"""

from itaudit import api
from itaudit.facts.battery import Battery


class Settings(api.CheckSettings):
    health_percent: api.AtLeast = api.AtLeast(warn=70, fail=60)
    """What a full charge holds, in percent of a new battery."""


FIX = api.Remedy(
    "Replace the worn battery.",
    api.Effort.MINUTES,
    cost=(50, 200),
    steps=("Order the battery by the model of the machine; see upower -d for its own model.",),
    verify="upower -d shows a capacity near 100 percent; scan again.",
    if_you_wait="The machine switches off sooner and sooner without the mains, and unsaved work is lost.",
    lead=api.LeadTime.COMPUTER,
)


@api.check(severity=api.Severity.MEDIUM, sources=("makers replace batteries below 60 to 80 percent under warranty",))
def battery(cell: Battery, limits: Settings) -> api.Verdict:
    cycles = "not counted" if cell.cycles is None else str(cell.cycles)
    return api.verdict(
        limits.health_percent.judge(cell.health_percent),
        f"A full {cell.subject} holds {cell.health_percent:.0f}% of what it held when new.",
        api.Measurement("health", cell.health_percent, api.Unit.PERCENT),
        detail=f"{cell.model or 'unknown model'}; charge cycles: {cycles}",
        fix=FIX,
    )
