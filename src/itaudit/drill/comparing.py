"""Compares what came back with the file it was saved from, by SHA-256, where that file is still the one that was saved."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from itaudit.drill.saved import SavedFile, key_of

_PIECE_BYTES = 2**20
_CLOCK_STEP_SECONDS = 2.0
"""Times of files are kept to two seconds on the coarsest file systems (FAT)."""


class Result(StrEnum):
    """Of one file."""

    SAME = "same"
    """Came back with the contents of the original, which did not change since it was saved."""
    BACK = "back"
    """Came back; the original changed since, or is gone, so that there is nothing to compare it with."""
    DIFFERENT = "different"
    """Came back with other contents than the original, which did not change since it was saved."""
    LOST = "lost"
    """Did not come back."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One file of the sample. restored: where it lies now, None when it is lost. sha256: of what came back, in hexadecimal."""

    path: str
    result: Result
    size_bytes: int = 0
    sha256: str = ""
    why: str = ""
    restored: Path | None = None


def came_back(target: Path) -> Iterator[tuple[str, Path]]:
    """Yield (original path, restored path) of the regular files below `target`; links are not followed."""
    for folder, _, names in os.walk(target):
        for name in names:
            path = Path(folder, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield f"/{path.relative_to(target)}", path


def compare(wanted: SavedFile, target: Path, saved_at: datetime, found: dict[str, tuple[str, Path]] | None = None) -> Compared:
    """Compare one file of the sample with its original. `found`: what came back, by key, where it is known already."""
    known = by_key(target) if found is None else found
    if wanted.key not in known:
        return Compared(wanted.path, Result.LOST, why="it did not come back")
    original, restored = known[wanted.key]
    size = restored.lstat().st_size
    if size != wanted.size_bytes:
        return Compared(original, Result.LOST, why=f"{size} of {wanted.size_bytes} bytes came back")
    try:
        digest, _ = _sha256(restored)
    except OSError as error:
        return Compared(original, Result.LOST, why=f"what came back cannot be read: {error.strerror}")
    result, why = _against_original(Path(original), digest, wanted, saved_at)
    return Compared(original, result, size, digest, why, restored)


def by_key(target: Path) -> dict[str, tuple[str, Path]]:
    return {key_of(original): (original, restored) for original, restored in came_back(target)}


def _against_original(original: Path, digest: str, wanted: SavedFile, saved_at: datetime) -> tuple[Result, str]:
    try:
        own, before = _sha256(original)
        after = original.lstat()
    except OSError as error:
        return Result.BACK, f"the original cannot be read: {error.strerror}"
    if own == digest:
        return Result.SAME, ""
    if (before.st_mtime_ns, before.st_size, before.st_ino) != (after.st_mtime_ns, after.st_size, after.st_ino):
        return Result.BACK, "the original was changed meanwhile"
    if not _unchanged(after, wanted, saved_at):
        return Result.BACK, "the original was changed since"
    return Result.DIFFERENT, f"SHA-256 came back {digest}, original {own}"


def _unchanged(status: os.stat_result, wanted: SavedFile, saved_at: datetime) -> bool:
    """Also by the time of its last change of any kind: copying programs set the other time back, and that cannot be set."""
    same_time = abs(status.st_mtime - wanted.modified.timestamp()) <= _CLOCK_STEP_SECONDS
    changed = max(datetime.fromtimestamp(moment, UTC) for moment in (status.st_mtime, status.st_ctime))
    return same_time and status.st_size == wanted.size_bytes and changed < saved_at


def _sha256(path: Path) -> tuple[str, os.stat_result]:
    """Digest and status of a regular file; neither links nor FIFOs are followed or waited for. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file")
        digest = hashlib.sha256()
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest(), status
