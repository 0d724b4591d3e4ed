"""Drives stay cool.

Heat makes drives slow and shortens their life. The usual causes are dust, a fan that stands still, or a cupboard without air.
"""

from __future__ import annotations

from collections.abc import Iterator

from itaudit import api
from itaudit.facts.drive import Drive
from itaudit.facts.drive_alarms import Alarm

SECONDS_A_MINUTE = 60


class Settings(api.CheckSettings):
    hard_disk_celsius: api.AtMost = api.AtMost(warn=55, fail=60)
    """Temperature of drives with spinning platters."""
    solid_state_celsius: api.AtMost = api.AtMost(warn=65, fail=70)
    """Temperature of drives without moving parts."""


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("itaudit's own choice, within makers' limits of 60 to 70 °C", "NVM Express Base Specification, log page 02h"),
)
def temperature(drive: Drive, past: api.History, limits: Settings) -> api.Verdict:
    alarm = Alarm.TEMPERATURE in drive.alarms
    hot = _hot_lately(drive, past)
    if drive.celsius is None and drive.hot_minutes is None and not alarm:
        return api.verdict(api.Status.SKIPPED, f"{drive.title} has no thermometer.")
    limit = limits.solid_state_celsius if drive.spinning is False else limits.hard_disk_celsius
    words = [f"is at {drive.celsius} °C"] if drive.celsius is not None else []
    words += ["says that it is outside the temperatures it was built for"] * alarm
    words += [f"was too hot for {hot} minute{'' if hot == 1 else 's'} since the last scan"] * (hot > 0)
    return api.verdict(
        api.worst(
            limit.judge(drive.celsius), api.Status.FAIL if alarm else api.Status.OK, api.Status.WARN if hot else api.Status.OK
        ),
        f"{drive.title} {' and '.join(words) or 'has not been too hot'}.",
        *_measured(drive),
        detail=f"{drive.record}: {limit} °C",
        fix=_fix(drive),
    )


def _hot_lately(drive: Drive, past: api.History) -> int:
    """Minutes above the maker's limit since the last scan. At first sight the count may be old: 0."""
    before = past.series("hot")[-1:]
    if drive.hot_minutes is None or not before:
        return 0
    return max(0, drive.hot_minutes - round(before[0].value / SECONDS_A_MINUTE))


def _measured(drive: Drive) -> Iterator[api.Measurement]:
    if drive.celsius is not None:
        yield api.Measurement("temperature", drive.celsius, api.Unit.CELSIUS)
    if drive.hot_minutes is not None:
        yield api.Measurement("hot", drive.hot_minutes * SECONDS_A_MINUTE, api.Unit.SECONDS)


def _fix(drive: Drive) -> api.Remedy:
    return api.Remedy(
        "Clean the computer's fans and air openings, and give it air.",
        api.Effort.HOURS,
        steps=(f"smartctl -l scttemp {drive.way}", "sensors"),
        verify=f"smartctl -A {drive.way}",
        if_you_wait="The drive slows down, and wears out sooner.",
    )
