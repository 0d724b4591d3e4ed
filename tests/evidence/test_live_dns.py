"""One question to one server, over connections that lose, cut short and forge."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from itaudit import api
from itaudit.addresses import listed_resolvers
from itaudit.errors import Missing, Unreadable
from itaudit.evidence import live_dns
from lab._running import IN_A_NETWORK_OF_ITS_OWN, run
from lab.dns import Script, answers_with, scripted

PATIENCE_SECONDS = 60.0


def good(query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True)
    response.answer = [dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "192.0.2.7")]
    return response


def asked(port: int, server: str = "127.0.0.1", seconds: float = PATIENCE_SECONDS) -> list[str]:
    body = live_dns.dns(api.Dns("a.example", "A", server, port, timeout=seconds)).json
    return [each for one in body["answer"] for each in one["data"]]


def test_a_question_that_was_lost_on_the_way_is_sent_again() -> None:
    seen: list[int] = []

    def first_lost(query: dns.message.Message) -> dns.message.Message | None:
        seen.append(query.id)
        return good(query) if len(seen) > 1 else None

    with scripted(first_lost) as port:
        assert asked(port, seconds=8.0) == ["192.0.2.7"]  # half of it is waited for the first answer
    assert len(set(seen)) == 1, "the same question, so that a late answer to the first counts too"


def test_it_is_not_sent_for_ever() -> None:
    seen: list[str] = []
    with scripted(lambda query: seen.append(query.question[0].name.to_text())) as port:
        with pytest.raises(api.TimedOut):
            asked(port, seconds=0.6)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(dns.message.make_query("last.example", "A").to_wire(), ("127.0.0.1", port))
        end = time.monotonic() + PATIENCE_SECONDS
        while "last.example." not in seen and time.monotonic() < end:
            time.sleep(0.01)
    assert seen == ["a.example.", "a.example.", "last.example."]


@pytest.fixture
def forging() -> Iterator[tuple[int, threading.Event]]:
    """A port that sends bytes with another question's number before the answer; the event says that all is sent."""
    sent = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(PATIENCE_SECONDS)

        def serve() -> None:
            wire, sender = server.recvfrom(65535)
            other = bytes(255 - each for each in wire[:2])
            for forged in (b"", other, other + b"\x80\0\0\1", other + good(dns.message.from_wire(wire)).to_wire()[2:]):
                server.sendto(forged, sender)
            server.sendto(good(dns.message.from_wire(wire)).to_wire(), sender)
            sent.set()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1]), sent
        thread.join(PATIENCE_SECONDS)


def test_an_answer_that_came_in_time_counts_where_this_machine_slept_meanwhile(
    forging: tuple[int, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, sent = forging
    real, looks = time.monotonic, 0

    def clock() -> float:
        """An hour is over once it is looked for the answer (the fifth time), and all has come."""
        nonlocal looks
        looks += 1
        if looks > 4:
            sent.wait(PATIENCE_SECONDS)
        return real() + 3600 * (looks > 4)

    monkeypatch.setattr(live_dns, "time", SimpleNamespace(monotonic=clock))
    assert asked(port) == ["192.0.2.7"]


def test_a_flood_that_does_not_end_is_not_read_for_ever() -> None:
    class Flood:
        def settimeout(self, _: float) -> None: ...

        def recv(self, _: int) -> bytes:
            return b"forged"

    endless = cast("socket.socket", Flood())
    assert len(list(live_dns._messages(endless, time.monotonic() - 1))) == live_dns._LATE_MOST


def test_what_bears_another_number_is_passed_over_however_broken(forging: tuple[int, threading.Event]) -> None:
    assert asked(forging[0]) == ["192.0.2.7"]


def test_an_answer_that_makes_no_sense_is_unreadable() -> None:
    with scripted(lambda query: query.id.to_bytes(2, "big") + b"\x80\0\0\1") as port, pytest.raises(Unreadable):
        asked(port)


@contextmanager
def one_number(script: Script) -> Iterator[tuple[int, socket.socket]]:
    """A server that answers over UDP, and a socket that listens over TCP on the same port. The first that is free may not be
    free for the other: any program may hold it."""
    for _ in range(50):
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = int(listener.getsockname()[1])
            try:
                stack.enter_context(scripted(script, port=port, tcp=False))
            except OSError:
                continue
            yield port, listener
            return
    raise AssertionError("no free port")


@contextmanager
def at_two_addresses(first: Script, second: Script) -> Iterator[int]:
    """The first answers at 127.0.0.1, the second at 127.0.0.2, on the same port: one that is free at both."""
    for _ in range(50):
        with ExitStack() as stack:
            port = stack.enter_context(scripted(first))
            try:
                stack.enter_context(scripted(second, "127.0.0.2", port))
            except OSError:
                continue
            yield port
            return
    raise AssertionError("no free port")


def test_an_answer_cut_short_is_had_whole_over_tcp() -> None:
    def cut(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.TC
        return response

    with one_number(cut) as (port, listener):

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
                wire = good(dns.message.from_wire(connection.recv(length, socket.MSG_WAITALL))).to_wire()
                connection.sendall(len(wire).to_bytes(2, "big") + wire)

        threading.Thread(target=serve, daemon=True).start()
        assert asked(port) == ["192.0.2.7"]


ASK_AT_A_LINK_LOCAL_ADDRESS = """
import socket, subprocess, sys, threading
import dns.message, dns.rrset
from itaudit import api
from itaudit.evidence import live_dns

for change in ("link set lo up", "address add fe80::7/64 dev lo nodad"):
    subprocess.run(["ip", *change.split()], check=True)
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
    server.bind(socket.getaddrinfo("fe80::7%lo", 0, type=socket.SOCK_DGRAM)[0][4])

    def serve():
        wire, sender = server.recvfrom(65535)
        query = dns.message.from_wire(wire)
        response = dns.message.make_response(query)
        response.answer = [dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "192.0.2.7")]
        server.sendto(response.to_wire(), sender)

    threading.Thread(target=serve, daemon=True).start()
    print(live_dns.dns(api.Dns("a.example", "A", "fe80::7%lo", server.getsockname()[1], timeout=40)).body)
"""


def test_a_resolver_with_a_link_local_address_is_asked(needs: Callable[..., str]) -> None:
    """As routers announce themselves, with an interface: fe80::1%eth0. In a network of its own, where none comes and goes."""
    needs("unshare", "util-linux")
    needs("ip", "iproute2")
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    body = json.loads(run(*IN_A_NETWORK_OF_ITS_OWN, "-c", ASK_AT_A_LINK_LOCAL_ADDRESS))
    assert [each for one in body["answer"] for each in one["data"]] == ["192.0.2.7"]


@pytest.mark.parametrize("code", ["REFUSED", "SERVFAIL"])
def test_a_resolver_that_refuses_leaves_the_question_to_the_next_one_but_a_failure_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    # The machine's own list of resolvers cannot be another in a test.
    monkeypatch.setattr(live_dns, "_system_resolvers", lambda: ["127.0.0.2", "127.0.0.1"])
    with at_two_addresses(good, answers_with(dns.rcode.from_text(code))) as port:
        body = live_dns.dns(api.Dns("a.example", "A", "", port, timeout=PATIENCE_SECONDS)).json
    assert (body["rcode"], body["server"]) == (("NOERROR", "127.0.0.1") if code == "REFUSED" else (code, "127.0.0.2"))


def test_when_all_refuse_that_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_dns, "_system_resolvers", lambda: ["127.0.0.2", "127.0.0.1"])
    refusing = answers_with(dns.rcode.REFUSED)
    with at_two_addresses(refusing, refusing) as port:
        assert live_dns.dns(api.Dns("a.example", "A", "", port, timeout=PATIENCE_SECONDS)).json["rcode"] == "REFUSED"


def test_without_any_resolver_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_dns, "_system_resolvers", list)
    with pytest.raises(Missing, match="no resolver"):
        live_dns.dns(api.Dns("a.example", "A"))


def test_a_line_of_resolv_conf_that_is_no_address_is_passed_over() -> None:
    lines = (
        "# nameserver 192.0.2.9",
        "search ..bad..",
        "nameserver router.lan",
        "nameserver 192.0.2.1",
        "nameserver fe80::1%eth0",
    )
    assert listed_resolvers("\n".join((*lines, "nameserver"))) == ("192.0.2.1", "fe80::1%eth0")


def test_a_connection_closed_before_the_whole_answer_is_unreadable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(512)
                connection.sendall(b"\0\x40only a piece")

        threading.Thread(target=serve, daemon=True).start()
        port = int(listener.getsockname()[1])
        with pytest.raises(Unreadable):
            live_dns.dns(api.Dns("a.example", "A", "127.0.0.1", port, tcp=True, timeout=PATIENCE_SECONDS))


def test_a_connection_that_says_nothing_is_timed_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(api.TimedOut):
        live_dns.dns(api.Dns("a.example", "A", "127.0.0.1", int(listener.getsockname()[1]), tcp=True, timeout=0.3))


def test_another_answer_over_tcp_is_unreadable() -> None:
    def other(query: dns.message.Message) -> dns.message.Message:
        return dns.message.make_response(dns.message.make_query("b.example", "A", id=query.id))

    with scripted(other) as port, pytest.raises(Unreadable):
        live_dns.dns(api.Dns("a.example", "A", "127.0.0.1", port, tcp=True, timeout=PATIENCE_SECONDS))


def test_a_server_that_is_no_address_is_not_looked_up() -> None:
    for tcp in (False, True):
        with pytest.raises(Unreadable):
            live_dns.dns(api.Dns("a.example", "A", "localhost", 53, tcp=tcp))
