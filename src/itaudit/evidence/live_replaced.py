"""Programs that run, and which of their files are no longer those on the disk: /proc/PID/maps, proc_pid_maps(5).

A replaced file keeps its old content for whoever opened it before; the kernel then calls it "(deleted)". Bounded in processes,
bytes and time. A process with another root folder (a container) is not looked at: its files are not this system's.
"""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

from itaudit.errors import NotFound
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import ReplacedFiles

_PROC = Path("/proc")
_MOST_PROCESSES, _MOST_FILES, _LIMIT_BYTES = 20_000, 50, 8 * 2**20
_PROGRAM_FOLDERS = rb"/(?:usr|lib|lib32|lib64|libx32|bin|sbin|opt)/"
_OLD = re.compile(rb"^[0-9a-f]+-[0-9a-f]+ ..x. \S+ \S+ \d+ +(" + _PROGRAM_FOLDERS + rb"[^\n]*) \(deleted\)$", re.MULTILINE)
"""Only what is executed: data files that a program removed itself are its own affair."""
_UNIT = re.compile(r"([^/\n]+\.(?:service|scope))(?:/[^\n]*)?$", re.MULTILINE)


def replaced_files(question: ReplacedFiles) -> Answer:
    """Body as ReplacedFiles says. Raises NotFound where there is no /proc."""
    try:
        numbers = sorted(int(name) for name in os.listdir(_PROC) if name.isdigit())
        own_root = _identity(Path("/"))
    except OSError as error:
        raise NotFound(str(_PROC)) from error
    end = time.monotonic() + question.timeout
    seen, unseen, old = 0, 0, []
    for number in numbers[:_MOST_PROCESSES]:
        if time.monotonic() > end:
            break
        try:
            files = _old_files(number, own_root)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        except OSError:
            unseen += 1
            continue
        seen += files is not None
        if files:
            old.append(
                {"pid": number, "name": _name(number), "unit": _unit(number), "files": files, "replaced": _replaced(files)}
            )
    else:
        end = 0.0
    complete = end == 0.0 and len(numbers) <= _MOST_PROCESSES
    return Answer(body=json.dumps({"seen": seen, "unseen": unseen, "complete": complete, "old": old}))


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _old_files(number: int, own_root: tuple[int, int]) -> list[str] | None:
    """None for a thread of the kernel and for what has ended: they execute no file, and refuse nobody."""
    with (_PROC / str(number) / "maps").open("rb") as file:
        maps = file.read(_LIMIT_BYTES)
    if not maps:
        return None
    found = dict.fromkeys(match[1] for match in _OLD.finditer(maps))
    if not found or _identity(_PROC / str(number) / "root") != own_root:
        return []
    return [path.decode(errors="replace") for path in found][:_MOST_FILES]


def _name(number: int) -> str:
    try:
        return (_PROC / str(number) / "comm").read_bytes()[:64].decode(errors="replace").strip()
    except OSError:
        return ""


def _unit(number: int) -> str:
    """The unit of systemd that it belongs to, from its control group; "" for none."""
    try:
        match = _UNIT.search((_PROC / str(number) / "cgroup").read_bytes()[:4096].decode(errors="replace"))
    except OSError:
        return ""
    return match[1] if match else ""


def _replaced(files: list[str]) -> float | None:
    """When the oldest of them that has a successor got it: seconds since 1970 (the change of its inode), None without any."""
    moments = []
    for path in files:
        try:
            moments.append(os.lstat(path).st_ctime)
        except (OSError, ValueError):
            continue
    return min(moments, default=None)
