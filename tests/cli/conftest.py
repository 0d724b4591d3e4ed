"""The program as people run it: in a process of its own, with a private state folder, asking nobody outside this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ON_THIS_MACHINE = """
[internet]
targets = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]
targets_ipv6 = ["[::1]:1"]
ping_count = 2
time_servers = ["127.0.0.1:1"]
portal_url = "http://127.0.0.1:1/"
[targets]
registry_url = "http://127.0.0.1:1/"
[space]
folder_seconds = 0
"""

TRIES = 3
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def local_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration whose targets are all on this machine."""
    path = tmp_path_factory.mktemp("config") / "itaudit.toml"
    path.write_text(ON_THIS_MACHINE)
    return path


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Under nohup, and in the background of a shell, the tests and the programs that they start would never hear these."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


def environment(home: Path) -> dict[str, str]:
    """No settings of the person who runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(home), "ITAUDIT_STATE": str(home / "state"), "PYTHONWARNINGS": "error::UserWarning"}


def start(home: Path, *arguments: str | Path, **more: Any) -> subprocess.Popen[str]:
    """Start itaudit; the caller waits for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "itaudit", *map(str, arguments)],
        env=environment(home),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


@pytest.fixture
def itaudit(tmp_path: Path) -> Run:
    """`itaudit("scan", "--only", "disks")` runs it to its end."""

    def run(*arguments: str | Path, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        process = start(tmp_path, *arguments)
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    return run


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """The same, not waited for; ended after the test."""
    processes: list[subprocess.Popen[str]] = []

    def run(*arguments: str | Path) -> subprocess.Popen[str]:
        processes.append(start(tmp_path, *arguments))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def findings_of(path: Path) -> list[dict[str, Any]]:
    """The findings in a file written by --json."""
    findings: list[dict[str, Any]] = json.loads(path.read_text())["scan"]["findings"]
    return findings


def heard_in_time(scan: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The findings of a scan of servers that all answer.

    Where one came too late, it was this machine that stood still, and they are asked again; what is late each time stays.
    """
    for _ in range(TRIES):
        found = scan()
        if not late(found):
            break
    return found


def late(findings: list[dict[str, Any]]) -> bool:
    """Did an answer come too late, or not at all?"""
    return any("in time" in f"{one['verdict']['summary']} {one['verdict']['detail']}" for one in findings)
