"""Questions to name servers and resolvers (RFC 1035), bounded in records and in total time."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from itaudit.addresses import listed_resolvers
from itaudit.errors import Missing, TimedOut, Unreachable, Unreadable
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import Dns

_RESOLV_CONF = Path("/etc/resolv.conf")
_RECORDS_LIMIT = 500
"""Records kept of one section of a DNS answer: more than any honest answer holds."""
_LATE_MOST = 16
"""Messages read when the time is up."""


def dns(question: Dns) -> Answer:
    """Body: JSON as Dns says. Raises TimedOut, Unreachable, or Unreadable for a malformed or forged answer.

    As the C library does, a resolver that refuses leaves the question to the next one: behind a VPN each knows its own names.
    """
    servers = [question.server] if question.server else _system_resolvers()
    error: Missing = Unreachable("no resolver is configured (/etc/resolv.conf)")
    refusal: dict[str, Any] | None = None
    deadline = time.monotonic() + question.timeout
    for server in servers[:3]:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            body = _ask_dns(question, server, min(left, question.timeout / min(len(servers), 3)))
        except Missing as one:
            error = one
            continue
        if body["rcode"] != "REFUSED":
            return Answer(body=json.dumps(body))
        refusal = refusal or body
    if refusal:
        return Answer(body=json.dumps(refusal))
    raise error


def _system_resolvers() -> list[str]:
    try:
        changed = _RESOLV_CONF.stat().st_mtime
    except OSError:
        changed = 0.0
    return _resolvers_since(changed)


@lru_cache(maxsize=1)
def _resolvers_since(_: float) -> list[str]:
    """Read once: every question to "the machine's resolver" needs them."""
    import dns.resolver

    try:
        # dnspython gives the whole file up for one line that is no address.
        return list(listed_resolvers(_RESOLV_CONF.read_text(errors="replace")))
    except OSError:
        pass
    try:
        return [str(server) for server in dns.resolver.Resolver().nameservers]  # Windows: from its registry
    except dns.resolver.NoResolverConfiguration:
        return []


def _ask_dns(question: Dns, server: str, seconds: float) -> dict[str, Any]:
    import dns.exception
    import dns.query

    query = _dns_query(question)
    end = time.monotonic() + seconds
    try:
        response = None if question.tcp else _by_udp(query, server, question.port, end)
        if response is None:
            response = dns.query.tcp(query, server, timeout=max(0.0, end - time.monotonic()), port=question.port)
    except (TimeoutError, dns.exception.Timeout) as error:
        raise TimedOut(f"{server} did not answer for {question.name}/{question.type}") from error
    except OSError as error:
        raise Unreachable(f"{server}: {error.strerror or error}") from error
    except (dns.exception.DNSException, ValueError, EOFError) as error:
        raise Unreadable(f"{server}: {type(error).__name__}") from error
    return _dns_body(response, server)


def _by_udp(query: Any, server: str, port: int, end: float) -> Any:
    """The first answer that belongs to the query; None for one cut short, which must be asked for over TCP.

    The library's own way waits on selectors, which doubles the cost of a question, and a scan asks a thousand. The socket is
    connected: the kernel drops what others send, and tells at once of a port where nobody listens. At half of the time the
    question is sent once more: a radio link loses one in a hundred.
    """
    import dns.inet
    import dns.message

    now = time.monotonic()
    turns = [end, now + (end - now) / 2]
    with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as connection:
        # With the number of the interface: routers announce themselves as fe80::1%eth0.
        connection.connect(dns.inet.low_level_address_tuple((server, port)))
        asked = query.to_wire()
        while turns:
            connection.send(asked)
            turn = turns.pop()
            for wire in _messages(connection, turn):
                if wire[:2] != asked[:2]:
                    continue  # forged, however broken: it must not spoil the true answer
                try:
                    response = dns.message.from_wire(wire, raise_on_truncation=True)
                except dns.message.Truncated:
                    return None
                if query.is_response(response):
                    return response
    raise TimeoutError


def _messages(connection: socket.socket, end: float) -> Iterator[bytes]:
    """What comes until the time is up, and then what lies there already: this machine may have been too busy to look."""
    late = 0
    while late < _LATE_MOST:
        left = end - time.monotonic()
        connection.settimeout(max(0.0, left))
        try:
            if wire := connection.recv(65535):
                yield wire
        except (TimeoutError, BlockingIOError):
            if left <= 0:
                return
        late += left <= 0


def _dns_query(question: Dns) -> Any:
    import dns.exception
    import dns.flags
    import dns.message

    try:
        query = dns.message.make_query(
            question.name,
            question.type,
            question.class_,
            want_dnssec=question.dnssec,
            use_edns=0 if question.edns else None,
            payload=1232 if question.edns else None,
            id=secrets.randbits(16),
        )
    except (dns.exception.DNSException, ValueError) as error:
        raise Unreadable(f"{question.name!r}/{question.type} cannot be asked: {type(error).__name__}") from error
    if not question.recursion_desired:
        query.flags &= ~dns.flags.RD
    if question.checking_disabled:
        query.flags |= dns.flags.CD
    return query


def _dns_body(response: Any, server: str) -> dict[str, Any]:
    import dns.flags
    import dns.rcode

    return {
        "rcode": dns.rcode.to_text(response.rcode()),
        "flags": dns.flags.to_text(response.flags).split(),
        "answer": [_dns_record_set(one) for one in response.answer[:_RECORDS_LIMIT]],
        "authority": [_dns_record_set(one) for one in response.authority[:_RECORDS_LIMIT]],
        "additional": [_dns_record_set(one) for one in response.additional[:_RECORDS_LIMIT]],
        "server": server,
        "edns": response.edns,
    }


def _dns_record_set(records: Any) -> dict[str, Any]:
    import dns.rdatatype

    def text(record: Any) -> str:
        if records.rdtype == dns.rdatatype.TXT:
            # The strings of one TXT record are one text without separators (RFC 7208 3.3).
            return b"".join(record.strings).decode(errors="replace")
        return str(record.to_text())

    return {
        "name": records.name.to_text(),
        "type": dns.rdatatype.to_text(records.rdtype),
        "ttl": records.ttl,
        "data": [text(record) for record in list(records)[:_RECORDS_LIMIT]],
    }
