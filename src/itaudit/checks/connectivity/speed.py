"""The line is as fast as ordered.

A line that delivers less than was paid for holds everybody up, and the provider owes the difference.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from itaudit import api
from itaudit.facts.internet_speed import LineSpeed


class Settings(api.CheckSettings):
    contract_percent: api.AtLeast = api.AtLeast(warn=80, fail=80)
    """Measured speed in percent of `[internet] down_mbps` and `up_mbps`."""
    down_mbps: api.AtLeast = api.AtLeast(warn=100, fail=25)
    """Download in Mbit/s, judged when the configuration does not tell what was ordered."""
    up_mbps: api.AtLeast = api.AtLeast(warn=20, fail=3)
    """Upload in Mbit/s, judged when the configuration does not tell what was ordered."""
    measurements: Annotated[int, Field(ge=1, le=100)] = 5
    """Newest measurements, this one included, of which the middle one is judged: one bad evening is not the line."""
    measurements_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Older measurements than this are left out: the line may have been another one."""


CLAIM = api.Remedy(
    "Show the internet provider the measured speed and have the line brought to what was ordered.",
    api.Effort.HOURS,
    steps=("measure three times by cable, with nobody working", "note day, hour and result of each"),
    verify="itaudit scan --only connectivity --speedtest",
    if_you_wait="You keep paying for speed that does not arrive.",
    who="the internet provider",
)
FASTER = api.Remedy(
    "Ask for a faster internet line.",
    api.Effort.HOURS,
    cost=(0, 1200),
    steps=("measure three times by cable, with nobody working", "compare offers at this address"),
    verify="itaudit scan --only connectivity --speedtest",
    if_you_wait="Large files, backups and calls go on waiting for each other.",
    who="the internet provider",
    lead=api.LeadTime.SERVER_OR_LINE,
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The middle of what was measured in one direction, of how many measurements, and since when."""

    mbps: float
    count: int
    since: date


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("FCC broadband benchmarks: 100/20 (2024) and 25/3 (2015) Mbit/s", "itaudit's own choice: 80 % of the contract"),
)
def speed(line: LineSpeed, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    down = _seen(past.series("down"), api.Point(machine.now, line.down_mbps), limits)
    up = _seen(past.series("up"), api.Point(machine.now, line.up_mbps), limits)
    short = _short(down.mbps, line.ordered_down_mbps, limits) or _short(up.mbps, line.ordered_up_mbps, limits)
    return api.verdict(
        api.worst(
            _judge(down.mbps, line.ordered_down_mbps, limits.down_mbps, limits),
            _judge(up.mbps, line.ordered_up_mbps, limits.up_mbps, limits),
        ),
        f"The internet line moves {_figure(down.mbps, line.ordered_down_mbps)} Mbit/s down"
        f" and {_figure(up.mbps, line.ordered_up_mbps)} up{_of_how_many(down)}.",
        api.Measurement("down", line.down_mbps, api.Unit.MEGABITS_PER_SECOND),
        api.Measurement("up", line.up_mbps, api.Unit.MEGABITS_PER_SECOND),
        detail=f"now {line.down_mbps:.1f} Mbit/s down and {line.up_mbps:.1f} up, by {line.backend}{_moved(line.bytes_moved)}",
        fix=CLAIM if short else FASTER,
    )


def _seen(earlier: tuple[api.Point, ...], now: api.Point, limits: Settings) -> _Seen:
    recent = [point for point in earlier if timedelta() < now.when - point.when <= timedelta(days=limits.measurements_days)]
    points = [*recent, now][-limits.measurements :]
    return _Seen(statistics.median(point.value for point in points), len(points), points[0].when.date())


def _of_how_many(seen: _Seen) -> str:
    return f", the middle of {seen.count} measurements since {seen.since.day} {seen.since:%B %Y}" if seen.count > 1 else ""


def _moved(count: int | None) -> str:
    return "" if count is None else f", which moved {count} bytes"


def _judge(mbps: float, ordered: float | None, otherwise: api.AtLeast, limits: Settings) -> api.Status:
    return otherwise.judge(mbps) if ordered is None else limits.contract_percent.judge(100.0 * mbps / ordered)


def _short(mbps: float, ordered: float | None, limits: Settings) -> bool:
    return ordered is not None and limits.contract_percent.judge(100.0 * mbps / ordered) is not api.Status.OK


def _figure(mbps: float, ordered: float | None) -> str:
    return f"{mbps:.1f}" if ordered is None else f"{mbps:.1f} of {ordered:g} ordered"
