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
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

from itaudit.evidence import live_walkers
from itaudit.evidence.live_mounts import Mounted, mount_table

LEVELS = 4
"""Folders so many levels below the place are told; what lies deeper counts to the last of them."""
MOST_FOLDERS = 50_000
"""Folders that are kept apart; what lies in further ones counts to the folder above."""
MOST_LINKED = 200_000
"""Files of several names that are told apart; the folders of further ones hold at least what was counted. Each takes 300 bytes of
memory, and a store of daily copies has millions of them."""
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
        self._names = {os.fsdecode(os.path.basename(path)) for path in (*self._mounts, *inner)}  # noqa: PTH119 - as above
        self.linked: dict[tuple[int, int], tuple[Row, int, int]] = {}
        self.linked_left = MOST_LINKED
        self.over = False
        self.rows: list[Row] = []

    def begin(self, top: bytes) -> list[Place]:
        """Read the folders near the top, level by level; returns those that are left, in turn from each branch, so that a huge
        one does not hide the others. Raises OSError when the top itself cannot be read."""
        waiting = deque([Place(top, self._row(top, None), 0, os.lstat(top).st_dev, 0)])
        os.scandir(top).close()
        while waiting and waiting[0].depth < SHARED_LEVEL and len(waiting) < SHARED_MOST and not self.over:
            waiting.extend(self._read(waiting.popleft()))
        return in_turn(waiting)

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
                if not self._count(place, entries, found):
                    return found
        except OSError:
            return found
        finally:
            os.close(descriptor)
        place.row.unread -= 1
        return found

    def _count(self, place: Place, entries: Iterable[os.DirEntry[str]], found: list[Place]) -> bool:
        """Count what lies in one folder, and find the folders in it; False when the time is up. It runs for every file."""
        held = changed = 0
        try:
            for entry in entries:
                self.entries_left -= 1
                if (self.entries_left < 0 or not self.entries_left % _OFTEN) and self._is_over():
                    return False
                if entry.name in self._names and self._is_mounted(place, entry.name, found):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    if status.st_dev == place.device:
                        found.append(self._place(place, entry.name, place.device))
                elif status.st_nlink > 1 and self._is_counted(place.row, status):
                    continue
                held += status.st_blocks
                # Of a file that was copied here, or moved, st_mtime may be years old.
                if status.st_ctime >= self._changed_since:
                    changed += status.st_blocks
            return True
        finally:
            place.row.held_bytes += held * _BLOCK_BYTES
            place.row.changed_bytes += changed * _BLOCK_BYTES

    def _is_mounted(self, place: Place, name: str, found: list[Place]) -> bool:
        """Is something mounted there? It is not even asked what it is: a dead mount would not answer. Subvolumes are found."""
        path = _joined(place.path, name)
        if path in self._inner:
            found.append(self._place(place, name, self._inner[path]))
        return path in self._inner or path in self._mounts

    def _is_counted(self, row: Row, status: os.stat_result) -> bool:
        """A file of several names counts where it is found first."""
        key, size = (status.st_dev, status.st_ino), status.st_blocks * _BLOCK_BYTES
        if key in self.linked:
            return True
        if not self.linked_left:
            row.unread += 1
            return True
        self.linked_left -= 1
        self.linked[key] = (row, size, size if status.st_ctime >= self._changed_since else 0)
        return False

    def _place(self, above: Place, name: str, device: int) -> Place:
        path = _joined(above.path, name)
        apart = above.depth < LEVELS and len(self.rows) < MOST_FOLDERS and len(path) <= _LONGEST_NAME and _printable(name)
        row = self._row(path, above.row) if apart else above.row
        row.unread += 0 if apart else 1
        branch = above.branch if above.depth else len(self.rows)
        return Place(path, row, above.depth + 1, device, branch)

    def _is_over(self) -> bool:
        self.over = self.over or self.entries_left < 0 or time.monotonic() >= self._end
        return self.over


def _joined(folder: bytes, name: str) -> bytes:
    return os.path.join(folder, os.fsencode(name))  # noqa: PTH118 - Path knows no bytes


def in_turn(places: Iterable[Place]) -> list[Place]:
    """The first of each branch, then the second of each, and so on."""
    seen: Counter[int] = Counter()
    ranked = []
    for place in places:
        seen[place.branch] += 1
        ranked.append((seen[place.branch], place))
    return [place for _, place in sorted(ranked, key=itemgetter(0))]


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


def _printable(name: str) -> bool:
    """Can it be shown and remembered as it is? What is no UTF-8 holds surrogates here, which cannot."""
    return name.isprintable()


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
