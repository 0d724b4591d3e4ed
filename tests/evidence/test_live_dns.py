"""One question to one server, over connections that lose, cut short and forge."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from itaudit import api
from itaudit.addresses import listed_resolvers
from itaudit.errors import Missing, Unreadable
from itaudit.evidence import live_dns
from lab.dns import answers_with, scripted


def good(query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True)
    response.answer = [dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "192.0.2.7")]
    return response


def asked(port: int, server: str = "127.0.0.1", seconds: float = 3.0) -> list[str]:
    body = live_dns.dns(api.Dns("a.example", "A", server, port, timeout=seconds)).json
    return [each for one in body["answer"] for each in one["data"]]


def test_a_question_that_was_lost_on_the_way_is_sent_again() -> None:
    seen: list[int] = []

    def first_lost(query: dns.message.Message) -> dns.message.Message | None:
        seen.append(query.id)
        return good(query) if len(seen) > 1 else None

    with scripted(first_lost) as port:
        assert asked(port) == ["192.0.2.7"]
    assert len(set(seen)) == 1, "the same question, so that a late answer to the first counts too"


def test_it_is_not_sent_for_ever() -> None:
    seen: list[int] = []
    with scripted(lambda query: seen.append(query.id)) as port, pytest.raises(api.TimedOut):
        asked(port, seconds=0.6)
    assert len(seen) == 2


@pytest.fixture
def forging() -> Iterator[int]:
    """A port that sends bytes with another question's number before the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)

        def serve() -> None:
            wire, sender = server.recvfrom(65535)
            other = bytes(255 - each for each in wire[:2])
            for forged in (b"", other, other + b"\x80\0\0\1", other + good(dns.message.from_wire(wire)).to_wire()[2:]):
                server.sendto(forged, sender)
            server.sendto(good(dns.message.from_wire(wire)).to_wire(), sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(10)


def test_what_bears_another_number_is_passed_over_however_broken(forging: int) -> None:
    assert asked(forging) == ["192.0.2.7"]


def test_an_answer_that_makes_no_sense_is_unreadable() -> None:
    with scripted(lambda query: query.id.to_bytes(2, "big") + b"\x80\0\0\1") as port, pytest.raises(Unreadable):
        asked(port)


def test_an_answer_cut_short_is_had_whole_over_tcp() -> None:
    def cut(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.TC
        return response

    with scripted(cut, tcp=False) as port, socket.create_server(("127.0.0.1", port)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
                wire = good(dns.message.from_wire(connection.recv(length, socket.MSG_WAITALL))).to_wire()
                connection.sendall(len(wire).to_bytes(2, "big") + wire)

        threading.Thread(target=serve, daemon=True).start()
        assert asked(port) == ["192.0.2.7"]


def link_local() -> str:
    """An address with its interface, as routers announce themselves: fe80::1%eth0; "" where this machine has none."""
    lines = [line.split() for line in Path("/proc/net/if_inet6").read_text().splitlines()]
    addresses = [f"{':'.join(words[0][at : at + 4] for at in range(0, 32, 4))}%{words[5]}" for words in lines if words[3] == "20"]
    return next(iter(addresses), "")


def test_a_resolver_with_a_link_local_address_is_asked() -> None:
    if not (address := link_local()):
        pytest.skip("no interface here has a link-local IPv6 address")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        server.bind(socket.getaddrinfo(address, 0, type=socket.SOCK_DGRAM)[0][4])
        server.settimeout(10)

        def serve() -> None:
            wire, sender = server.recvfrom(65535)
            server.sendto(good(dns.message.from_wire(wire)).to_wire(), sender)

        threading.Thread(target=serve, daemon=True).start()
        assert asked(int(server.getsockname()[1]), address) == ["192.0.2.7"]


@pytest.mark.parametrize("code", ["REFUSED", "SERVFAIL"])
def test_a_resolver_that_refuses_leaves_the_question_to_the_next_one_but_a_failure_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    # The machine's own list of resolvers cannot be another in a test.
    monkeypatch.setattr(live_dns, "_system_resolvers", lambda: ["127.0.0.2", "127.0.0.1"])
    with scripted(good) as port, scripted(answers_with(dns.rcode.from_text(code)), "127.0.0.2", port):
        body = live_dns.dns(api.Dns("a.example", "A", "", port)).json
    assert (body["rcode"], body["server"]) == (("NOERROR", "127.0.0.1") if code == "REFUSED" else (code, "127.0.0.2"))


def test_when_all_refuse_that_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_dns, "_system_resolvers", lambda: ["127.0.0.2", "127.0.0.1"])
    refusing = answers_with(dns.rcode.REFUSED)
    with scripted(refusing) as port, scripted(refusing, "127.0.0.2", port):
        assert live_dns.dns(api.Dns("a.example", "A", "", port)).json["rcode"] == "REFUSED"


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
        with pytest.raises(Unreadable):
            live_dns.dns(api.Dns("a.example", "A", "127.0.0.1", int(listener.getsockname()[1]), tcp=True))


def test_a_connection_that_says_nothing_is_timed_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(api.TimedOut):
        live_dns.dns(api.Dns("a.example", "A", "127.0.0.1", int(listener.getsockname()[1]), tcp=True, timeout=0.3))


def test_another_answer_over_tcp_is_unreadable() -> None:
    def other(query: dns.message.Message) -> dns.message.Message:
        return dns.message.make_response(dns.message.make_query("b.example", "A", id=query.id))

    with scripted(other) as port, pytest.raises(Unreadable):
        live_dns.dns(api.Dns("a.example", "A", "127.0.0.1", port, tcp=True))


def test_a_server_that_is_no_address_is_not_looked_up() -> None:
    for tcp in (False, True):
        with pytest.raises(Unreadable):
            live_dns.dns(api.Dns("a.example", "A", "localhost", 53, tcp=tcp))
