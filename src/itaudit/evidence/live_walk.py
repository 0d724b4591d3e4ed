"""Walks a folder for files with rights that are too wide: bounded in entries, depth and time, on one local file system.

Links are not followed, and nothing is opened.
"""

from __future__ import annotations

import json
import os
import stat
import time
from dataclasses import dataclass, field

from itaudit.errors import AccessDenied, NotFound, Unreadable
from itaudit.evidence.live_mounts import is_remote, mount_table
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import WideRights

_MOST_SHOWN = 200
_ENTRIES_BETWEEN_CLOCKS = 256
_NOT_OF_THE_SYSTEM = frozenset(
    ("/proc", "/sys", "/dev", "/run", "/var/lib/docker", "/var/lib/containers", "/var/lib/lxc", "/var/lib/machines", "/snap")
)
"""The kernel's own, and other systems: their files belong to accounts of theirs."""


@dataclass
class _Found:
    seen: int = 0
    unseen: int = 0
    complete: bool = True
    writable: list[str] = field(default_factory=list)
    privileged: list[str] = field(default_factory=list)
    owners: dict[int, str] = field(default_factory=dict)


def wide_rights(question: WideRights) -> Answer:
    """Body as WideRights says. Raises NotFound for what is no folder, AccessDenied; Unreadable on a network mount."""
    # Asked first: even lstat of a mount that is dead never returns.
    if is_remote(question.path):
        raise Unreadable(f"{question.path} lies on another machine")
    try:
        status = os.lstat(question.path)
    except FileNotFoundError as error:
        raise NotFound(question.path) from error
    except PermissionError as error:
        raise AccessDenied(question.path) from error
    if not stat.S_ISDIR(status.st_mode):
        raise NotFound(f"{question.path} is no folder")
    found = _Found()
    _judge(found, question.path, status)
    _walk(found, question, status.st_dev)
    body = {name: getattr(found, name) for name in ("seen", "unseen", "complete", "writable", "privileged")}
    return Answer(body=json.dumps(body | {"owners": sorted(found.owners.items())}))


def _walk(found: _Found, question: WideRights, device: int) -> None:
    end = time.monotonic() + question.timeout
    left_out = {f"{question.root.rstrip('/')}{path}" for path in (*_NOT_OF_THE_SYSTEM, *question.left_out)} | _mount_points()
    waiting = [(question.path, 1)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if found.seen >= question.most or (found.seen % _ENTRIES_BETWEEN_CLOCKS == 0 and time.monotonic() > end):
                        found.complete = False
                        return
                    status = None if entry.path in left_out else _status(entry)
                    if status is None or status.st_dev != device:
                        continue
                    _judge(found, entry.path, status)
                    if stat.S_ISDIR(status.st_mode) and (not question.depth or depth < question.depth):
                        waiting.append((entry.path, depth + 1))
        except FileNotFoundError:
            continue  # it went meanwhile
        except OSError:
            found.unseen += 1


def _mount_points() -> set[str]:
    """Where other file systems begin, which are left out without a touch: the one of a dead server never answers."""
    try:
        return set(mount_table())
    except OSError:
        return set()


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """None for what went meanwhile."""
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None


def _judge(found: _Found, path: str, status: os.stat_result) -> None:
    """A folder that all may write to is well with the sticky bit: then each may remove only what is theirs."""
    found.seen += 1
    mode = status.st_mode
    if stat.S_ISLNK(mode):
        return
    regular, folder = stat.S_ISREG(mode), stat.S_ISDIR(mode)
    if mode & stat.S_IWOTH and (regular or (folder and not mode & stat.S_ISVTX)):
        _note(found, found.writable, path)
    if regular and mode & (stat.S_ISUID | stat.S_ISGID) and mode & 0o111:
        _note(found, found.privileged, path)
    if len(found.owners) < _MOST_SHOWN:
        found.owners.setdefault(status.st_uid, _shown(path))


def _note(found: _Found, paths: list[str], path: str) -> None:
    if len(paths) >= _MOST_SHOWN:
        found.complete = False
        return
    paths.append(_shown(path))


def _shown(path: str) -> str:
    return os.fsencode(path).decode(errors="replace")
