"""Forecasts that one odd day cannot bend.

Only the days since the last change of level or of growth count (trend_breaks.py); how well that does is in bench/forecast.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from itaudit.trend_breaks import (
    ENOUGH_DAYS,
    ENOUGH_POINTS,
    after_change_of_growth,
    after_last_shift,
    after_long_pause,
    slope_interval,
)

MOST_DAYS = 200
"""Newest days that are used. The work grows with the square: 200 days are 19,900 pairs, some hundredths of a second."""
HORIZON_DAYS = 1826
"""Five years. Beyond it a straight line says nothing, so no day is named."""
RECENT_POINTS = 7
BIGGEST = 1e30
"""Values beyond it are measuring errors; without a bound their differences overflow."""

NOT_ENOUGH = " (not enough history yet for a forecast)"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """One measured value. `when` is aware."""

    when: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a limit will be reached. All is counted from `now`.

    days: None when it does not grow, when the growth is not sure, beyond five years, or without enough history.
    earliest, latest: the days at the fastest and the slowest likely growth; `latest` is None when that lies beyond five years.
    date: the day that belongs to `days`. phrase: to be put behind a number in a sentence; empty when there is nothing to fear.
    enough: there were at least 5 days of data over at least 14 days since the last change of level.
    """

    days: float | None
    earliest: float | None
    latest: float | None
    date: date | None
    phrase: str
    enough: bool


_NOTHING_TO_FEAR = Forecast(None, None, None, None, "", enough=True)
_TOO_EARLY = Forecast(None, None, None, None, NOT_ENOUGH, enough=False)


def forecast_until(limit: float, points: Sequence[Point], now: datetime, reached: str = "full") -> Forecast:
    """Say when a growing series reaches `limit` (same unit as the values); `reached` is the word for it in the phrase.

    For a series that falls towards its limit, negate the values and the limit. Values that are not finite, and points later
    than `now`, are ignored. From ten days of data on, no single day can bend slope and interval: it only shifts ranks.
    """
    days, values = _by_day(points, now)
    start = after_long_pause(days)
    days, values = days[start:], values[start:]
    start = after_last_shift(days, values, limit)
    days, values = days[start:], values[start:]
    start = after_change_of_growth(days, values)
    days, values = days[start:], values[start:]
    if len(days) < ENOUGH_POINTS or days[-1] - days[0] < ENOUGH_DAYS:
        return _TOO_EARLY
    slow, growth, fast = slope_interval(days, values)
    if slow <= 0 or not math.isfinite(limit):
        return _NOTHING_TO_FEAR
    level = median(value - growth * day for day, value in zip(days[-RECENT_POINTS:], values[-RECENT_POINTS:], strict=True))
    gap = max(0.0, limit - level)
    if gap / growth > HORIZON_DAYS:
        return _NOTHING_TO_FEAR
    latest = gap / slow if gap / slow <= HORIZON_DAYS else None
    return _named(now, gap / growth, gap / fast, latest, reached)


def _by_day(points: Iterable[Point], now: datetime) -> tuple[list[float], list[float]]:
    """The last value of each day, oldest first: days before now (zero or negative), and values."""
    usable = (point for point in points if abs(point.value) < BIGGEST and point.when <= now)  # NaN fails the comparison too
    ordered = sorted(usable, key=lambda point: (point.when, point.value))
    last = {point.when.astimezone(UTC).date(): point for point in ordered}
    kept = list(last.values())[-MOST_DAYS:]
    return [(point.when - now) / timedelta(days=1) for point in kept], [point.value for point in kept]


def _named(now: datetime, days: float, earliest: float, latest: float | None, reached: str) -> Forecast:
    day = _day_after(now, days)
    first = _day_after(now, earliest)
    if days == 0:
        phrase = f", {reached} now"
    elif latest is None:
        phrase = f", {reached} on {_date(first)} at the earliest at its present growth"
    else:
        phrase = f", {reached} {_range(first, _day_after(now, latest))} at its present growth"
    return Forecast(days, earliest, latest, day, phrase, enough=True)


def _day_after(now: datetime, days: float) -> date:
    return (now + timedelta(days=days)).date()


def _date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _range(first: date, last: date) -> str:
    """ "between 3 and 9 January 2027", with the month and the year said once where they are the same."""
    if first == last:
        return f"on {_date(first)}"
    start = str(first.day)
    if (first.year, first.month) != (last.year, last.month):
        start += f" {_MONTHS[first.month - 1]}"
    if first.year != last.year:
        start += f" {first.year}"
    return f"between {start} and {_date(last)}"
