"""What fills a volume: its largest folders, looked for only where space is short or soon will be.

A look at every folder costs seconds, so that volumes with room are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import Field

from itaudit import api
from itaudit.facts.volumes import Volume

CHECK = "disks.space"
LOW_PERCENT = 25
LOW_BYTES = 100 * 10**9
"""disks.space warns below both; where it is told other limits, this may look in vain or leave a volume out."""
SOON_DAYS = 60
PLENTY_BYTES = 400 * 10**9
MOST_VOLUMES = 3
"""The fullest ones: walks through several folders of one drive hinder each other."""
CHANGED_DAYS = 14
_LONGEST_PATH = 4096


class Space(api.Section):
    """How volumes that are short of space are looked at."""

    table: ClassVar[str] = "space"

    folder_seconds: float = Field(3.0, ge=0, le=25)
    """How long to look for what fills a volume that is short of space; 0 never looks into its folders."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with all that lies in it on the same volume. changed_bytes: of files that came or changed in the last 14 days.

    complete: all of it was read; else it holds at least so much.
    """

    path: str
    held_bytes: int
    changed_bytes: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Folders:
    """The largest folders of a volume, largest first, without the whole of it; none where nobody looked.

    problem: why none or not all of them were seen.
    """

    mount: str
    folders: tuple[Folder, ...] = ()
    problem: str = ""

    @property
    def subject(self) -> str:
        return self.mount


@api.provider("linux", "windows", "macos", seconds=45)  # where no volumes are known yet, it has nothing to do
def folders_of_volumes(ask: api.Ask, machine: api.Machine, volumes: list[Volume], settings: Space) -> api.Facts[Folders]:
    """One a volume, whether it was looked into or not. A look that fails is told in the fact and is no gap: that must not keep
    the volume itself from being judged."""
    seconds = settings.folder_seconds
    within = [volume for volume in volumes if not volume.network and volume.file_system != "zfs"]  # its datasets are apart
    short = [volume for volume in within if seconds and _is_short(ask, machine, volume)]
    short = sorted(short, key=lambda volume: (volume.free_percent, volume.mount))[:MOST_VOLUMES]
    yield from (Folders(volume.mount) for volume in volumes if volume not in short)
    questions = [api.FolderSizes(volume.mount, seconds, changed_days=CHANGED_DAYS, timeout=seconds + 12) for volume in short]
    for volume, answer in zip(short, ask.many(questions), strict=True):
        try:
            yield _folders(volume.mount, answer.json)
        except api.Missing as error:
            yield Folders(volume.mount, problem=f"what fills it was not seen: {error.words}; {error.detail}"[:300])


def _is_short(ask: api.Ask, machine: api.Machine, volume: Volume) -> bool:
    if volume.available_bytes < LOW_BYTES and volume.free_percent < LOW_PERCENT:
        return True
    if volume.available_bytes >= PLENTY_BYTES:
        return False
    answer = ask(api.Past(CHECK, volume.mount, "used"))
    points = [*_points(answer), api.Point(machine.now, volume.used_bytes)]
    days = api.forecast_until(volume.size_bytes, points, machine.now).days
    return days is not None and days < SOON_DAYS


def _points(answer: api.Answer) -> Iterator[api.Point]:
    """Those of the past that make sense."""
    try:
        past = answer.json
        yield from [api.Point(datetime.fromisoformat(when).astimezone(UTC), float(value)) for when, value in past]
    except (api.Missing, TypeError, ValueError, OverflowError):
        return


def _folders(mount: str, found: Any) -> Folders:
    """Raises Unreadable."""
    rows = found.get("folders") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise api.Unreadable("the answer names no folders")
    folders = [_folder(row) for row in rows]
    within = "/" if mount == "/" else mount + "/"
    problem = "the time was too short to see all of it" if found.get("ended_early") else ""
    return Folders(mount, tuple(folder for folder in folders if folder.path != mount and folder.path.startswith(within)), problem)


def _folder(row: Any) -> Folder:
    try:
        path, held, changed, complete = (row[key] for key in ("path", "bytes", "changed_bytes", "complete"))
    except (KeyError, TypeError) as error:
        raise api.Unreadable("a folder without its numbers") from error
    numbers = all(isinstance(number, int) and not isinstance(number, bool) for number in (held, changed))
    if not isinstance(path, str) or len(path) > _LONGEST_PATH or not numbers or not 0 <= changed <= held < 2**63:
        raise api.Unreadable("a folder whose numbers contradict themselves")
    return Folder(path, held, changed, complete is True)


def most_telling(amounts: dict[str, int], most: int) -> Sequence[str]:
    """The folders that say most: not one of which a folder within it holds nearly all, and none inside another.

    amounts: bytes by path. Largest first.
    """
    chosen: list[str] = []
    for path in sorted(amounts, key=lambda path: (-amounts[path], path)):
        told_by_inner = any(_within(other, path) and 10 * amount >= 7 * amounts[path] for other, amount in amounts.items())
        if not told_by_inner and not any(_within(path, other) or _within(other, path) for other in chosen):
            chosen.append(path)
    return chosen[:most]


def _within(inner: str, outer: str) -> bool:
    return inner.startswith(outer.rstrip("/") + "/")
