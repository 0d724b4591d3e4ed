"""Drives stay cool.

Heat makes drives slow and shortens their life. The usual causes are dust, a fan that stands still, or a cupboard without air.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.drive import Alarm, Drive


class Settings(api.CheckSettings):
    hard_disk_celsius: api.AtMost = api.AtMost(warn=55, fail=60)
    """Temperature of drives with spinning platters."""
    solid_state_celsius: api.AtMost = api.AtMost(warn=65, fail=70)
    """Temperature of drives without moving parts."""


FIX = api.Remedy(
    "Clean the computer's fans and air openings, and give it air.",
    api.Effort.HOURS,
    steps=("smartctl -l scttemp DEVICE", "sensors"),
    verify="smartctl -A DEVICE",
    if_you_wait="The drive slows down, and wears out sooner.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("itaudit's own choice, within makers' limits of 60 to 70 °C",))
def temperature(drive: Drive, limits: Settings) -> api.Verdict:
    alarm = Alarm.TEMPERATURE in drive.alarms
    if drive.celsius is None and not alarm:
        return api.verdict(api.Status.SKIPPED, f"{drive.title} has no thermometer.")
    limit = limits.solid_state_celsius if drive.spinning is False else limits.hard_disk_celsius
    measured = () if drive.celsius is None else (api.Measurement("temperature", drive.celsius, api.Unit.CELSIUS),)
    words = [f"is at {drive.celsius} °C"] * bool(measured) + ["says that it is outside the temperatures it was built for"] * alarm
    return api.verdict(
        api.worst(limit.judge(drive.celsius), api.Status.FAIL if alarm else api.Status.OK),
        f"{drive.title} {' and '.join(words)}.",
        *measured,
        detail=f"{drive.device} {drive.model} {drive.serial}: {limit} °C",
        fix=FIX,
    )
