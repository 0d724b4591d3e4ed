"""Servers that answer as a test says: misbehaving name servers and resolvers of the DNS laboratory."""

from __future__ import annotations

import functools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import dns.exception
import dns.message
import dns.query
import dns.rcode

_PATIENCE_SECONDS = 60
Script = Callable[[dns.message.Message], dns.message.Message | bytes | None]
"""What a misbehaving server answers: a message, bytes that need not be one, or None for nothing."""


def answers_with(code: dns.rcode.Rcode, *, recursion_available: bool = True) -> Script:
    """A server that answers everything with one response code, as a resolver does or (without recursion) a name server."""

    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=recursion_available)
        response.set_rcode(code)
        return response

    return answer


def silence(_: dns.message.Message) -> None:
    """A server that never answers."""


@contextmanager
def scripted(script: Script, address: str = "127.0.0.1", port: int = 0, *, tcp: bool = True) -> Iterator[int]:
    """Serve over UDP (and TCP) until the end of the block; yields the port."""
    with ExitStack() as stack:
        udp, listener = _bound(stack, address, port, tcp=tcp)
        port = int(udp.getsockname()[1])
        stop = threading.Event()
        works: list[Callable[[], None]] = [functools.partial(_serve_udp, udp, script, stop)]
        udp.settimeout(0.1)
        if listener:
            listener.settimeout(0.1)
            works.append(functools.partial(_serve_tcp, listener, script, stop))
        threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield port
        finally:
            stop.set()
            for thread in threads:
                thread.join(_PATIENCE_SECONDS)


def _bound(stack: ExitStack, address: str, port: int, *, tcp: bool) -> tuple[socket.socket, socket.socket | None]:
    """Sockets on the same port; of any (0) another is tried when the one that is free over UDP is in use over TCP."""
    for attempt in range(50):
        with ExitStack() as sockets:
            udp = sockets.enter_context(socket.socket(family(address), socket.SOCK_DGRAM))
            udp.bind((address, port))
            if not tcp:
                listener = None
            else:
                try:
                    at = (address, int(udp.getsockname()[1]))
                    listener = sockets.enter_context(socket.create_server(at, family=family(address)))
                except OSError:
                    if port or attempt == 49:
                        raise
                    continue
            stack.push(sockets.pop_all())
            return udp, listener
    raise AssertionError("no free port")


def _answer(script: Script, wire: bytes) -> bytes | None:
    response = script(dns.message.from_wire(wire))
    return response.to_wire() if isinstance(response, dns.message.Message) else response


def _serve_udp(udp: socket.socket, script: Script, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            wire, sender = udp.recvfrom(65535)
            if response := _answer(script, wire):
                udp.sendto(response, sender)
        except (OSError, dns.exception.DNSException):
            continue


def _serve_tcp(listener: socket.socket, script: Script, stop: threading.Event) -> None:
    while not stop.is_set():
        with suppress(OSError):
            connection, _ = listener.accept()
            # Of its own: one who connects and says nothing yet keeps nobody waiting, and may take its time.
            threading.Thread(target=_serve_connection, args=(connection, script), daemon=True).start()


def _serve_connection(connection: socket.socket, script: Script) -> None:
    """One question, one answer."""
    with connection, suppress(OSError, dns.exception.DNSException):
        connection.settimeout(_PATIENCE_SECONDS)
        length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
        wire = connection.recv(length, socket.MSG_WAITALL)
        if response := _answer(script, wire):
            connection.sendall(len(response).to_bytes(2, "big") + response)


def forward_to(address: str, port: int) -> Script:
    """A server that asks another one."""
    return lambda query: dns.query.udp(query, address, timeout=10, port=port)


def family(address: str) -> socket.AddressFamily:
    """Of the address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET
