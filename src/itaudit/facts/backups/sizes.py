"""How much the newest copies hold, whatever product made them: one copy a day, the newest six days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from itaudit import api
from itaudit.facts.backups.fact import CLOCK_TOLERANCE

NEWEST = 6
"""The newest copy and the five before it."""
SECONDS = 25.0
_BIGGEST = 2**63


@dataclass(frozen=True, slots=True)
class SavedSize:
    """What one copy holds. when: UTC. size_bytes: of the files as they would come back. files: their number."""

    when: datetime
    size_bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class SavedSizes:
    """The newest copies of one set of folders in one repository, oldest first, six at most. paths: empty when not known."""

    subject: str
    paths: tuple[str, ...]
    sizes: tuple[SavedSize, ...]


def bounded(when: datetime, size_bytes: int, files: int) -> SavedSize:
    """Numbers that no disk can hold are measuring errors; floats are made of them later."""
    return SavedSize(when, min(size_bytes, _BIGGEST), min(files, _BIGGEST))


def last_of_each_day(times: Iterable[datetime]) -> list[datetime]:
    """Of copies made every hour keep the last of each day, the newest six: a fault of one night then shows for days."""
    by_day: dict[date, datetime] = {}
    for when in sorted(times):
        by_day[when.astimezone(UTC).date()] = when
    return list(by_day.values())[-NEWEST:]


def is_past(when: datetime, now: datetime) -> bool:
    """Copies dated in the future are not counted."""
    return when <= now + CLOCK_TOLERANCE


def not_understood(what: str, error: Exception) -> api.Unreadable:
    """`what`: whose answer, for example "restic's list of snapshots"."""
    return api.Unreadable(f"{what}: {' '.join(str(error).split())[:200]}")
