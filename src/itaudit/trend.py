"""Forecasts that one odd day cannot bend.

The slope is the median of the slopes between all pairs of days (Theil 1950, Sen 1968), so that a few wild values do not move it.
Its interval counts ranks instead of assuming a bell curve: Sen's normal approximation of Kendall's S, as in Gilbert, "Statistical
Methods for Environmental Pollution Monitoring" (1987), 16.5. Where each day resembles the day before, the true interval is
somewhat wider than the one given here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median

MOST_DAYS = 200
"""Newest days that are used. The work grows with the square: 200 days are 19,900 pairs, some hundredths of a second."""
ENOUGH_POINTS = 5
ENOUGH_DAYS = 14
HORIZON_DAYS = 1826
"""Five years. Beyond it a straight line says nothing, so no day is named."""
RECENT_POINTS = 7
SURE = 1.96
"""Normal quantile of the interval: 95 of 100 slopes lie inside."""
SHIFT_SIGMAS = 4
SHIFT_SHARE = 0.02
"""A change of level is more than this many standard deviations of the usual steps, and more than this share of the limit."""
MAD_TO_SIGMA = 1.4826
"""The median absolute deviation of a bell curve, in standard deviations, inverted."""
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
    start = _after_last_shift(days, values, limit)
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


def slope_interval(days: Sequence[float], values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower bound, the Theil-Sen slope and the upper bound (value per day). Needs two different days at least."""
    places = range(len(days))
    slopes = sorted(
        (values[later] - values[sooner]) / (days[later] - days[sooner])
        for later in places
        for sooner in range(later)
        if days[later] != days[sooner]
    )
    count = len(days)
    spread = SURE * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    lower = max(0, math.floor((len(slopes) - spread) / 2) - 1)
    return slopes[lower], median(slopes), slopes[len(slopes) - 1 - lower]


def _by_day(points: Iterable[Point], now: datetime) -> tuple[list[float], list[float]]:
    """The last value of each day, oldest first: days before now (zero or negative), and values."""
    usable = (point for point in points if abs(point.value) < BIGGEST and point.when <= now)  # NaN fails the comparison too
    ordered = sorted(usable, key=lambda point: (point.when, point.value))
    last = {point.when.astimezone(UTC).date(): point for point in ordered}
    kept = list(last.values())[-MOST_DAYS:]
    return [(point.when - now) / timedelta(days=1) for point in kept], [point.value for point in kept]


def _after_last_shift(days: Sequence[float], values: Sequence[float], limit: float) -> int:
    """Index of the first day after the last lasting change of level (a clean-up, a move of data); 0 when there was none.

    A lasting change stands out from the usual steps and is seen twice: a running median of three hides what lasts one day.
    Rises that come again are growth by leaps, and drops that come every fortnight are a rhythm (rotated logs): neither starts
    a new series.
    """
    if len(values) < ENOUGH_POINTS:
        return 0
    usual = median(step / time for step, time in zip(_steps(values), _steps(days), strict=True))
    level = [value - usual * day for day, value in zip(days, values, strict=True)]
    noise = MAD_TO_SIGMA * median(abs(step) for step in _steps(level))
    scale = max(abs(median(values)), abs(limit) if math.isfinite(limit) else 0.0)
    least = max(SHIFT_SIGMAS * noise, SHIFT_SHARE * scale)
    big = [step if abs(step) > least else 0.0 for step in _steps(_smooth(level))]
    lasting = [place + 1 for place, jump in enumerate(big) if jump and not _habit(jump, big, days[-1] - days[0])]
    return max(lasting, default=0)


def _steps(values: Sequence[float]) -> list[float]:
    return [later - sooner for sooner, later in pairwise(values)]


def _smooth(level: Sequence[float]) -> list[float]:
    inner = [median(level[place - 1 : place + 2]) for place in range(1, len(level) - 1)]
    return [inner[0], *inner, inner[-1]]


def _habit(jump: float, jumps: Sequence[float], span_days: float) -> bool:
    alike = sum(1 for other in jumps if other / jump >= 0.5)
    return alike > (1 if jump > 0 else max(1, span_days / ENOUGH_DAYS))


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
