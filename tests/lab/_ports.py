"""Ports for the servers of the laboratories: none that the kernel gives away, and none that another test process has chosen.

A port that was found free must stay free until its server listens, which may be seconds later, and while a test says that nobody
listens there. So it lies below those that the kernel hands out to everybody who asks for any (a client's end of a connection,
each question over UDP), and a socket that nobody else asks for marks it as ours until this process ends. Linux, for the mark:
there all of 127.0.0.0/8 is this machine.
"""

from __future__ import annotations

import atexit
import errno
import random
import socket
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

LOWEST = 10_000
USUAL_END = 32_768
"""Where the kernel's own begin, if it does not say otherwise; see ip(7), ip_local_port_range."""
_MARKS = "127.255.99.1"
"""No server listens at this address."""
_KINDS = (socket.SOCK_DGRAM, socket.SOCK_STREAM)
_kept = ExitStack()
atexit.register(_kept.close)


def claimed_port(addresses: Sequence[str] = ("127.0.0.1",), kinds: Sequence[socket.SocketKind] = _KINDS) -> int:
    """A port that is free on every address, and that stays so until this process ends or binds it."""
    # Not random.randint: tests may set its seed, and then two processes would go the same way.
    numbers = random.SystemRandom().sample(_range(), 200)
    for port in numbers:
        # Free also after it was marked: until then, another process may have taken it.
        if _is_free(port, addresses, kinds) and _marked(port) and _is_free(port, addresses, kinds):
            return port
    raise AssertionError("no free port")


def _range() -> range:
    file = Path("/proc/sys/net/ipv4/ip_local_port_range")
    end = int(file.read_text().split()[0]) if file.exists() else USUAL_END
    return range(LOWEST, end if end >= LOWEST + 1000 else USUAL_END)


def _is_free(port: int, addresses: Sequence[str], kinds: Sequence[socket.SocketKind]) -> bool:
    with ExitStack() as stack:
        for address in addresses:
            for kind in kinds:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                try:
                    stack.enter_context(socket.socket(family, kind)).bind((address, port))
                except OSError:
                    return False
    return True


def _marked(port: int) -> bool:
    """False where another process has marked it."""
    mark = socket.socket()
    try:
        mark.bind((_MARKS, port))
    except OSError as error:
        mark.close()
        return error.errno == errno.EADDRNOTAVAIL  # not Linux: then there is no mark
    _kept.enter_context(closing(mark))
    return True
