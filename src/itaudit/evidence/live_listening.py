"""Sockets that wait for others, and the programs that hold them: by psutil, which reads /proc/net and /proc/PID/fd on Linux.

Bounded in sockets, and in the time for looking at their programs.
"""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from itaudit.errors import AccessDenied
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import ListeningSockets

_MOST_SOCKETS = 5_000


def listening_sockets(question: ListeningSockets) -> Answer:
    """Body as ListeningSockets says. Raises AccessDenied where only an administrator may see them (macOS)."""
    import psutil

    end = time.monotonic() + question.timeout
    try:
        found = _waiting()
        programs = _programs(found, end)
        # A server may hand its socket to a helper that ends before we come to it; then the server itself is found.
        if any(each.pid and not programs.get(each.pid, ("", ""))[0] for each in found) and time.monotonic() < end:
            found = _waiting()
            programs |= _programs(found, end)
    except psutil.AccessDenied as error:
        raise AccessDenied("the sockets of this machine") from error
    entries = [_entry(each, programs.get(each.pid or 0, ("", ""))) for each in found[:_MOST_SOCKETS]]
    complete = len(found) <= _MOST_SOCKETS and time.monotonic() < end
    return Answer(body=json.dumps({"sockets": entries, "complete": complete}))


def _waiting() -> list[Any]:
    import psutil

    return [each for each in psutil.net_connections(kind="inet") if _waits(each)]


def _programs(found: list[Any], end: float) -> dict[int, tuple[str, str]]:
    programs: dict[int, tuple[str, str]] = {}
    for each in found[:_MOST_SOCKETS]:
        if each.pid and each.pid not in programs and time.monotonic() < end:
            programs[each.pid] = _program(each.pid)
    return programs


def _waits(connection: Any) -> bool:
    """A socket for UDP never "listens"; without another end it takes what comes."""
    if connection.type == socket.SOCK_DGRAM:
        return bool(connection.laddr) and not connection.raddr
    return bool(connection.status == "LISTEN")


def _program(number: int) -> tuple[str, str]:
    """(name, file); "" for what this user may not see, or what has ended meanwhile."""
    import psutil

    name, file = "", ""
    try:
        process = psutil.Process(number)
        name = process.name()
        file = process.exe()
    except (psutil.Error, OSError):
        pass
    return name[:200], file.removesuffix(" (deleted)")[:4000]


def _entry(connection: Any, program: tuple[str, str]) -> dict[str, object]:
    return {
        "protocol": "udp" if connection.type == socket.SOCK_DGRAM else "tcp",
        "address": connection.laddr.ip,
        "port": connection.laddr.port,
        "pid": connection.pid,
        "program": program[0],
        "file": program[1],
    }
