"""Reads originals for a restore test in a process of its own: on a dead network mount a read never returns, and cannot be ended.

Run as a program (`live_originals.py`) it is that reader, and needs nothing but the standard library: a line with a JSON text,
the path, comes in; a dot for each megabyte goes out, then a line with the Look as a JSON list, or a JSON text that says what is
wrong.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

_PIECE_BYTES = 2**20
_LONGEST_LINE_BYTES = 4096
_SECONDS = 30.0
"""So long may a megabyte take."""
_MOST_SILENT = 3
"""After so many originals that did not answer no other is asked for: their mount is dead, and each would cost half a minute."""


class Look(NamedTuple):
    """What a file was while it was read. `before` and `after` differ when it was changed meanwhile; times in nanoseconds."""

    sha256: str
    size_bytes: int
    modified: int
    changed: int
    before: tuple[int, int, int]
    after: tuple[int, int, int]


Read = Callable[[Path], Look]
"""Raises OSError (TimeoutError: no answer) for what cannot be read, and for what is no regular file."""


def read_here(path: Path, told: Callable[[], object] = lambda: None) -> Look:
    """Read in this process, calling `told` for each megabyte. Neither links nor FIFOs are followed or waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(0, "it is not a regular file")
        digest = hashlib.sha256()
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            told()
    now = path.lstat()
    return Look(digest.hexdigest(), now.st_size, now.st_mtime_ns, now.st_ctime_ns, _same(before), _same(now))


def _same(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_size, status.st_ino


@contextlib.contextmanager
def reading_apart(mark: tuple[str, str], seconds: float = _SECONDS) -> Iterator[Read]:
    """A Read that gives up what does not answer for `seconds`."""
    reader = _Reader(mark, seconds)
    try:
        yield reader.read
    finally:
        reader.end()


class _Reader:
    def __init__(self, mark: tuple[str, str], seconds: float) -> None:
        self._mark, self._seconds = mark, seconds
        self._silent = 0
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, path: Path) -> Look:
        if self._silent >= _MOST_SILENT:
            raise TimeoutError(0, "not looked at: others did not answer")
        process = self._process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(str(path)).encode() + b"\n")
            process.stdin.flush()
            said = json.loads(self._line(process.stdout))
        except (TimeoutError, BrokenPipeError, ValueError) as error:
            self._silent += 1
            self.end()
            raise TimeoutError(0, "no answer") from error
        if isinstance(said, str):
            raise OSError(0, said)
        sha256, size, modified, changed, before, after = said
        return Look(sha256, size, modified, changed, tuple(before), tuple(after))

    def _started(self) -> subprocess.Popen[bytes]:
        name, value = self._mark
        return subprocess.Popen(  # noqa: S603 - our own file, by our own interpreter
            (sys.executable, "-I", __file__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, name: value},
            start_new_session=True,
            cwd="/",
        )

    def _line(self, output: IO[bytes]) -> bytes:
        """The next line without the dots, of which each is a sign of life: a large file on a slow line is not dead."""
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([output], [], [], self._seconds)[0]:
                raise TimeoutError
            if not (piece := os.read(output.fileno(), _LONGEST_LINE_BYTES)):
                raise BrokenPipeError
            line = (line + piece).lstrip(b".")
            if len(line) > _LONGEST_LINE_BYTES:
                raise ValueError
        return line

    def end(self) -> None:
        """Kill it, and wait for it only a moment: what waits for a dead mount ends when the mount does."""
        process, self._process = self._process, None
        if process:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    assert pipe is not None
                    pipe.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.0)


def _serve() -> None:
    """Answer until the asker is gone."""

    def tell(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    for line in sys.stdin:
        path = Path(json.loads(line))
        try:
            said: object = read_here(path, lambda: tell("."))
        except OSError as error:
            said = error.strerror or "it cannot be read"
        except ValueError:
            said = "its name cannot be used here"
        tell(json.dumps(said) + "\n")


if __name__ == "__main__":
    _serve()
