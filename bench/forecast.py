"""How often our forecast, a line through the last hour and least squares cry wolf, when all find the same share of full disks.

    python bench/forecast.py [seeds] [--write]

Backtest: a disk of bench/lib/disk_series.py is looked at every third day from day 35 on, until it is full. A look is a hit when
an alarm rings and the disk becomes full within 14 days, and a false alarm when one rings and it does not within 28 days. (Between
the two it is neither: nobody is angry about an alarm that was a few days early.)
Our forecast gets one value a day, as a daily scan leaves them; the others get every hour, as their programs do.

Equal recall: we ring below the 14 days that disks.space fails at, and that gives our recall. Every other contender rings below
the number of days that is just high enough for the same recall, however high that is.
"""

from __future__ import annotations

import math
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path[0] += "/lib"  # as in bench/dns.py
from disk_series import HOURS, Disk, disks
from itaudit.trend import Point, forecast_until

SEEDS = 6
FIRST_DAY, EVERY_DAYS = 35, 3
SOON_DAYS, LATE_DAYS = 14, 28
START = datetime(2026, 1, 5, tzinfo=UTC)
REPORT = Path(__file__).with_name("forecast.md")
OURS = "itaudit"
Contender = Callable[[Disk, int], float]
"""Days until the disk is full, as seen at this hour; infinity: never."""


@dataclass(frozen=True)
class Look:
    """One disk at one moment. truth: days until it really becomes full. said: what each contender says."""

    story: str
    truth: float
    said: dict[str, float]


@dataclass(frozen=True)
class Score:
    """What a contender earns with its threshold."""

    below_days: float
    hits: int
    false_alarms: int
    found: float

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.false_alarms) if self.hits + self.false_alarms else 1.0


def itaudit(disk: Disk, hour: int) -> float:
    """Our forecast of daily values."""
    points = [Point(START + timedelta(hours=past), disk.used[past]) for past in range(hour % 24, hour + 1, 24)]
    said = forecast_until(disk.limit, points, START + timedelta(hours=hour))
    return math.inf if said.days is None else said.days


def last_hour(disk: Disk, hour: int) -> float:
    """Netdata's way: what was written in the last hour goes on for ever."""
    return _until(disk, disk.used[hour], 24 * (disk.used[hour] - disk.used[hour - 1]))


def least_squares(window_hours: int) -> Contender:
    """Prometheus' predict_linear over so many hours."""
    times = range(1 - window_hours, 1)
    middle = sum(times) / window_hours
    spread = sum((time - middle) ** 2 for time in times)

    def until(disk: Disk, hour: int) -> float:
        values = disk.used[hour + 1 - window_hours : hour + 1]
        mean = sum(values) / window_hours
        slope = sum((time - middle) * value for time, value in zip(times, values, strict=True)) / spread
        return _until(disk, mean - slope * middle, 24 * slope)

    return until


def _until(disk: Disk, level: float, per_day: float) -> float:
    return max(0.0, (disk.limit - level) / per_day) if per_day > 1e-12 else math.inf


CONTENDERS: dict[str, Contender] = {
    OURS: itaudit,
    "last hour (Netdata)": last_hour,
    "least squares, 6 hours (the customary predict_linear)": least_squares(6),
    "least squares, 1 day": least_squares(24),
    "least squares, 7 days": least_squares(24 * 7),
    "least squares, 30 days": least_squares(24 * 30),
}


def looks(all_disks: list[Disk]) -> list[Look]:
    """All looks at all disks, while the future that decides about them is known."""
    found = []
    for number, disk in enumerate(all_disks):
        full = next((hour for hour, used in enumerate(disk.used) if hour >= 24 * FIRST_DAY and used >= disk.limit), None)
        for hour in range(24 * FIRST_DAY + number % 24, HOURS - 24 * LATE_DAYS, 24 * EVERY_DAYS):
            if full is not None and hour >= full:
                break
            truth = math.inf if full is None else (full - hour) / 24
            found.append(Look(disk.story, truth, {name: contender(disk, hour) for name, contender in CONTENDERS.items()}))
    return found


def score(all_looks: list[Look], name: str, below_days: float) -> Score:
    """Hits and false alarms of a contender that rings below so many days."""
    rung = [look for look in all_looks if look.said[name] < below_days]
    hits = sum(look.truth <= SOON_DAYS for look in rung)
    due = sum(look.truth <= SOON_DAYS for look in all_looks)
    return Score(below_days, hits, sum(look.truth > LATE_DAYS for look in rung), hits / due if due else 1.0)


def at_recall(all_looks: list[Look], name: str, wanted_hits: int) -> Score | None:
    """The lowest threshold that finds as many; None when no threshold does, because it calls too many of them growing never."""
    said = sorted(look.said[name] for look in all_looks if look.truth <= SOON_DAYS)
    threshold = said[wanted_hits - 1] if wanted_hits else 0.0
    return None if math.isinf(threshold) else score(all_looks, name, math.nextafter(threshold, math.inf))


def table(all_looks: list[Look]) -> list[str]:
    """Rows of the comparison, and of the false alarms by story."""
    ours = score(all_looks, OURS, SOON_DAYS)
    lines = ["| contender | rings below, days | recall | precision | false alarms | ours / theirs |", "|---|---|---|---|---|---|"]
    rivals = {name: at_recall(all_looks, name, ours.hits) for name in CONTENDERS if name != OURS}
    for name, result in {OURS: ours, **rivals}.items():
        if result is None:
            best = score(all_looks, name, math.inf)
            lines.append(
                f"| {name} | any | at most {best.found:.2f} | {best.precision:.2f} | {best.false_alarms} | never gets there |"
            )
            continue
        ratio = "" if name == OURS else f"{ours.false_alarms / max(1, result.false_alarms):.2f}"
        threshold = f"{result.below_days:.1f}"
        lines.append(f"| {name} | {threshold} | {result.found:.2f} | {result.precision:.2f} | {result.false_alarms} | {ratio} |")
    return lines


def by_story(all_looks: list[Look]) -> list[str]:
    """Where our misses and false alarms lie."""
    lines = ["| story | looks | full within 14 days | found | false alarms |", "|---|---|---|---|---|"]
    for story in dict.fromkeys(look.story for look in all_looks):
        told = [look for look in all_looks if look.story == story]
        result = score(told, OURS, SOON_DAYS)
        due = sum(look.truth <= SOON_DAYS for look in told)
        lines.append(f"| {story} | {len(told)} | {due} | {result.hits} | {result.false_alarms} |")
    return lines


def main() -> None:
    numbers = [argument for argument in sys.argv[1:] if argument.isdigit()]
    seeds = int(numbers[0]) if numbers else SEEDS
    all_disks = disks(seeds)
    all_looks = looks(all_disks)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    text = "\n".join(
        [
            f"{date.today():%-d %B %Y}; {machine}; {len(all_disks)} disks ({seeds} seeds), {len(all_looks)} looks.",
            "",
            *table(all_looks),
            "",
            *by_story(all_looks),
        ]
    )
    print(text)
    if "--write" in sys.argv:
        before = REPORT.read_text().split("<!-- result -->")[0] if REPORT.exists() else ""
        REPORT.write_text(f"{before}<!-- result -->\n\n{text}\n")


if __name__ == "__main__":
    main()
