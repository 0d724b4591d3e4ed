"""Compares what came back with the file it was saved from, by SHA-256, where that file is still the one that was saved."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from itaudit.drill.saved import SavedFile, key_of
from itaudit.evidence.live_originals import Look, Read, read_here

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


def compare(
    wanted: SavedFile,
    target: Path,
    saved_at: datetime,
    found: dict[str, tuple[str, Path]] | None = None,
    read: Read = read_here,
) -> Compared:
    """Compare one file of the sample with its original, which `read` reads.

    found: what came back, by key, where it is known already.
    """
    known = by_key(target) if found is None else found
    if wanted.key not in known:
        return Compared(wanted.path, Result.LOST, why="it did not come back")
    original, restored = known[wanted.key]
    size = restored.lstat().st_size
    if size != wanted.size_bytes:
        return Compared(original, Result.LOST, why=f"{size} of {wanted.size_bytes} bytes came back")
    try:
        digest = read_here(restored).sha256
    except OSError as error:
        return Compared(original, Result.LOST, why=f"what came back cannot be read: {error.strerror}")
    result, why = _against_original(lambda: read(Path(original)), digest, wanted, saved_at)
    return Compared(original, result, size, digest, why, restored)


def by_key(target: Path) -> dict[str, tuple[str, Path]]:
    return {key_of(original): (original, restored) for original, restored in came_back(target)}


def _against_original(look: Callable[[], Look], digest: str, wanted: SavedFile, saved_at: datetime) -> tuple[Result, str]:
    try:
        own = look()
    except OSError as error:
        return Result.BACK, f"the original cannot be read: {error.strerror}"
    if own.sha256 == digest:
        return Result.SAME, ""
    if own.before != own.after:
        return Result.BACK, "the original was changed meanwhile"
    if not _unchanged(own, wanted, saved_at):
        return Result.BACK, "the original was changed since"
    return Result.DIFFERENT, f"SHA-256 came back {digest}, original {own.sha256}"


def _unchanged(own: Look, wanted: SavedFile, saved_at: datetime) -> bool:
    """Also by the time of its last change of any kind: copying programs set the other time back, and that cannot be set."""
    same_time = abs(own.modified / 1e9 - wanted.modified.timestamp()) <= _CLOCK_STEP_SECONDS
    changed = max(own.modified, own.changed) / 1e9
    return same_time and own.size_bytes == wanted.size_bytes and changed < saved_at.timestamp()
