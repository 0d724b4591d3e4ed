"""How large a packet gets through to a host unbroken: echoes that may not be fragmented (RFC 1191), of falling size.

A router that cannot pass a packet on must say so (ICMP "fragmentation needed"). Where nothing is said and the packet is gone
though small ones are answered, connections hang: a black hole (RFC 2923). Sizes are of the whole IPv4 packet, in bytes.
"""

from __future__ import annotations

import errno
import json
import os
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass

from itaudit.errors import AccessDenied, Unreachable, Unreadable
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import PathMtu

_LARGEST = 1500
"""What Ethernet carries, so what the internet is made for."""
_SMALLEST = 576
"""Every IPv4 host takes a packet of this size (RFC 791): a router that asks for smaller ones is broken or lies."""
_HEADERS = 28
"""Bytes of an IPv4 header without options and that of ICMP."""
_TRIES = 3
_WAIT_SECONDS = 0.7
_WAIT_MORE_SECONDS = 0.1
"""Once round trips are known: three of the slowest, and this."""
_LATE_MOST = 64
"""Packets read when the time is up: what came while this machine was too busy to look was not lost on the way."""
_SIZES_AT_ONCE = 4
_TOLD_MOST = 6
"""Routers on one way that each take less than the one before."""

# Of linux/in.h and linux/errqueue.h: the socket module does not name them.
_IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE, _IP_RECVERR = 10, 3, 11
_ECHO = struct.Struct("!BBHHH")
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
_FRAGMENTATION_NEEDED = (3, 4)
_ECHO_REPLY, _ECHO_REQUEST = 0, 8


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Of one burst: which sizes were answered, and the sizes that this machine or a router says would pass."""

    answered: frozenset[int]
    told: frozenset[int]


def path_mtu(question: PathMtu) -> Answer:
    """Body: JSON as PathMtu says. Raises AccessDenied, Unreachable, and Unreadable on systems other than Linux."""
    if sys.platform != "linux":
        raise Unreadable("the size of packets is only measured on Linux yet")
    try:
        address = str(socket.getaddrinfo(question.host, None, socket.AF_INET)[0][4][0])
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{question.host} has no IPv4 address") from error
    echoes, raw = _socket(address)
    with echoes:
        return Answer(body=json.dumps(_measured(_Prober(echoes, raw, time.monotonic() + question.timeout))))


def _socket(address: str) -> tuple[socket.socket, bool]:
    """A socket for echoes, and whether it is a raw one."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            echoes = socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
        except PermissionError:
            continue
        try:
            # Probe: never fragment, and ask the way itself instead of believing what was heard of it earlier.
            echoes.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE)
            echoes.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
            echoes.setblocking(False)
            echoes.connect((address, 0))
        except OSError as error:
            echoes.close()
            raise Unreachable(f"{address}: {error.strerror}") from error
        return echoes, kind == socket.SOCK_RAW
    raise AccessDenied("ICMP needs root here (net.ipv4.ping_group_range)")


def _measured(prober: _Prober) -> dict[str, object]:
    limit = _LARGEST
    told: list[int] = []
    while len(told) <= _TOLD_MOST:
        found = prober.passes(limit)
        if found.answered >= {limit}:
            return {"mtu": limit, "black_hole": False, "told": told}
        if not found.told:
            break
        limit = min(found.told)
        told.append(limit)
    if not found.answered:
        return {"mtu": None, "black_hole": False, "told": told}
    return {"mtu": _largest_answered(prober, min(_SMALLEST, limit), limit), "black_hole": True, "told": told}


def _largest_answered(prober: _Prober, passes: int, fails: int) -> int:
    """Four sizes at a time, each sent twice. What runs out of time is taken as lost, so the result is never too large."""
    while fails - passes > 1:
        step = max(1, (fails - passes) // (_SIZES_AT_ONCE + 1))
        sizes = tuple(range(passes + step, fails, step))[:_SIZES_AT_ONCE]
        passes = max((passes, *prober.burst(sizes * 2).answered))
        fails = min((size for size in sizes if size > passes), default=fails)
    return passes


class _Prober:
    """Sends echoes of given sizes and knows which came back."""

    def __init__(self, echoes: socket.socket, raw: bool, deadline: float) -> None:
        self._socket, self._raw, self._deadline = echoes, raw, deadline
        self._identity = int.from_bytes(os.urandom(2), "big")
        self._sequence = 0
        self._slowest: float | None = None
        self._sizes: dict[int, int] = {}

    def passes(self, size: int) -> _Outcome:
        """Send one of `size` and a small one, up to three times: it is lost only if the small one comes back without it."""
        small = min(_SMALLEST, size - 1)
        answered: frozenset[int] = frozenset()
        for number in range(_TRIES):
            if number == _TRIES - 1 and not answered:
                break
            found = self.burst((size, small))
            answered |= found.answered
            if size in answered or found.told:
                return _Outcome(answered, found.told)
        return _Outcome(answered if small in found.answered else frozenset(), frozenset())

    def burst(self, sizes: tuple[int, ...]) -> _Outcome:
        """Send one echo of each size and wait until all are answered, or told to be too large, or the time is up."""
        waiting: dict[int, int] = {}
        answered: set[int] = set()
        told: set[int] = set()
        for size in sizes:
            self._sequence += 1
            waiting[self._sequence] = size
            self._send(self._sequence, size)
        sent = time.monotonic()
        patience = _WAIT_SECONDS if self._slowest is None else 3 * self._slowest + _WAIT_MORE_SECONDS
        end = min(sent + min(patience, _WAIT_SECONDS), self._deadline)
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        late = 0
        while waiting and not told and late < _LATE_MOST:
            left = end - time.monotonic()
            if not poller.poll(max(0.0, left) * 1000) and left <= 0:
                break
            late += left <= 0
            # What is told late of an earlier, larger echo says nothing of these.
            told.update(size for size in self._errors() if _SMALLEST <= size < max(sizes))
            if (sequence := self._reply()) in waiting:
                answered.add(waiting.pop(sequence))
                self._slowest = max(self._slowest or 0.0, time.monotonic() - sent)
                waiting = {one: size for one, size in waiting.items() if size not in answered}
        return _Outcome(frozenset(answered), frozenset(told))

    def _send(self, sequence: int, size: int) -> None:
        packet = _ECHO.pack(_ECHO_REQUEST, 0, 0, self._identity, sequence) + bytes(size - _HEADERS)
        if self._raw:
            packet = packet[:2] + struct.pack("!H", _checksum(packet)) + packet[4:]
        for last in (False, True):
            try:
                self._socket.send(packet)
                return
            except OSError as error:
                # The first may be news of an earlier echo. EMSGSIZE again: our own card takes less, and the errors say how much.
                if last and error.errno != errno.EMSGSIZE:
                    raise Unreachable(error.strerror or "") from error

    def _reply(self) -> int | None:
        """The sequence of the reply that waits, if one of ours does."""
        try:
            packet = self._socket.recv(65535)
        except OSError:
            # Nothing there, or an error that was told of one of our packets: that is read elsewhere.
            return None
        start = (packet[0] & 0x0F) * 4 if self._raw and packet else 0
        if len(packet) < start + _ECHO.size:
            return None
        kind, _, _, identity, sequence = _ECHO.unpack_from(packet, start)
        # Without a raw socket the kernel chooses the identity and hands out only our own.
        ours = kind == _ECHO_REPLY and (identity == self._identity or not self._raw)
        return int(sequence) if ours else None

    def _errors(self) -> set[int]:
        """Sizes that would pass, as this machine or a router says."""
        told: set[int] = set()
        while True:
            try:
                _, extra, _, _ = self._socket.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return told
            for level, kind, content in extra:
                if level == socket.IPPROTO_IP and kind == _IP_RECVERR and len(content) >= _EXTENDED_ERROR.size:
                    number, _, kind_of, code, _, size, _ = _EXTENDED_ERROR.unpack_from(content)
                    if number == errno.EMSGSIZE or (kind_of, code) == _FRAGMENTATION_NEEDED:
                        told.add(int(size))


def _checksum(packet: bytes) -> int:
    """Of RFC 1071."""
    padded = packet + b"\0" * (len(packet) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
