"""Real servers on loopback: ports that answer or refuse, and clocks that are wrong on purpose."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import ntplib
import pytest

from itaudit.facts.internet import Internet
from lab._ports import claimed_port
from lab._running import short_folder

OFFLINE = Internet(targets=["127.0.0.1:9"])
"""Nobody answers there."""
BOUND_SECONDS = 60.0
_POLITE_SECONDS = 10.0


def free_port(kind: socket.SocketKind) -> int:
    """A port on loopback that nothing uses, and that nobody else gets until this process ends."""
    return claimed_port(kinds=(kind,))


@pytest.fixture
def open_port() -> Iterator[int]:
    """A TCP port on loopback that completes handshakes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def closed_port() -> int:
    """A TCP port on loopback that refuses."""
    return free_port(socket.SOCK_STREAM)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a program that was started with start_new_session, and all it started."""
    with suppress(ProcessLookupError):  # it has ended by itself
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_POLITE_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(BOUND_SECONDS)


class Chrony:
    """Starts chronyd as server or client in a private folder; it never touches the clock (-x)."""

    def __init__(self, folder: Path, stack: ExitStack, faketime: Path) -> None:
        self._folder = folder
        self._stack = stack
        self._faketime = faketime

    def _start(self, name: str, settings: str, **environment: str) -> None:
        settings += f"cmdport 0\npidfile {self._folder / name}.pid\n"
        (self._folder / name).write_text(settings)
        with (self._folder / f"{name}.log").open("wb") as log:
            argv = ["chronyd", "-x", "-U", "-u", getpass.getuser(), "-d", "-f", str(self._folder / name)]
            process = subprocess.Popen(
                argv,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._stack.callback(end_group, process)

    def server(self, fast_seconds: int) -> int:
        """Port of a time server that is fast by so much; it is answering."""
        port = free_port(socket.SOCK_DGRAM)
        settings = f"local stratum 8\nallow 127.0.0.1\nport {port}\nbindaddress 127.0.0.1\nbindcmdaddress /\n"
        # Not by faketime(1): it names its shared memory by its process number, and ends where one that was killed left its own.
        self._start(f"server{port}", settings, LD_PRELOAD=str(self._faketime), FAKETIME=f"{fast_seconds:+d}s")
        self._until(lambda: self._answers(port))
        return port

    def tracking(self, port: int, *, synchronised: bool) -> str:
        """What `chronyc -c -n tracking` says of a chronyd that follows this port: at its start, or once it is synchronised."""
        # Without a burst it needs minutes until it is content: however slow we are, we see its start.
        return self._tracking(f"server 127.0.0.1 port {port}{' iburst' if synchronised else ''}\n", synchronised)

    def alone(self) -> str:
        """The same of a chronyd that follows nothing but its own clock."""
        return self._tracking("local stratum 10\n", synchronised=True)

    def _tracking(self, settings: str, synchronised: bool) -> str:
        address = self._folder / "c.sock"
        self._start("client", f"{settings}port 0\nbindcmdaddress {address}\n")

        said = ""

        def tracking() -> bool:
            nonlocal said
            argv = ["chronyc", "-h", str(address), "-c", "-n", "tracking"]
            said = subprocess.run(argv, capture_output=True, text=True, timeout=BOUND_SECONDS, check=False).stdout
            return said.count(",") == 13 and (not synchronised or "Normal" in said)

        self._until(tracking)
        return said

    @staticmethod
    def _answers(port: int) -> bool:
        try:
            return bool(0 < ntplib.NTPClient().request("127.0.0.1", port=port, timeout=0.5).stratum < 16)
        except (ntplib.NTPException, OSError):
            return False

    def _until(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + BOUND_SECONDS
        while not ready():
            if time.monotonic() > end:
                logs = "".join(path.read_text() for path in self._folder.glob("*.log"))
                pytest.fail(f"chronyd is not ready: {logs[-500:]}")
            time.sleep(0.05)


@pytest.fixture
def chrony(needs: Callable[..., str]) -> Iterator[Chrony]:
    """Time servers on loopback, wrong by choice."""
    needs("chronyd", "chrony")
    needs("faketime")
    library = next(
        iter((*Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), *Path("/usr/lib/faketime").glob("libfaketime.so.1")))
    )
    with ExitStack() as stack:
        folder = stack.enter_context(short_folder("chrony"))
        yield Chrony(folder, stack, library)
