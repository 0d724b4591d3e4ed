"""Asking for a whole zone: the real server, and servers that break every rule of the answer."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import dns.exception
import dns.message
import dns.rcode
import dns.rrset
import pytest

from itaudit.errors import TimedOut, Unreachable, Unreadable
from itaudit.evidence import live_transfer
from itaudit.evidence.live_transfer import zone_transfer
from itaudit.evidence.questions import Source
from itaudit.evidence.questions_network import ZoneTransfer
from lab._dns_zones import ONE
from lab.dns import DnsLab

START = dns.rrset.from_text("a.test.", 60, "IN", "SOA", "ns.a.test. h.a.test. 1 2 3 4 5")
HOST = dns.rrset.from_text("www.a.test.", 60, "IN", "A", "192.0.2.1")
PATIENCE_SECONDS = 50.0
Behaviour = Callable[[socket.socket, dns.message.Message], None]


@contextmanager
def server(behaviour: Behaviour) -> Iterator[int]:
    """One connection, one behaviour; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def work() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(PATIENCE_SECONDS)
                try:
                    length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
                    behaviour(connection, dns.message.from_wire(connection.recv(length, socket.MSG_WAITALL)))
                except (OSError, dns.exception.DNSException):
                    return  # the other side has had enough, as it should

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join(PATIENCE_SECONDS)


def hung_up(line: socket.socket) -> None:
    """Say nothing more until the other side hangs up."""
    line.recv(1)


def framed(query: dns.message.Message, *answer: dns.rrset.RRset, code: dns.rcode.Rcode = dns.rcode.NOERROR) -> bytes:
    response = dns.message.make_response(query)
    response.answer.extend(answer)
    response.set_rcode(code)
    wire = response.to_wire()
    return len(wire).to_bytes(2, "big") + wire


def asked(port: int, timeout: float = PATIENCE_SECONDS) -> dict[str, object]:
    found = json.loads(zone_transfer(ZoneTransfer("a.test", "127.0.0.1", port, timeout)).body)
    assert isinstance(found, dict)
    return found


def test_a_real_server_that_hands_its_zone_out_is_seen(dns_lab: DnsLab, live_source: Source) -> None:
    answer = live_source.ask(ZoneTransfer("transfers.test", ONE, dns_lab.authoritative_port, PATIENCE_SECONDS)).json
    # By hand: two NS records and their addresses, an MX record and its address, an address, two TXT records.
    assert answer == {"rcode": "NOERROR", "records": 9}


def test_a_real_server_that_keeps_its_zone_is_seen(dns_lab: DnsLab, live_source: Source) -> None:
    answer = live_source.ask(ZoneTransfer("good.test", ONE, dns_lab.authoritative_port, PATIENCE_SECONDS)).json
    assert answer == {"rcode": "REFUSED", "records": 0}


def test_the_zone_may_begin_in_a_message_of_its_own() -> None:
    with server(lambda line, query: line.sendall(framed(query, START) + framed(query, HOST))) as port:
        assert asked(port) == {"rcode": "NOERROR", "records": 1}


def test_a_start_and_an_end_without_anything_between_hand_nothing_out() -> None:
    with server(lambda line, query: line.sendall(framed(query, START) + framed(query, START))) as port:
        assert asked(port) == {"rcode": "NOERROR", "records": 0}


def test_after_its_end_nothing_more_is_waited_for() -> None:
    def stays(line: socket.socket, query: dns.message.Message) -> None:
        line.sendall(framed(query, START) + framed(query, START))
        hung_up(line)

    with server(stays) as port:
        assert asked(port) == {"rcode": "NOERROR", "records": 0}


def test_it_stops_at_the_first_message_that_hands_something_out() -> None:
    def endless(line: socket.socket, query: dns.message.Message) -> None:
        for _ in range(100_000):
            line.sendall(framed(query, START, HOST))

    with server(endless) as port:
        assert asked(port) == {"rcode": "NOERROR", "records": 1}


def test_a_server_that_goes_on_with_nothing_is_left() -> None:
    def endless(line: socket.socket, query: dns.message.Message) -> None:
        other = dns.rrset.from_text("a.test.", 60, "IN", "SOA", "ns.a.test. h.a.test. 1 2 3 4 5")
        line.sendall(framed(query, other))
        while True:
            line.sendall(framed(query))

    with server(endless) as port:
        assert asked(port) == {"rcode": "NOERROR", "records": 0}


def test_a_refusal_is_an_answer() -> None:
    with server(lambda line, query: line.sendall(framed(query, code=dns.rcode.NOTAUTH))) as port:
        assert asked(port) == {"rcode": "NOTAUTH", "records": 0}


def test_a_closed_connection_is_no_answer() -> None:
    with server(lambda line, query: None) as port, pytest.raises(Unreachable):
        asked(port)


def test_a_closed_door_is_no_answer() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen; given back, the number could be the next server's
        with pytest.raises(Unreachable):
            asked(int(held.getsockname()[1]))


def test_silence_is_no_answer() -> None:
    with server(lambda line, query: hung_up(line)) as port, pytest.raises(TimedOut):
        asked(port, timeout=0.2)


def test_an_answer_that_drips_is_cut_off_by_the_time_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    now, looks = [0.0], []

    def clock() -> float:
        looks.append(now[0])
        return now[0]

    monkeypatch.setattr(live_transfer, "time", SimpleNamespace(monotonic=clock))

    def drip(line: socket.socket, query: dns.message.Message) -> None:
        wire = framed(query, START, HOST)
        line.sendall(wire[:20])
        end = time.monotonic() + PATIENCE_SECONDS
        while len(looks) < 3 and time.monotonic() < end:  # at the start, before the length, and before what follows it
            time.sleep(0.01)
        now[0] = 2 * PATIENCE_SECONDS
        line.sendall(wire[20:21])
        hung_up(line)
        line.sendall(wire[21:])  # whoever still waits has the whole answer

    with server(drip) as port, pytest.raises(Unreadable):
        asked(port)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00",
        b"\x00\x40abc",
        b"\x00\x00",
        b"\x00\x03abc",
        b"\xff\xff" + b"\xc0\x0c" * 32767 + b"\x00",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
)
def test_what_is_no_message_is_unreadable(sent: bytes) -> None:
    with server(lambda line, query: line.sendall(sent)) as port, pytest.raises(Unreadable):
        asked(port)


def test_an_answer_to_another_question_is_unreadable() -> None:
    def forged(line: socket.socket, query: dns.message.Message) -> None:
        query.id ^= 1
        line.sendall(framed(query, START, HOST))

    with server(forged) as port, pytest.raises(Unreadable):
        asked(port)


def test_the_question_itself_sent_back_is_unreadable() -> None:
    def echo(line: socket.socket, query: dns.message.Message) -> None:
        wire = query.to_wire()
        line.sendall(len(wire).to_bytes(2, "big") + wire)

    with server(echo) as port, pytest.raises(Unreadable):
        asked(port)


@pytest.mark.parametrize("zone", ["a..test", "x" * 64 + ".test", "." * 300])
def test_a_name_that_is_none_is_not_asked(zone: str) -> None:
    with pytest.raises(Unreadable):
        zone_transfer(ZoneTransfer(zone, "127.0.0.1", 1))
