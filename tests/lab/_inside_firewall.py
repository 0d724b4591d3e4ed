"""Two little programs for the laboratory of firewalls; each runs in a network namespace of its own.

serve: answer on all PORTS; for each line of input print "idle" once everything that has come is answered.
knock: for a line {"waits": seconds} try all of them from two senders, and print "sent"; after one more line wait for answers, and
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


def _door(family: int, kind: str, port: int) -> socket.socket:
    one = socket.socket(_FAMILIES[family], _KINDS[kind])
    if family == 6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.setblocking(False)
    one.bind(("", port))
    if kind == "tcp":
        one.listen(64)
    return one


def serve() -> None:
    """Until its input ends."""
    selector = selectors.DefaultSelector()
    for family, kind, port in itertools.product(MACHINE, _KINDS, PORTS):
        selector.register(_door(family, kind, port), selectors.EVENT_READ, kind)
    selector.register(sys.stdin, selectors.EVENT_READ, "asked")
    print("ready", flush=True)
    while True:
        ready = [key for key, _ in selector.select()]
        if [key.data for key in ready] == ["asked"]:  # and nobody else waits
            if not sys.stdin.readline():
                return
            print("idle", flush=True)
        for key in ready:
            if isinstance(key.fileobj, socket.socket):
                _answer(key.fileobj, key.data)


def _answer(one: socket.socket, kind: str) -> None:
    with contextlib.suppress(OSError):
        if kind == "tcp":
            one.accept()[0].close()
        else:
            one.sendto(*one.recvfrom(100))


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


def send() -> selectors.BaseSelector:
    """All at once, since those that are dropped are waited for."""
    selector = selectors.DefaultSelector()
    for family, kind, port in itertools.product(MACHINE, _KINDS, PORTS):
        for who, sender in enumerate(SENDERS[family]):
            one = _knocking(family, kind, port, sender)
            event = selectors.EVENT_READ if kind == "udp" else selectors.EVENT_WRITE
            selector.register(one, event, (f"{family} {kind} {port}", who))
    return selector


def collect(selector: selectors.BaseSelector, waits: float) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {key.data[0]: [] for key in selector.get_map().values()}
    end = time.monotonic() + waits
    left = waits
    while selector.get_map() and left > 0:
        left = end - time.monotonic()
        # Once also after the end: it may have been this program that was kept waiting, with the answers lying there.
        for key, _ in selector.select(max(left, 0)):
            assert isinstance(key.fileobj, socket.socket)
            if _answered(key.fileobj):
                found[key.data[0]].append(key.data[1])
            selector.unregister(key.fileobj)
            key.fileobj.close()
    for key in list(selector.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    selector.close()
    return {place: sorted(who) for place, who in found.items()}


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
        sys.exit()
    print("ready", flush=True)
    while line := sys.stdin.readline():
        knocking = send()
        print("sent", flush=True)
        sys.stdin.readline()
        print(json.dumps(collect(knocking, json.loads(line)["waits"])), flush=True)
