"""Round trips: pings, and the time of a time server."""

from __future__ import annotations

import contextlib
import json
import socket
import time

from itaudit.errors import AccessDenied, Missing, TimedOut, Unreachable, Unreadable
from itaudit.evidence.live_network import connect
from itaudit.evidence.questions import Answer, NetworkTime, Ping

_FIRST_ECHOES = 5


def ping(question: Ping) -> Answer:
    """Body: JSON as Ping says. ICMP is tried without rights, then with; where neither is allowed, TCP handshakes are timed."""
    import icmplib

    try:
        socket.getaddrinfo(question.host, None)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{question.host} cannot be resolved") from error
    for privileged in (False, True):
        try:
            first = _echoes(question, min(_FIRST_ECHOES, question.count), privileged)
            # Where the first few all stay silent the rest would too, and a technician waits for each.
            rest = _echoes(question, question.count - len(first), privileged) if any(first) else []
        except icmplib.SocketPermissionError:
            continue
        except icmplib.ICMPLibError as error:
            raise Unreachable(f"{question.host}: {error}") from error
        times = [time for time in first + rest if time is not None]
        return _ping_body("icmp", len(first + rest), times)
    return _ping_by_tcp(question)


def _echoes(question: Ping, count: int, privileged: bool) -> list[float | None]:
    """Round-trip milliseconds of `count` echoes; None for each that is lost."""
    import icmplib

    if count < 1:
        return []
    host = icmplib.ping(
        question.host,
        count=count,
        interval=question.interval_seconds,
        # Each echo gets its share, so that a line that loses everything still answers within the question's time.
        timeout=max(0.2, min(2.0, question.timeout / question.count - question.interval_seconds)),
        privileged=privileged,
    )
    times = [round(one, 3) for one in host.rtts]
    return [*times, *[None] * (host.packets_sent - len(times))]


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
    if not 1 <= reply.stratum <= 15:
        raise Unreadable(f"{question.server} is itself not synchronized (stratum {reply.stratum})")
    return Answer(body=json.dumps({"offset_seconds": reply.offset, "delay_seconds": reply.delay, "stratum": reply.stratum}))
