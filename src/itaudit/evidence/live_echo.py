"""Round trips: pings, and the time of a time server."""

from __future__ import annotations

import contextlib
import json
import socket
import time

from itaudit.errors import AccessDenied, Missing, TimedOut, Unreachable, Unreadable
from itaudit.evidence.live_network import connect
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import NetworkTime, Ping

_ALARM = 3
"""The leap indicator of a server that does not know the time (RFC 5905 7.3)."""


def ping(question: Ping) -> Answer:
    """Body: JSON as Ping says. ICMP is tried without rights, then with; where neither is allowed, TCP handshakes are timed."""
    import icmplib

    try:
        socket.getaddrinfo(question.host, None)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{question.host} cannot be resolved") from error
    for privileged in (False, True):
        try:
            host = icmplib.ping(
                question.host,
                count=question.count,
                interval=question.interval_seconds,
                # Each echo gets its share, so that a line that loses everything still answers within the question's time.
                timeout=max(0.2, min(2.0, question.timeout / question.count - question.interval_seconds)),
                privileged=privileged,
            )
        except icmplib.SocketPermissionError:
            continue
        except icmplib.ICMPLibError as error:
            raise Unreachable(f"{question.host}: {error}") from error
        return _ping_body("icmp", host.packets_sent, [round(one, 3) for one in host.rtts])
    return _ping_by_tcp(question)


def _ping_by_tcp(question: Ping) -> Answer:
    deadline = time.monotonic() + question.timeout
    times: list[float] = []
    sent = 0
    for _ in range(question.count):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        sent += 1
        started = time.perf_counter()
        with contextlib.suppress(Missing):
            connect(question.host, question.tcp_port, min(left, 2.0)).close()
            times.append(round((time.perf_counter() - started) * 1000, 3))
        time.sleep(min(question.interval_seconds, max(0.0, left)))
    if not times:
        raise AccessDenied("ICMP needs root here, and no TCP connection was accepted either")
    return _ping_body("tcp", sent, times)


def _ping_body(method: str, sent: int, times: list[float]) -> Answer:
    return Answer(body=json.dumps({"method": method, "sent": sent, "received": len(times), "round_trips_ms": times}))


def network_time(question: NetworkTime) -> Answer:
    """Body: JSON {"offset_seconds", "delay_seconds", "stratum"}. Raises TimedOut, Unreachable, Unreadable."""
    import ntplib

    try:
        reply = ntplib.NTPClient().request(question.server, version=4, port=question.port, timeout=question.timeout)
    except ntplib.NTPException as error:
        raise TimedOut(f"{question.server}: {error}") from error
    except OSError as error:
        raise Unreachable(f"{question.server}: {error.strerror or error}") from error
    if not 1 <= reply.stratum <= 15 or reply.leap == _ALARM:
        raise Unreadable(f"{question.server} is itself not synchronized (stratum {reply.stratum}, leap {reply.leap})")
    return Answer(body=json.dumps({"offset_seconds": reply.offset, "delay_seconds": reply.delay, "stratum": reply.stratum}))
