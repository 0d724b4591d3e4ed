"""Two little programs for the laboratory of firewalls; each runs in a network namespace of its own.

serve: answer on all PORTS. knock: for each line {"waits": seconds} try all of them from two senders, and
print {"4 tcp 22": [who got through, 0: anybody, 1: the one that rules name]}.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import selectors
import socket
import sys
import time

PORTS = (22, 53, 80, 443, 2000, 8080)
MACHINE = {4: "192.0.2.2", 6: "fd00:db8::2"}
SENDERS = {4: ("192.0.2.1", "192.0.2.7"), 6: ("fd00:db8::1", "fd00:db8::7")}
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def serve() -> None:
    """Until the process is ended."""
    selector = selectors.DefaultSelector()
    for family in MACHINE:
        for kind in _KINDS:
            for port in PORTS:
                one = socket.socket(_FAMILIES[family], _KINDS[kind])
                if family == 6:
                    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind(("", port))
                if kind == "tcp":
                    one.listen(64)
                selector.register(one, selectors.EVENT_READ, kind)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            assert isinstance(key.fileobj, socket.socket)
            with contextlib.suppress(OSError):
                if key.data == "tcp":
                    key.fileobj.accept()[0].close()
                else:
                    key.fileobj.sendto(*key.fileobj.recvfrom(100))


def _knocking(family: int, kind: str, port: int, sender: str) -> socket.socket:
    one = socket.socket(_FAMILIES[family], _KINDS[kind])
    one.setblocking(False)
    one.bind((sender, 0))
    one.connect_ex((MACHINE[family], port))
    if kind == "udp":
        with contextlib.suppress(OSError):
            one.send(b"hello")
    return one


def _answered(one: socket.socket) -> bool:
    try:
        return not one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) and (one.type == socket.SOCK_STREAM or bool(one.recv(100)))
    except OSError:
        return False


def knock(waits: float) -> dict[str, list[int]]:
    """All at once, since those that are dropped are waited for."""
    selector = selectors.DefaultSelector()
    found: dict[str, list[int]] = {}
    for family, kind, port in itertools.product(MACHINE, _KINDS, PORTS):
        found[f"{family} {kind} {port}"] = []
        for who, sender in enumerate(SENDERS[family]):
            one = _knocking(family, kind, port, sender)
            event = selectors.EVENT_READ if kind == "udp" else selectors.EVENT_WRITE
            selector.register(one, event, (f"{family} {kind} {port}", who))
    end = time.monotonic() + waits
    while selector.get_map() and (left := end - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            assert isinstance(key.fileobj, socket.socket)
            if _answered(key.fileobj):
                found[key.data[0]].append(key.data[1])
            selector.unregister(key.fileobj)
            key.fileobj.close()
    for key in list(selector.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    return {place: sorted(who) for place, who in found.items()}


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(knock(json.loads(line)["waits"])), flush=True)
