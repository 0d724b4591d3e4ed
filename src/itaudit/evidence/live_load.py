"""How quickly a host answers while the line is at work: one echo after the other, with what the cards had moved by then."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator

from itaudit.errors import Missing
from itaudit.evidence.live_network import connect

_PATIENCE_SECONDS = 2.0
"""An echo that takes longer counts as lost."""
_INTERVAL_SECONDS = 0.1
_MOST = 2000
"""Moments kept: more than three minutes of them."""

Moment = tuple[float, float | None, int, int]
"""Seconds since the start, milliseconds of the echo (None: lost), bytes received and sent by all cards until then."""


@contextlib.contextmanager
def watched(host: str, tcp_port: int) -> Iterator[list[Moment]]:
    """Ping `host` for as long as the block runs; the list grows meanwhile. With no host it stays empty.

    ICMP without rights, then with, then TCP handshakes. A host without an address gives no moment at all.
    """
    moments: list[Moment] = []
    stop = threading.Event()
    thread = threading.Thread(target=_watch, args=(host, tcp_port, moments, stop), daemon=True)
    if host:
        thread.start()
    try:
        yield moments
    finally:
        stop.set()
        if host:
            thread.join(_PATIENCE_SECONDS + 1.0)


def _watch(host: str, tcp_port: int, moments: list[Moment], stop: threading.Event) -> None:
    try:
        address = str(socket.getaddrinfo(host, None)[0][4][0])
    except (OSError, UnicodeError):
        return
    echo, loopback = _echo(address, tcp_port), ipaddress.ip_address(address.partition("%")[0]).is_loopback
    started = time.monotonic()
    while not stop.is_set() and len(moments) < _MOST:
        milliseconds = echo()
        moments.append((round(time.monotonic() - started, 3), milliseconds, *_moved(loopback)))
        stop.wait(_INTERVAL_SECONDS)


def _moved(loopback: bool) -> tuple[int, int]:
    """Bytes received and sent by all cards. What stays inside this machine counts only where the host is here too."""
    import psutil

    cards = psutil.net_io_counters(pernic=True, nowrap=False)
    counted = [count for name, count in cards.items() if loopback or name != "lo"]
    return sum(count.bytes_recv for count in counted), sum(count.bytes_sent for count in counted)


def _echo(address: str, tcp_port: int) -> Callable[[], float | None]:
    """A function that sends one echo by the first way that is allowed here: its milliseconds, or None when it was lost."""
    import icmplib

    def by_icmp(privileged: bool) -> float | None:
        try:
            answer = icmplib.ping(address, count=1, timeout=_PATIENCE_SECONDS, privileged=privileged)
        except icmplib.SocketPermissionError:
            raise
        except icmplib.ICMPLibError:
            return None
        return round(answer.rtts[0], 3) if answer.rtts else None

    def by_tcp() -> float | None:
        started = time.perf_counter()
        try:
            connect(address, tcp_port, _PATIENCE_SECONDS).close()
        except Missing:
            return None
        return round((time.perf_counter() - started) * 1000, 3)

    for privileged in (False, True):
        with contextlib.suppress(icmplib.SocketPermissionError):
            by_icmp(privileged)
            return lambda: by_icmp(privileged)
    return by_tcp
