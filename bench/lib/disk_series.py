"""Made-up disks: how much of each is used, hour by hour, as disks of small businesses behave. Seeded, so always the same.

A story is a stream of hourly changes in percent of the disk. None is recorded; the last six imitate a mail server, a file
server, a database with nightly dumps, a camera recorder, a container host and a log server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from random import Random

DAYS = 200
HOURS = 24 * DAYS
Levels = list[float]


@dataclass(frozen=True)
class Disk:
    """`used[hour]` in percent of some disk; `limit`: where this one is full. It may lie above all of `used`."""

    story: str
    used: Levels
    limit: float


def disks(seeds: int) -> list[Disk]:
    """Every story once a seed, each once on a disk that becomes full, where it grows, and once on one with room."""
    return [disk for seed in range(seeds) for name, story in STORIES.items() for disk in _disks_of(name, story, seed)]


def _disks_of(name: str, story: Callable[[Random], Levels], seed: int) -> list[Disk]:
    chance = Random(f"{name} {seed}")
    used = story(chance)
    filled = used[: 24 * chance.randint(70, 180)]
    full = Disk(name, used, max(filled[len(filled) // 3 :]) * 1.0001)
    roomy = Disk(name, used, max(used) * chance.uniform(1.03, 1.4))
    return [full, roomy] if name in GROWING else [roomy]


def _linear(chance: Random, growth: float = 0.0) -> Levels:
    """Steady growth with a weekly rhythm: much on working days, little at night."""
    growth = growth or chance.uniform(0.05, 1.0)
    share = [(1.3 if hour // 24 % 7 < 5 else 0.25) * (1.9 if 8 <= hour % 24 < 18 else 0.36) for hour in range(HOURS)]
    return _up(chance, 30, [growth / 24 * part * chance.uniform(0.3, 1.7) for part in share])


def _slow(chance: Random) -> Levels:
    return _linear(chance, chance.uniform(0.01, 0.05))


def _new_habit(chance: Random) -> Levels:
    """A level that hardly changes, until something begins to write."""
    begins, growth = 24 * chance.randint(40, 110), chance.uniform(0.3, 2)
    return _up(chance, 50, [chance.gauss(0, 0.02) + (growth / 24 if hour > begins else 0) for hour in range(HOURS)])


def _bursts(chance: Random) -> Levels:
    """Growth in leaps some days apart (projects, videos)."""
    often = 1 / (24 * chance.uniform(3, 9))
    return _up(chance, 20, [chance.expovariate(0.7) if chance.random() < often else 0.0 for _ in range(HOURS)])


def _cleaned(chance: Random) -> Levels:
    """Growth, and somebody who tidies up now and then."""
    used = _linear(chance, chance.uniform(0.2, 0.8))
    lost, kept = 0.0, []
    for hour, level in enumerate(used):
        if level - lost > 70 and hour % 24 == 15 and chance.random() < 0.25:
            lost += chance.uniform(15, 40)
        kept.append(level - lost)
    return kept


def _shifts(chance: Random) -> Levels:
    """A constant level that is changed a few times by moved data."""
    places = {chance.randrange(HOURS) for _ in range(3)}
    return _up(chance, 40, [chance.uniform(-12, 15) if hour in places else chance.gauss(0, 0.01) for hour in range(HOURS)])


def _saw(chance: Random) -> Levels:
    """Logs that are rotated every week, packed every day: a saw-tooth that leads nowhere."""
    days = chance.choice((1, 7, 7, 30))
    height = chance.uniform(2, 15)
    return [60 + height * (hour % (24 * days)) / (24 * days) + chance.gauss(0, 0.05) for hour in range(HOURS)]


def _walk(chance: Random) -> Levels:
    size = chance.uniform(0.02, 0.15)
    level, levels = 60.0, []
    for _ in range(HOURS):
        level += chance.gauss(0, size) + (60 - level) * 0.003
        levels.append(level)
    return levels


def _steady(chance: Random) -> Levels:
    """A disk that has been nearly full for years."""
    return [97 + chance.gauss(0, 0.1) + (0.4 if 9 <= hour % 24 < 17 else 0) for hour in range(HOURS)]


def _mail(chance: Random) -> Levels:
    used = _linear(chance, chance.uniform(0.03, 0.3))
    return [level - (hour // (24 * 30)) * chance.uniform(0.1, 0.2) for hour, level in enumerate(used)]


def _office(chance: Random) -> Levels:
    """Little a day, a folder of a customer now and then, and a tidy summer."""
    changes = [chance.expovariate(1 / 0.01) if 8 <= hour % 24 < 18 and hour // 24 % 7 < 5 else 0.0 for hour in range(HOURS)]
    for _ in range(12):
        changes[chance.randrange(HOURS)] += chance.uniform(0.5, 4)
    changes[chance.randrange(HOURS)] -= chance.uniform(3, 10)
    return _up(chance, 45, changes)


def _database(chance: Random) -> Levels:
    """Slow growth, and every night a dump that is kept a week, with an hour in which old and new lie there together."""
    growth, dump = chance.uniform(0.01, 0.2), chance.uniform(1, 6)
    return [50 + growth * hour / 24 + (dump if hour % 24 in (2, 3) else 0) + chance.gauss(0, 0.02) for hour in range(HOURS)]


def _cameras(chance: Random) -> Levels:
    """A recorder that fills its disk once and then overwrites the oldest."""
    growth, top = chance.uniform(0.5, 3), chance.uniform(88, 95)
    return [min(top, 10 + growth * hour / 24) + chance.uniform(-0.6, 0.6) for hour in range(HOURS)]


def _containers(chance: Random) -> Levels:
    """Images pile up until a job prunes them every one or two weeks."""
    period, height = chance.choice((7, 10, 14)), chance.uniform(5, 25)
    level, levels = 0.0, []
    for hour in range(HOURS):
        level = 0.0 if hour % (24 * period) == 4 else level + chance.expovariate(1) * height / (24 * period)
        levels.append(50 + level)
    return levels


def _logs(chance: Random) -> Levels:
    """A saw-tooth on slow growth: each week's log is a little longer than the last."""
    saw, slope = _saw(chance), chance.uniform(0.02, 0.2)
    return [level - 40 + slope * hour / 24 for hour, level in enumerate(saw)]


def _up(chance: Random, most: float, changes: list[float]) -> Levels:
    return list(accumulate(changes, initial=chance.uniform(10, most)))[:HOURS]


STORIES: dict[str, Callable[[Random], Levels]] = {
    "steady growth, weekly rhythm": _linear,
    "slow growth": _slow,
    "growth that sets in": _new_habit,
    "growth in leaps": _bursts,
    "growth and clean-ups": _cleaned,
    "changes of level": _shifts,
    "rotated logs": _saw,
    "wandering about a level": _walk,
    "full for years": _steady,
    "mail server": _mail,
    "office files": _office,
    "database with nightly dumps": _database,
    "camera recorder": _cameras,
    "container host": _containers,
    "log server": _logs,
}
GROWING = frozenset(
    name
    for name in STORIES
    if "growth" in name or name in ("mail server", "office files", "database with nightly dumps", "log server")
)
