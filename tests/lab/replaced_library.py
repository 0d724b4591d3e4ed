"""A program that runs with a library that is then replaced on the disk. In /opt, where programs lie, so it needs root."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import pytest

_PROGRAM = "import ctypes, sys; ctypes.CDLL(sys.argv[1]); print('loaded', flush=True); sys.stdin.read()"


@dataclass(frozen=True)
class Running:
    """`library`: the file that the program has loaded."""

    process: subprocess.Popen[str]
    library: Path

    def replace(self) -> None:
        """As dpkg does it: the new file is renamed over the old one."""
        new = self.library.with_suffix(".dpkg-new")
        shutil.copy(self.library, new)
        new.replace(self.library)

    def remove(self) -> None:
        self.library.unlink()


@contextmanager
def _running() -> Iterator[Running]:
    with tempfile.TemporaryDirectory(dir="/opt", prefix="itaudit-lab-") as folder:
        found = next(path for path in Path("/usr/lib").rglob(str(find_library("z"))))
        library = Path(folder) / "libitaudit.so.1"
        shutil.copy(found.resolve(), library)
        argv = [sys.executable, "-c", _PROGRAM, str(library)]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "loaded\n"
            try:
                yield Running(process, library)
            finally:
                process.kill()


@pytest.fixture
def program_with_library(needs_root: Callable[[], None]) -> Iterator[Running]:
    """A running program; `replace()` or `remove()` its library."""
    needs_root()
    with _running() as running:
        yield running
