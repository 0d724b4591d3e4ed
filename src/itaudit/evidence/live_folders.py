"""What lies in the folders of one file system: a walk that ends in time, follows no link, and stands back for everybody else.

It always runs in a child process (live_files.py), so that a drive that no longer answers holds up nobody. The folders near the
top are read first; the rest is shared among processes (live_walkers.py), since a walk is bound by the processor.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest

from itaudit.evidence import live_walkers
from itaudit.evidence.live_mounts import Mounted, mount_table

LEVELS = 4
"""Folders so many levels below the place are told; what lies deeper counts to the last of them."""
MOST_FOLDERS = 50_000
"""Folders that are kept apart; what lies in further ones counts to the folder above."""
SHARED_LEVEL, SHARED_MOST = 4, 4000
"""Folders so far below the place are shared among processes, or higher ones where there are so many of those."""
_OFTEN = 256
_BLOCK_BYTES = 512
"""st_blocks counts in these, whatever the file system's own blocks are (stat(2))."""
_LONGEST_NAME = 200


@dataclass(slots=True)
class Row:
    """One folder that is told. unread: folders within it that wait to be read, or could not be."""

    path: bytes
    above: Row | None
    held_bytes: int = 0
    changed_bytes: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to be read. device: of the file system it must lie on; branch: number of the folder below the top it lies in."""

    path: bytes
    row: Row
    depth: int
    device: int
    branch: int


class Walk:
    """Reads folders and counts what lies in them. linked: files of several names, each with where it was counted."""

    def __init__(
        self, entries: int, end: float, changed_since: float, mounts: Iterable[bytes], inner: Mapping[bytes, int]
    ) -> None:
        self.entries_left = entries
        self._end = end
        self._changed_since = changed_since
        self._mounts = frozenset(mounts)
        self._inner = inner
        self.linked: dict[tuple[int, int], tuple[Row, int, int]] = {}
        self.over = False
        self.rows: list[Row] = []

    def begin(self, top: bytes) -> list[Place]:
        """Read the folders near the top, level by level; returns those that are left, in turn from each branch, so that a huge
        one does not hide the others. Raises OSError when the top itself cannot be read."""
        waiting = deque([Place(top, self._row(top, None), 0, os.lstat(top).st_dev, 0)])
        os.scandir(top).close()
        while waiting and waiting[0].depth < SHARED_LEVEL and len(waiting) < SHARED_MOST and not self.over:
            waiting.extend(self._read(waiting.popleft()))
        branches: dict[int, list[Place]] = {}
        for place in waiting:
            branches.setdefault(place.branch, []).append(place)
        return [place for place in chain.from_iterable(zip_longest(*branches.values())) if place]

    def finish(self, places: Iterable[Place]) -> None:
        """Read each of these folders to its end, while there is time."""
        for place in places:
            waiting = [place]
            while waiting and not self.over:
                waiting.extend(self._read(waiting.pop()))

    def _row(self, path: bytes, above: Row | None) -> Row:
        row = Row(path, above, unread=1)
        self.rows.append(row)
        return row

    def _read(self, place: Place) -> list[Place]:
        """Count what lies in one folder; return the folders in it."""
        found: list[Place] = []
        try:
            descriptor = os.open(place.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            place.row.unread -= 1  # it is gone by now, and nothing of it is left out
            return found
        except OSError:
            return found
        try:
            if os.fstat(descriptor).st_dev != place.device:
                return found  # mounted over since it was listed
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    if self._is_over():
                        return found
                    self._count(place, os.fsencode(entry.name), entry, found)
        except OSError:
            return found
        finally:
            os.close(descriptor)
        place.row.unread -= 1
        return found

    def _count(self, place: Place, name: bytes, entry: os.DirEntry[str], found: list[Place]) -> None:
        path = os.path.join(place.path, name)  # noqa: PTH118 - Path knows no bytes
        if path in self._inner:
            found.append(self._place(path, name, place, self._inner[path]))
            return
        if path in self._mounts:
            return  # not even asked what it is: a dead mount would not answer
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(status.st_mode):
            if status.st_dev == place.device:
                found.append(self._place(path, name, place, place.device))
        elif status.st_nlink > 1:
            self._count_linked(place.row, status)
            return
        place.row.held_bytes += status.st_blocks * _BLOCK_BYTES
        place.row.changed_bytes += self._changed(status)

    def _count_linked(self, row: Row, status: os.stat_result) -> None:
        """A file of several names counts where it is found first."""
        key, size, changed = (status.st_dev, status.st_ino), status.st_blocks * _BLOCK_BYTES, self._changed(status)
        if key not in self.linked:
            self.linked[key] = (row, size, changed)
            row.held_bytes += size
            row.changed_bytes += changed

    def _changed(self, status: os.stat_result) -> int:
        """Its bytes if they came or changed lately. Of a file that was copied here, or moved, st_mtime may be years old."""
        return status.st_blocks * _BLOCK_BYTES if status.st_ctime >= self._changed_since else 0

    def _place(self, path: bytes, name: bytes, above: Place, device: int) -> Place:
        apart = above.depth < LEVELS and len(self.rows) < MOST_FOLDERS and len(path) <= _LONGEST_NAME and _printable(name)
        row = self._row(path, above.row) if apart else above.row
        row.unread += 0 if apart else 1
        branch = above.branch if above.depth else len(self.rows)
        return Place(path, row, above.depth + 1, device, branch)

    def _is_over(self) -> bool:
        self.entries_left -= 1
        if self.entries_left < 0 or (self.entries_left % _OFTEN == 0 and time.monotonic() >= self._end):
            self.over = True
        return self.over


def walk(path: str, seconds: float, entries: int, changed_days: float, most: int, workers: int = 1) -> str:
    """The body of FolderSizes. `workers`: processes that share the work. Raises OSError when `path` cannot be read."""
    top = os.path.normpath(os.fsencode(path))
    mounts = mount_table()
    points = map(os.fsencode, mounts)
    walked = Walk(entries, time.monotonic() + seconds, time.time() - changed_days * 86_400, points, _subvolumes(top, mounts))
    places = walked.begin(top)
    if workers > 1 and len(places) >= live_walkers.WORTH_SHARING:
        live_walkers.share(walked, places, workers)
    else:
        walked.finish(places)
    for row in reversed(walked.rows):  # those within a folder come after it
        if row.above:
            row.above.held_bytes += row.held_bytes
            row.above.changed_bytes += row.changed_bytes
            row.above.unread += row.unread
    largest = sorted(walked.rows, key=lambda row: (-row.held_bytes, row.path))[:most]
    folders = [
        {
            "path": row.path.decode(errors="replace"),
            "bytes": row.held_bytes,
            "changed_bytes": row.changed_bytes,
            "complete": row.unread == 0,
        }
        for row in largest
    ]
    return json.dumps({"ended_early": walked.over, "folders": folders})


def cores() -> int:
    """How many processes may share a walk: one a core, at most four. Only where a process can be split safely."""
    return min(4, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


def step_back() -> None:
    """Leave processor and drive to everybody else."""
    with contextlib.suppress(OSError):
        os.nice(19)
    with contextlib.suppress(Exception):  # not on every system, and then it matters little
        import psutil

        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)


def _printable(name: bytes) -> bool:
    """Can it be shown and remembered as it is?"""
    try:
        return name.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _subvolumes(top: bytes, mounts: Mapping[str, Mounted]) -> dict[bytes, int]:
    """Mount points of the same btrfs, each part of it once: they share its space. Their device numbers, as stat(2) tells them.

    Subvolumes that are not mounted are left out: most are snapshots, whose files would count again and again.
    """
    here = mounts.get(os.fsdecode(top))
    if here is None or here.file_system != "btrfs":
        return {}
    same = [(len(mounted.root), point) for point, mounted in mounts.items() if mounted.number == here.number]
    seen = {os.lstat(top).st_dev}
    found = {}
    for _, point in sorted(same):  # of a folder that is bound elsewhere, the whole comes first
        with contextlib.suppress(OSError):  # another mount may hide it
            device = os.lstat(point).st_dev
            if device not in seen:
                seen.add(device)
                found[os.fsencode(point)] = device
    return found
