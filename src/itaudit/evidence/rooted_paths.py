"""Paths of a system that lies in a folder: every link is followed as that system would, and never out of the folder.

An absolute link on a mounted disk ("/etc/localtime -> /usr/share/...") means that disk; a hostile one must not show our files.
"""

from __future__ import annotations

import glob as globbing
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from itaudit.errors import Missing, NotFound, Unreadable

_MOST_LINKS = 40
"""As Linux itself (path_resolution(7))."""
_MOST_ENTRIES = 200_000


def inside(root: Path, path: str, *, follow_last: bool = True) -> Path:
    """The real place of `path` of the system in `root`. Raises NotFound, Unreadable for links without end.

    What does not exist resolves to where it would be; follow_last: is a link at the end followed too?
    """
    done: list[str] = []
    left = _parts(path)
    links = 0
    while left:
        part = left.pop(0)
        if part == "..":
            done = done[:-1]
            continue
        here = root.joinpath(*done, part)
        if (left or follow_last) and here.is_symlink():
            links += 1
            if links > _MOST_LINKS:
                raise Unreadable(f"{path}: links without end")
            target = _target(here, path)
            done = [] if target.startswith("/") else done
            left = _parts(target) + left
            continue
        done.append(part)
    return root.joinpath(*done)


def beginning(root: Path, path: str, limit_bytes: int) -> str:
    """The first bytes of a regular file as text; "" for all else: a pipe would hold us up, an endless file fill the memory."""
    try:
        file = inside(root, path)
        if not file.is_file():
            return ""
        with file.open("rb") as opened:
            return opened.read(limit_bytes).decode(errors="replace")
    except (Missing, OSError):
        return ""


def expand(root: Path, pattern: str) -> Iterator[str]:
    """The paths of that system that match a pattern of glob(7), sorted folder by folder, without the root before them."""
    yield from _expand(root, "", [part for part in pattern.split("/") if part])


def _expand(root: Path, folder: str, parts: list[str]) -> Iterator[str]:
    if not parts:
        yield folder
        return
    first, rest = parts[0], parts[1:]
    for name in _matching(root, folder, first):
        path = f"{folder}/{name}"
        if rest or os.path.lexists(inside(root, path, follow_last=False)):
            yield from _expand(root, path, rest)


def _matching(root: Path, folder: str, pattern: str) -> list[str]:
    if not globbing.has_magic(pattern):
        return [pattern.replace("[[]", "[")]
    names = []
    try:
        with os.scandir(inside(root, folder or "/")) as entries:
            for number, entry in enumerate(entries):
                if number >= _MOST_ENTRIES:
                    raise Unreadable(f"{folder or '/'} holds more than {_MOST_ENTRIES} entries")
                if fnmatchcase(entry.name, pattern) and entry.name.startswith(".") == pattern.startswith("."):
                    names.append(entry.name)
    except (FileNotFoundError, NotADirectoryError, NotFound):
        return []
    return sorted(names)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _target(link: Path, path: str) -> str:
    try:
        return str(link.readlink())
    except OSError as error:
        raise NotFound(path) from error
