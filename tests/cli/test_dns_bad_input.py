"""`itaudit scan --only dns` with a resolver that is silent, lies or talks nonsense: unknown or a clear finding, no false alarm.

The name asked about is healthy in every way and its name servers are the laboratory's: whatever is said against it is false.
"""

from __future__ import annotations

import functools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from cli.conftest import Run, findings_of, heard_in_time
from lab.dns import DnsLab, Script, answers_with, scripted, silence
from lab.tls import listening

NAME = "good.test"
OF_THE_RESOLVER = {"dns.resolver_reachable", "dns.resolver_honest", "dns.resolver_latency", "dns.resolver_agreement"}
"""Checks of the resolver itself: they are right to complain."""
Resolver = Callable[[DnsLab], AbstractContextManager[int]]
"""A resolver that stands before the laboratory's; gives its port."""


def everything(script: Script) -> Resolver:
    """One that asks nobody."""
    return lambda _: scripted(script)


def changed(change: Callable[[dns.message.Message, dns.message.Message], dns.message.Message | bytes]) -> Resolver:
    """One that asks the laboratory's and changes its answers (query, answer)."""

    def resolver(lab: DnsLab) -> AbstractContextManager[int]:
        return scripted(lambda query: change(query, _true_answer(query, lab)))

    return resolver


def _true_answer(query: dns.message.Message, lab: DnsLab) -> dns.message.Message:
    answer, _ = dns.query.udp_with_fallback(query, lab.resolver, timeout=30, port=lab.resolver_port)
    return answer


def _record(name: dns.name.Name, type_: str, *data: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(name, 60, "IN", type_, *data)


def gives_one_address(query: dns.message.Message) -> dns.message.Message:
    """For every name, also for those that cannot exist; to other questions it gives an empty answer."""
    response = dns.message.make_response(query, recursion_available=True)
    if query.question[0].rdtype == dns.rdatatype.A:
        response.answer.append(_record(query.question[0].name, "A", "192.0.2.66"))
    return response


def says_cname_for_ever(query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True)
    name, other = query.question[0].name, dns.name.from_text("loop.test")
    response.answer += [_record(name, "CNAME", "loop.test."), _record(other, "CNAME", name.to_text())]
    return response


def answers_another_question(query: dns.message.Message) -> dns.message.Message:
    other = dns.message.make_query("elsewhere.test", query.question[0].rdtype)
    other.id = query.id
    return dns.message.make_response(other, recursion_available=True)


def has_another_number(query: dns.message.Message) -> bytes:
    response = answers_with(dns.rcode.NXDOMAIN)(query)
    assert isinstance(response, dns.message.Message)
    response.id = (query.id + 1) % 65536
    return response.to_wire()


def is_cut_off(query: dns.message.Message, answer: dns.message.Message) -> bytes:
    """In the middle of a record, over UDP and TCP."""
    wire = answer.to_wire()
    return wire[: max(12, len(wire) - 7)]


def holds_strangers(query: dns.message.Message, answer: dns.message.Message) -> dns.message.Message:
    """Records of other names and types beside the true ones."""
    answer.use_edns(False)
    stranger = dns.name.from_text("stranger.test")
    answer.answer += [_record(stranger, "MX", "1 evil.test."), _record(stranger, "TXT", '"v=spf1 +all"')]
    return answer


def has_a_text(text: bytes) -> Callable[[dns.message.Message, dns.message.Message], dns.message.Message]:
    """One more TXT record beside the true ones of the name."""
    strings = " ".join('"' + "".join(f"\\{byte:03d}" for byte in text[at : at + 255]) + '"' for at in range(0, len(text), 255))
    # Made once: reading a long one takes long, and who is to be answered in time waits.
    own, more = dns.name.from_text(NAME), _record(dns.name.from_text(NAME), "TXT", strings)

    def change(query: dns.message.Message, answer: dns.message.Message) -> dns.message.Message:
        asked = query.question[0]
        if asked.rdtype == dns.rdatatype.TXT and asked.name == own:
            answer.use_edns(False)
            answer.answer.append(more)
        return answer

    return change


def large_over_tcp(text: bytes) -> Resolver:
    """What does not fit goes over TCP, as from an honest resolver."""
    change = has_a_text(text)

    @contextmanager
    def resolver(lab: DnsLab) -> Iterator[int]:
        def over_tcp(query: dns.message.Message) -> dns.message.Message:
            return change(query, _true_answer(query, lab))

        def over_udp(query: dns.message.Message) -> dns.message.Message | bytes:
            answer = over_tcp(query)
            return _truncated(query) if len(answer.to_wire()) > 1232 else answer

        with _both(over_udp, over_tcp) as port:
            yield port

    return resolver


def _truncated(query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True)
    response.flags |= dns.flags.TC
    return response


@contextmanager
def _both(over_udp: Script, over_tcp: Script) -> Iterator[int]:
    """UDP answers differently from TCP; the helper serves TCP alone at the address beside."""

    def serve(connection: socket.socket, _: threading.Event) -> None:
        connection.settimeout(30)
        length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
        response = over_tcp(dns.message.from_wire(connection.recv(length, socket.MSG_WAITALL)))
        assert isinstance(response, dns.message.Message)
        wire = response.to_wire()
        connection.sendall(len(wire).to_bytes(2, "big") + wire)

    with _tcp_beside(over_udp, serve) as port:
        yield port


@contextmanager
def _tcp_beside(over_udp: Script, serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    with ExitStack() as stack:
        port = stack.enter_context(listening(serve))
        stack.enter_context(scripted(over_udp, port=port, tcp=False))
        yield port


def dribbles(lab: DnsLab) -> AbstractContextManager[int]:
    """Everything is truncated over UDP, and over TCP it comes a byte at a time without end."""

    def serve(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(b"\xff\xff")
        while not stop.wait(0.2):
            connection.sendall(b"\0")

    return _tcp_beside(_truncated, serve)


RESOLVERS: dict[str, Resolver] = {
    "black hole": everything(silence),
    "NXDOMAIN to everything": everything(answers_with(dns.rcode.NXDOMAIN)),
    "SERVFAIL to everything": everything(answers_with(dns.rcode.SERVFAIL)),
    "REFUSED to everything": everything(answers_with(dns.rcode.REFUSED)),
    "a response code that nobody knows": everything(answers_with(dns.rcode.Rcode(13))),
    "an empty yes to everything": everything(answers_with(dns.rcode.NOERROR)),
    "one address for everything": everything(gives_one_address),
    "a circle of aliases": everything(says_cname_for_ever),
    "answers to another question": everything(answers_another_question),
    "answers with another number": everything(has_another_number),
    "not a message": everything(lambda _: b"\x00\xff" * 300),
    "truncated for ever": everything(_truncated),
    "cut off": changed(is_cut_off),
    "a byte at a time": dribbles,
    "strangers' records": changed(holds_strangers),
    "a text of 60 KB": large_over_tcp(b"x" * 60_000),
    "a text that is not ASCII": changed(has_a_text(b"v=spf\xff\xfe \x00 \xe2\x80\x93all")),
}
TRUE_BESIDE = {"strangers' records", "a text of 60 KB", "a text that is not ASCII"}
"""Those that tell the truth too: it is to be found. Of the others nothing may be believed, not even that all is well."""
HEARD = {"NXDOMAIN to everything", "one address for everything"}
"""Those whose answers are all in time: it is seen that they lie."""
ACCUSED = {
    "black hole": "dns.resolver_reachable",
    "REFUSED to everything": "dns.resolver_reachable",
    "NXDOMAIN to everything": "dns.resolver_honest",
    "one address for everything": "dns.resolver_honest",
}
FROM_ELSEWHERE = {"dns.names"}
"""Checks that rest on no look-up."""


@pytest.mark.timeout(400)  # some are asked again
@pytest.mark.parametrize("kind", RESOLVERS)
def test_a_bad_resolver_says_nothing_against_a_healthy_name(kind: str, itaudit: Run, dns_lab: DnsLab, tmp_path: Path) -> None:
    with RESOLVERS[kind](dns_lab) as port:
        scan = functools.partial(scanned, itaudit, dns_lab, tmp_path, port)
        found = heard_in_time(scan) if kind in TRUE_BESIDE | HEARD else scan()
    accused = [one for one in found if one["check"] not in OF_THE_RESOLVER and one["verdict"]["status"] in ("fail", "warn")]
    assert [(one["check"], one["verdict"]["status"], one["verdict"]["summary"]) for one in accused] == []
    well = {one["check"] for one in found if one["subject"] == NAME and one["verdict"]["status"] == "ok"}
    if kind in TRUE_BESIDE:
        assert {"dns.resolve", "dns.delegation", "dns.dnssec", "dns.mx", "dns.spf", "dns.dmarc", "dns.dkim"} <= well
    else:
        assert well - OF_THE_RESOLVER == FROM_ELSEWHERE
    failed = {one["check"] for one in found if one["verdict"]["status"] == "fail"}
    assert failed == {ACCUSED[kind]} if kind in ACCUSED else failed <= OF_THE_RESOLVER


def scanned(itaudit: Run, dns_lab: DnsLab, tmp_path: Path, resolver_port: int) -> list[dict[str, Any]]:
    targets = dns_lab.targets(NAME, resolver_port=resolver_port).model_dump(mode="json", exclude_defaults=True)
    lines = "".join(f"{name} = {value!r}\n" for name, value in targets.items())
    configuration = tmp_path / "lab.toml"
    configuration.write_text(f"[targets]\n{lines}smtp_port = 1\nhttps_port = 1\n")
    done = itaudit("scan", "--only", "dns", "--no-save", "--config", configuration, "--json", tmp_path / "out.json")
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    return findings_of(tmp_path / "out.json")
