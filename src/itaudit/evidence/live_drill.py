"""The private folder of a restore test, and the guardian that empties it when the test itself is killed.

A record in the state folder names the folder before it is made, so that a start after a power cut finds and removes it.
The guardian is a process of its own that waits for the end of a pipe: the kernel closes the pipe however the test ends. Every
program of the test carries a mark in its environment, by which the guardian ends it (/proc, so on Linux; elsewhere they go on).
Run as a program (`live_drill.py FOLDER RECORD`) it is that guardian, and needs nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARK = "ITAUDIT_DRILL"
_PREFIX = "itaudit-drill-"
_TRIES = 5
_GUARDIAN_SECONDS = 30.0


class BusyError(Exception):
    """Another restore test is running with this state folder."""


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """path: a new folder for this user only. mark: the variable that programs of this test must have in their environment."""

    path: Path
    mark: tuple[str, str]


@contextlib.contextmanager
def private_folder(base: Path, state: Path) -> Iterator[PrivateFolder]:
    """Remove what killed tests left, make a folder (0700) below `base`, and remove it at the end. Raises BusyError, OSError."""
    with _only_one(state):
        remove_left(state)
        path = base.resolve() / f"{_PREFIX}{secrets.token_hex(8)}"
        record = state / f"{path.name}.running"
        record.write_bytes(os.fsencode(path))
        guardian = subprocess.Popen(  # noqa: S603 - our own file, by our own interpreter
            (sys.executable, "-I", __file__, str(path), str(record.resolve())),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        try:
            path.mkdir(mode=0o700)
            yield PrivateFolder(path, (MARK, path.name))
        finally:
            _erase(path, record)
            assert guardian.stdin is not None
            guardian.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                guardian.wait(_GUARDIAN_SECONDS)


@contextlib.contextmanager
def emptied(path: Path) -> Iterator[None]:
    """Empty the folder at the end: the next backup of the same test finds it as the first did."""
    try:
        yield
    finally:
        _open_up(path)
        for inner in path.iterdir():
            shutil.rmtree(inner, ignore_errors=True)


@contextlib.contextmanager
def _only_one(state: Path) -> Iterator[None]:
    import fcntl  # not on Windows: the command refuses there before it gets here

    descriptor = os.open(state / "drill.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError from error
        yield
    finally:
        os.close(descriptor)


def remove_left(state: Path) -> None:
    """Remove the folders of tests that were killed together with their guardian. Call it only while no test runs."""
    for record in state.glob(f"{_PREFIX}*.running"):
        with contextlib.suppress(OSError):
            path = Path(os.fsdecode(record.read_bytes()))
            # Only what a test made itself is ever removed, whatever the record says.
            if path.name == record.name.removesuffix(".running") and path.is_absolute():
                _erase(path, record)
            elif not record.read_bytes():
                record.unlink()


def _erase(path: Path, record: Path) -> None:
    """End the test's programs, then remove its folder and its record; the record stays when the folder does."""
    for attempt in range(_TRIES):
        _end_marked(path.name)
        if not os.path.lexists(path):
            break
        _open_up(path)
        shutil.rmtree(path, ignore_errors=True)
        time.sleep(0.1 * attempt)
    if not os.path.lexists(path):
        record.unlink(missing_ok=True)


def _open_up(path: Path) -> None:
    """Folders come back with the rights they had: one that may not be written could not be emptied."""
    with contextlib.suppress(OSError):
        if not path.is_symlink():
            path.chmod(0o700)
    for folder, names, _ in os.walk(path):
        for name in names:
            inner = os.path.join(folder, name)  # noqa: PTH118 - names need not be text that pathlib would keep as it is
            with contextlib.suppress(OSError):
                if not os.path.islink(inner):  # noqa: PTH114 - as above
                    os.chmod(inner, 0o700)  # noqa: PTH101 - as above; inside our own private folder


def _end_marked(token: str) -> None:
    """Kill every process of this user that carries the mark."""
    needle = f"{MARK}={token}".encode()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdecimal() and int(name) != os.getpid():
                with contextlib.suppress(OSError):
                    if needle in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                        os.kill(int(name), signal.SIGKILL)


def _guard(path: Path, record: Path) -> None:
    """Wait until the test is over, however it ends, then remove what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Stopping a service ends all of its processes at once: this one has work to do then.
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 4096):
        pass
    _erase(path, record)


if __name__ == "__main__":
    _guard(Path(sys.argv[1]), Path(sys.argv[2]))
