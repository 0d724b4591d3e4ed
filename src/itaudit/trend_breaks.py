"""The slope of a series, and where a series begins anew: after a lasting change of level, or of growth.

The slope is the median of the slopes between all pairs of days (Theil 1950, Sen 1968), so that a few wild values do not move it.
Its interval counts ranks instead of assuming a bell curve: Sen's normal approximation of Kendall's S, as in Gilbert, "Statistical
Methods for Environmental Pollution Monitoring" (1987), 16.5. Where each day resembles the day before, the true interval is
somewhat wider than the one given here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

ENOUGH_POINTS = 5
ENOUGH_DAYS = 14
SURE = 1.96
"""Normal quantile of the interval: 95 of 100 slopes lie inside."""
SHIFT_SIGMAS = 4
SHIFT_SHARE = 0.02
"""A change of level is more than this many standard deviations of the usual steps, and more than this share of the limit."""
LONG_PAUSE = 5
"""A pause is long when it exceeds a fortnight and so many usual ones."""
COMPARED = 3
"""Earlier stretches that it takes to call the newest one unusual."""
MAD_TO_SIGMA = 1.4826
"""The median absolute deviation of a bell curve, in standard deviations, inverted."""


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


def after_long_pause(days: Sequence[float]) -> int:
    """Index of the first day after a pause that is longer than all that was seen since (a trial long ago, a clock that was
    wrong); 0 when there was none.

    What came before would make a few days look like weeks of history. Where looks are rare anyway, a pause is nothing odd.
    """
    pauses = _steps(days)
    usual = median(pauses) if pauses else 0.0
    long = max(ENOUGH_DAYS, LONG_PAUSE * usual)
    return max((place for place, pause in enumerate(pauses, 1) if pause > max(long, days[-1] - days[place])), default=0)


def after_last_shift(days: Sequence[float], values: Sequence[float], limit: float) -> int:
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


def after_change_of_growth(days: Sequence[float], values: Sequence[float]) -> int:
    """Index of the first day since when it has grown as never before (a recorder that now overwrites its oldest pictures; a
    program that began to write); 0 when its growth is within what was seen before.

    Fortnights are compared with all before them. Leaps and rhythms have had quiet and busy ones already: nothing changes for
    them. One that is slower for certain, or faster for certain, starts a new series.
    """
    begin = 0
    stretches = _stretches(days, values)
    for number, (start, _, slow, _, fast) in enumerate(stretches):
        before = [usual for first, last, _, usual, _ in stretches[:number] if first >= begin and last <= start]
        if len(before) < COMPARED:
            continue
        if fast < min(before) or slow > max(before):
            begin = start
    return begin


def _stretches(days: Sequence[float], values: Sequence[float]) -> list[tuple[int, int, float, float, float]]:
    """First and last index, slowest, usual and fastest growth of fortnights that overlap by half, oldest first; the last is
    the newest."""
    found = []
    end = len(days) - 1
    while (start := _fortnight(days, end)) is not None:
        found.append((start, end, *slope_interval(days[start : end + 1], values[start : end + 1])))
        end -= (end - start) // 2
    return found[::-1]


def _fortnight(days: Sequence[float], end: int) -> int | None:
    """Index of the day that begins the shortest part up to `end` that is enough for a forecast; None when there is none."""
    starts = (start for start in range(end + 1 - ENOUGH_POINTS, -1, -1) if days[end] - days[start] >= ENOUGH_DAYS)
    return next(starts, None)


def _steps(values: Sequence[float]) -> list[float]:
    return [later - sooner for sooner, later in pairwise(values)]


def _smooth(level: Sequence[float]) -> list[float]:
    inner = [median(level[place - 1 : place + 2]) for place in range(1, len(level) - 1)]
    return [inner[0], *inner, inner[-1]]


def _habit(jump: float, jumps: Sequence[float], span_days: float) -> bool:
    alike = sum(1 for other in jumps if other / jump >= 0.5)
    return alike > (1 if jump > 0 else max(1, span_days / ENOUGH_DAYS))
