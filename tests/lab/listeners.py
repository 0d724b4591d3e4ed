"""A machine with some places open, in a network namespace of its own that nothing leaves."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from lab._running import IN_A_NETWORK_OF_ITS_OWN
from lab.connectivity import end_group


class Listeners:
    """What the provider sees there, and what `ss` sees."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._told: dict[str, Any] = {}

    def address(self, address: str) -> None:
        """The machine gets one more address."""
        self._ask(address)

    def doors(self) -> list[dict[str, Any]]:
        self._ask("")
        return cast(list[dict[str, Any]], self._told["doors"])

    def seen_by_ss(self) -> set[tuple[str, int]]:
        """{(protocol, port)}"""
        lines = [line.split() for line in self._told["ss"].splitlines()]
        return {(words[0], int(words[4].rpartition(":")[2])) for words in lines}

    def _ask(self, line: str) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        self._told = json.loads(self._process.stdout.readline())


@pytest.fixture
def listeners(needs: Callable[..., str]) -> Iterator[Listeners]:
    """TCP 2222 and UDP 514 for everybody, TCP 6379 and 5433 for the machine itself; its address is private."""
    needs("ip", "iproute2")
    needs("ss", "iproute2")
    script = str(Path(__file__).with_name("_inside_listeners.py"))
    argv = [*IN_A_NETWORK_OF_ITS_OWN, script]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "ready\n"
            yield Listeners(process)
        finally:
            end_group(cast(Any, process))  # it takes programs that talk bytes; how they talk is all the same to it
