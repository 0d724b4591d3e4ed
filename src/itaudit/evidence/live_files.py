"""Questions about files. Those that lie on a network or FUSE mount are asked in a child process:
stat or statvfs of a dead mount never returns and would keep our own process from ending.

That child runs `main` of this module, with KIND and JSON as arguments.
"""

from __future__ import annotations

import contextlib
import glob as globbing
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from itaudit.errors import AccessDenied, NotFound, TimedOut, Unreachable, Unreadable
from itaudit.evidence import live_folders
from itaudit.evidence.live_mounts import is_remote
from itaudit.evidence.questions import Answer, Question
from itaudit.evidence.questions_machine import FileStatus, FileSystemUsage, FolderSizes, Glob, ReadFile


def read_file(question: ReadFile) -> Answer:
    """Body: text. Raises NotFound, AccessDenied, TimedOut; Unreadable for what is no regular file or too long."""
    return _here_or_in_child(question, _read_file)


def glob(question: Glob) -> Answer:
    """Body: JSON list of paths, sorted."""
    return _here_or_in_child(question, _glob)


def file_status(question: FileStatus) -> Answer:
    """Body: JSON as FileStatus says. The link itself is described, not its target."""
    return _here_or_in_child(question, _file_status)


def file_system_usage(question: FileSystemUsage) -> Answer:
    """Body: JSON as FileSystemUsage says."""
    return _here_or_in_child(question, _file_system_usage)


def folder_sizes(question: FolderSizes) -> Answer:
    """Body: JSON as FolderSizes says. Always asked in a child, which can be ended and does not hold up this process."""
    arguments = _arguments(question)
    path = _one_path(question.path)
    if is_remote(path):
        raise Unreadable(f"{path} lies on another machine, or a program answers for it")
    return _ask_child("FolderSizes", arguments, question.timeout)


def _folder_sizes(path: str, seconds: float, entries: int, changed_days: float, most: int) -> str:
    live_folders.step_back()
    return live_folders.walk(path, seconds, entries, changed_days, most, live_folders.cores())


def _read_file(path: str, limit_bytes: int) -> str:
    # Without O_NONBLOCK, opening a FIFO waits for a writer for ever.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable(f"{path} is not a regular file")
        content = b""
        # In pieces: the kernel refuses one large read of a file in /proc/sys.
        while len(content) <= limit_bytes and (piece := file.read(65536)):
            content += piece
    if len(content) > limit_bytes:
        raise Unreadable(f"{path} is longer than {limit_bytes} bytes")
    return content.decode(errors="replace")


def _glob(pattern: str, most: int) -> str:
    paths = sorted(path for path in globbing.iglob(pattern))
    return json.dumps([os.fsencode(path).decode(errors="replace") for path in paths[:most]])


def _file_status(path: str) -> str:
    status = os.lstat(path)
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}
    return json.dumps(
        {
            "kind": kinds.get(stat.S_IFMT(status.st_mode), "other"),
            "mode": stat.S_IMODE(status.st_mode),
            "uid": status.st_uid,
            "gid": status.st_gid,
            "size_bytes": status.st_size,
            "modified": status.st_mtime,
            "device": status.st_dev,
        }
    )


def _file_system_usage(path: str) -> str:
    usage = os.statvfs(path)
    return json.dumps(
        {
            "size_bytes": usage.f_blocks * usage.f_frsize,
            "free_bytes": usage.f_bfree * usage.f_frsize,
            "available_bytes": usage.f_bavail * usage.f_frsize,
            "files": usage.f_files,
            "files_free": usage.f_ffree,
            "read_only": bool(usage.f_flag & os.ST_RDONLY),
        }
    )


_WORK: dict[str, Callable[..., str]] = {
    "ReadFile": _read_file,
    "Glob": _glob,
    "FileStatus": _file_status,
    "FileSystemUsage": _file_system_usage,
    "FolderSizes": _folder_sizes,
}


def _here_or_in_child(question: ReadFile | Glob | FileStatus | FileSystemUsage, work: Callable[..., str]) -> Answer:
    arguments = _arguments(question)
    path = _one_path(str(arguments.get("path") or arguments["pattern"]))
    if is_remote(path):
        return _ask_child(type(question).__name__, arguments, question.timeout)
    return _guarded(work, arguments, path)


def _arguments(question: Question) -> dict[str, Any]:
    return {name: value for name, value in question.as_dict().items() if name not in ("kind", "timeout")}


def _one_path(path: str) -> str:
    if "\0" in path:
        raise Unreadable("a file name cannot hold a NUL character")
    return path


def _guarded(work: Callable[..., str], arguments: dict[str, Any], path: str) -> Answer:
    try:
        return Answer(body=work(**arguments))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(path) from error
    except PermissionError as error:
        raise AccessDenied(path) from error
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from error


_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); from itaudit.evidence import live_files; live_files.main()"
)
"""Isolated (-I) it would not see what is installed for one user only: so it is told where we ourselves were found."""


def _ask_child(kind: str, arguments: dict[str, Any], timeout: float) -> Answer:
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and module, arguments as JSON
        [sys.executable, "-I", "-c", _PROGRAM, json.dumps(sys.path), kind, json.dumps(arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        # In the kernel's hands it cannot be killed: send the signal, do not wait for it. A walk is several processes.
        with contextlib.suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()
        raise TimedOut(f"{arguments.get('path') or arguments.get('pattern')} did not answer within {timeout:g} s") from error
    try:
        answer = json.loads(output)
        return Answer(body=answer["body"], problem=answer["problem"], detail=answer["detail"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unreachable("the child that looks at mounts ended early") from error


def _child(kind: str, arguments: dict[str, Any]) -> Answer:
    try:
        return _guarded(_WORK[kind], arguments, str(arguments.get("path") or arguments.get("pattern")))
    except (NotFound, AccessDenied, Unreadable) as error:
        return Answer.missing(error)


def main() -> None:
    """The child: answer the one question that the arguments are."""
    result = _child(sys.argv[1], json.loads(sys.argv[2]))
    sys.stdout.write(json.dumps({"body": result.body, "problem": result.problem, "detail": result.detail}))
