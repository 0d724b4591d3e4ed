"""A real iperf3 server on loopback, and one that takes the connection and then says nothing."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.connectivity import BOUND_SECONDS, end_group, free_port


def start_iperf3(stack: ExitStack, address: str = "127.0.0.1") -> int:
    """Port of a server that listens; it is ended with the stack."""
    port = free_port(socket.SOCK_STREAM)
    argv = ["iperf3", "-s", "-B", address, "-p", str(port)]
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    stack.callback(end_group, process)
    end = time.monotonic() + BOUND_SECONDS
    # Not by connecting: it serves one at a time, and would take that for a test.
    while not _listens(port):
        assert process.poll() is None, "iperf3 did not start"
        assert time.monotonic() < end, "iperf3 does not listen"
        time.sleep(0.02)
    return port


def _listens(port: int) -> bool:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    # The second field is the local address; the state 0A is LISTEN.
    return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


@pytest.fixture
def iperf3_server(needs: Callable[..., str]) -> Iterator[str]:
    """A server that works, as host:port."""
    needs("iperf3")
    with ExitStack() as stack:
        yield f"127.0.0.1:{start_iperf3(stack)}"


@pytest.fixture
def mute_server() -> Iterator[str]:
    """Takes every connection and never says a word, as host:port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"
