"""Running the programs that build a lab."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

TESTS = str(Path(__file__).parent.parent)
PATIENCE_SECONDS = 60
"""For what takes a moment on a machine that is not busy."""
RUN_SECONDS = 200
"""Below what a whole test may take."""
_PATH = os.pathsep.join(filter(None, (TESTS, os.environ.get("PYTHONPATH"))))
IN_A_NETWORK_OF_ITS_OWN = ("unshare", "-rn", "env", f"PYTHONPATH={_PATH}", sys.executable)
"""Runs a script of the labs in user and network namespaces of its own: root there, and nothing leaves it."""


def run(*argv: str) -> str:
    """Run a program, bounded; fail with what it printed."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout


def wait_until(ready: Callable[[], bool], what: str) -> None:
    """Ask again and again, patiently; fail with `what` did not come about."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        assert time.monotonic() < end, f"in vain was waited for this: {what}"
        time.sleep(0.02)


def network_namespace(stack: ExitStack, name: str) -> str:
    """Make one until the end of the stack, with its loopback up. Returns its whole name.

    No process number in it: those come again, and a run that was killed leaves its namespaces behind.
    """
    whole = f"itaudit-{name}-{uuid.uuid4().hex}"
    run("ip", "netns", "add", whole)
    stack.callback(run, "ip", "netns", "delete", whole)
    run("ip", "-n", whole, "link", "set", "lo", "up")
    return whole


def wait_for_link(namespace: str, link: str) -> None:
    """Until the kernel sends over it: for a moment after it was set up, packets are lost."""
    wait_until(lambda: " state UP " in run("ip", "-n", namespace, "link", "show", link), f"{link} of {namespace} is up")


@contextmanager
def short_folder(name: str) -> Iterator[Path]:
    """A private folder for sockets, however long TMPDIR is: the path of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix=f"itaudit-{name}-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
