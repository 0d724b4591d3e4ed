"""Questions to name servers and resolvers (RFC 1035), bounded in records and in total time."""

from __future__ import annotations

import json
import time
from typing import Any

from itaudit.errors import Missing, TimedOut, Unreachable, Unreadable
from itaudit.evidence.questions import Answer, Dns

_RECORDS_LIMIT = 500
"""Records kept of one section of a DNS answer: more than any honest answer holds."""


def dns(question: Dns) -> Answer:
    """Body: JSON as Dns says. Raises TimedOut, Unreachable, or Unreadable for a malformed or forged answer."""
    servers = [question.server] if question.server else _system_resolvers()
    error: Missing = Unreachable("no resolver is configured (/etc/resolv.conf)")
    deadline = time.monotonic() + question.timeout
    for server in servers[:3]:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            return _ask_dns(question, server, min(left, question.timeout / min(len(servers), 3)))
        except Missing as one:
            error = one
    raise error


def _system_resolvers() -> list[str]:
    import dns.resolver

    try:
        return [str(server) for server in dns.resolver.Resolver().nameservers]
    except dns.resolver.NoResolverConfiguration:
        return []


def _ask_dns(question: Dns, server: str, seconds: float) -> Answer:
    import dns.exception
    import dns.message
    import dns.query

    query = _dns_query(question)
    try:
        if question.tcp:
            response = dns.query.tcp(query, server, timeout=seconds, port=question.port)
        else:
            response, _ = dns.query.udp_with_fallback(query, server, timeout=seconds, port=question.port)
    except dns.exception.Timeout as error:
        raise TimedOut(f"{server} did not answer for {question.name}/{question.type}") from error
    except OSError as error:
        raise Unreachable(f"{server}: {error.strerror or error}") from error
    except (dns.exception.DNSException, ValueError, EOFError) as error:
        raise Unreadable(f"{server}: {type(error).__name__}") from error
    return Answer(body=json.dumps(_dns_body(response, server)))


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
