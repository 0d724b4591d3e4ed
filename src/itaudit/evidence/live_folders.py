"""What lies in the folders of one file system: a walk that ends in time, follows no link, and stands back for everybody else.

It always runs in a child process (live_files.py), so that a drive that no longer answers holds up nobody.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from itaudit.evidence.live_mounts import Mounted, mount_table

LEVELS = 4
"""Folders so many levels below the place are told; what lies deeper counts to the last of them."""
MOST_FOLDERS = 50_000
"""Folders that are kept apart; what lies in further ones counts to the folder above."""
_OFTEN = 256
_BLOCK_BYTES = 512
"""st_blocks counts in these, whatever the file system's own blocks are (stat(2))."""
_LONGEST_NAME = 200


@dataclass(slots=True)
class _Row:
    """One folder that is told. unread: folders within it that wait to be read, or could not be."""

    path: bytes
    above: _Row | None
    held_bytes: int = 0
    changed_bytes: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder to be read. device: of the file system it must lie on."""

    path: bytes
    row: _Row
    depth: int
    device: int


class _Walk:
    """Reads one folder at a time, in turn from each branch below the top, so that a huge one does not hide the others."""

    def __init__(
        self, entries: int, end: float, changed_since: float, mounts: Iterable[bytes], inner: Mapping[bytes, int]
    ) -> None:
        self._entries_left = entries
        self._end = end
        self._changed_since = changed_since
        self._mounts = frozenset(mounts)
        self._inner = inner
        self._linked: set[tuple[int, int]] = set()
        self.over = False
        self.rows: list[_Row] = []

    def run(self, top: bytes) -> None:
        """Raises OSError when the top itself cannot be read."""
        turns = deque([[_Place(top, self._row(top, None), 0, os.lstat(top).st_dev)]])
        os.scandir(top).close()
        while turns and not self.over:
            branch = turns.popleft()
            place = branch.pop()
            found = self._read(place)
            if place.depth == 0:
                turns.extend([one] for one in found)
            else:
                branch.extend(found)
            if branch:
                turns.append(branch)

    def _row(self, path: bytes, above: _Row | None) -> _Row:
        row = _Row(path, above, unread=1)
        self.rows.append(row)
        return row

    def _read(self, place: _Place) -> list[_Place]:
        """Count what lies in one folder; return the folders in it."""
        found: list[_Place] = []
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

    def _count(self, place: _Place, name: bytes, entry: os.DirEntry[str], found: list[_Place]) -> None:
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
            if (key := (status.st_dev, status.st_ino)) in self._linked:
                return
            self._linked.add(key)
        size = status.st_blocks * _BLOCK_BYTES
        place.row.held_bytes += size
        # Of a file that was copied here, or moved, st_mtime may be years old.
        place.row.changed_bytes += size if status.st_ctime >= self._changed_since else 0

    def _place(self, path: bytes, name: bytes, above: _Place, device: int) -> _Place:
        apart = above.depth < LEVELS and len(self.rows) < MOST_FOLDERS and len(path) <= _LONGEST_NAME and _printable(name)
        row = self._row(path, above.row) if apart else above.row
        row.unread += 0 if apart else 1
        return _Place(path, row, above.depth + 1, device)

    def _is_over(self) -> bool:
        self._entries_left -= 1
        if self._entries_left < 0 or (self._entries_left % _OFTEN == 0 and time.monotonic() >= self._end):
            self.over = True
        return self.over


def walk(path: str, seconds: float, entries: int, changed_days: float, most: int) -> str:
    """The body of FolderSizes. Raises OSError when `path` cannot be read."""
    top = os.path.normpath(os.fsencode(path))
    mounts = mount_table()
    points = map(os.fsencode, mounts)
    walked = _Walk(entries, time.monotonic() + seconds, time.time() - changed_days * 86_400, points, _subvolumes(top, mounts))
    walked.run(top)
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
