"""Solid-state drives have enough life left.

A drive without moving parts can be written only so often. It tells how much of that is left, so it can be replaced in good time.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.drive import Drive


class Settings(api.CheckSettings):
    life_left_percent: api.AtLeast = api.AtLeast(warn=20, fail=10)
    """What is left of the writing the drive was built for, in percent."""
    days_left: api.AtLeast = api.AtLeast(warn=180, fail=60)
    """Days until nothing is left at the present pace."""


FULL_PACE_HOURS = 2160
FULL_PACE_PERCENT = 10
"""Our own choice: 90 days of running and a tenth used tell a pace; less is mostly the first filling."""
FORESEEABLE_DAYS = 1826
"""As the forecast: beyond five years a straight line says nothing."""


@api.check(
    severity=api.Severity.HIGH,
    sources=("NVM Express Base Specification, log page 02h, Percentage Used", "itaudit's own choice: 20, 10 %"),
)
def wear(drive: Drive, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    if drive.life_left_percent is None:
        return api.verdict(api.Status.SKIPPED, f"{drive.title} does not count its wear.")
    used = 100 - drive.life_left_percent
    points = [*past.series("used"), api.Point(machine.now, used)]
    forecast = api.forecast_until(100, points, machine.now, "worn out")
    phrase = forecast.phrase if forecast.enough else _pace(used, drive.hours) or forecast.phrase * (used < 100)
    soon = limits.days_left.judge(forecast.days)
    return api.verdict(
        api.worst(soon, limits.life_left_percent.judge(drive.life_left_percent)),
        f"{drive.title} has used {used}% of the writing it was built for{phrase}.",
        api.Measurement("used", used, api.Unit.PERCENT),
        detail=f"{drive.record}: {drive.life_left_percent} % left",
        fix=_fix(drive),
        due=forecast.date,
        flags=() if soon is api.Status.OK else (api.Flag.EARLY_WARNING,),
    )


def _fix(drive: Drive) -> api.Remedy:
    return api.Remedy(
        f"Order a new drive for {drive.name} and move everything to it in good time.",
        api.Effort.DAY,
        cost=(60, 300),
        steps=(f"smartctl -a {drive.way}", "clone: ddrescue OLD_DEVICE NEW_DEVICE rescue.map"),
        verify="smartctl -a NEW_DEVICE",
        if_you_wait="One day the drive no longer accepts anything new.",
        lead=api.LeadTime.LICENCE,
    )


def _pace(used: int, hours: int | None) -> str:
    """How long the rest lasts at the pace of its life so far. Not judged: a drive that runs by day only lasts longer."""
    if hours is None or hours < FULL_PACE_HOURS or not FULL_PACE_PERCENT <= used < 100:
        return ""
    days = (100 - used) * hours / used / 24
    return f"; at the pace of its life so far the rest lasts {days:.0f} days of running" if days < FORESEEABLE_DAYS else ""
