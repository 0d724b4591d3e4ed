"""Questions to the network. Every answer is bounded in bytes and in total time, however slowly the other side dribbles."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import time
from typing import Any

from itaudit.errors import Missing, TimedOut, Unreachable, Unreadable
from itaudit.evidence.questions import Answer, Dns, Http, TcpConnect, Tls

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
            question.name, question.type, question.class_, want_dnssec=question.dnssec, use_edns=0, payload=1232
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


def http(question: Http) -> Answer:
    """Body: JSON as Http says. Certificates are verified. Raises TimedOut, Unreachable, or Unreadable for a body without end."""
    import urllib3

    deadline = time.monotonic() + question.timeout
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=question.timeout), retries=False)
    retries = urllib3.Retry(total=question.redirects, connect=0, read=0, redirect=question.redirects, raise_on_redirect=False)
    try:
        with contextlib.closing(
            pool.request(question.method, question.url, preload_content=False, retries=retries, redirect=question.redirects > 0)
        ) as response:
            content = b""
            while chunk := response.read(16384):
                content += chunk
                if time.monotonic() > deadline:
                    raise TimedOut(f"{question.url} was still sending after {question.timeout:g} s")
                if len(content) > question.limit_bytes:
                    raise Unreadable(f"{question.url} sent more than {question.limit_bytes} bytes")
            body = {
                "status": response.status,
                "headers": {name.lower(): value for name, value in response.headers.items()},
                "text": content.decode(errors="replace"),
                "url": response.geturl() or question.url,
            }
    except urllib3.exceptions.TimeoutError as error:
        raise TimedOut(question.url) from error
    except urllib3.exceptions.LocationValueError as error:
        raise Unreadable(f"not an address: {question.url}") from error
    except urllib3.exceptions.HTTPError as error:
        raise Unreachable(f"{question.url}: {error}"[:300]) from error
    return Answer(body=json.dumps(body))


def connect(host: str, port: int, timeout: float) -> socket.socket:
    try:
        return socket.create_connection((host, port), timeout=timeout)
    except TimeoutError as error:
        raise TimedOut(f"{host} port {port} did not answer within {timeout:g} s") from error
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} port {port}: {getattr(error, 'strerror', None) or error}") from error


def tcp_connect(question: TcpConnect) -> Answer:
    """Body: JSON {"milliseconds"}. Raises TimedOut, Unreachable."""
    started = time.perf_counter()
    connect(question.host, question.port, question.timeout).close()
    return Answer(body=json.dumps({"milliseconds": round((time.perf_counter() - started) * 1000, 3)}))


def tls(question: Tls) -> Answer:
    """Body: JSON as Tls says; an untrusted certificate is an answer, not an error. Raises TimedOut, Unreachable, Unreadable."""
    name = question.server_name or question.host
    trusted, why = True, ""
    try:
        session = _handshake(question, name, ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        trusted, why = False, error.verify_message
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            session = _handshake(question, name, context)
        except (ssl.SSLError, OSError) as again:
            raise Unreadable(f"{name} port {question.port}: {again}"[:300]) from again
    except TimeoutError as error:
        raise TimedOut(f"{name} port {question.port} did not finish the handshake") from error
    except (ssl.SSLError, OSError) as error:
        raise Unreadable(f"{name} port {question.port}: {error}"[:300]) from error
    return Answer(body=json.dumps({**session, "trusted": trusted, "error": why}))


def _handshake(question: Tls, name: str, context: ssl.SSLContext) -> dict[str, Any]:
    raw = connect(question.host, question.port, question.timeout)
    with raw:
        if question.start_tls == "smtp":
            _start_tls_smtp(raw)
        with context.wrap_socket(raw, server_hostname=name) as secured:
            cipher = secured.cipher()
            return {
                "protocol": secured.version(),
                "cipher": cipher[0] if cipher else "",
                "certificate": base64.b64encode(secured.getpeercert(binary_form=True) or b"").decode(),
            }


def _start_tls_smtp(raw: socket.socket) -> None:
    """Say EHLO and STARTTLS (RFC 3207). Raises Unreadable when it is refused."""
    for line, wanted in ((b"", b"220"), (b"EHLO itaudit.invalid\r\n", b"250"), (b"STARTTLS\r\n", b"220")):
        if line:
            raw.sendall(line)
        answer = b""
        # The last line of a reply has a space behind its code; 8 KiB is more than any honest greeting.
        while not any(part[3:4] == b" " for part in answer.split(b"\r\n") if len(part) > 3):
            chunk = raw.recv(1024)
            answer += chunk
            if not chunk or len(answer) > 8192:
                break
        if not answer.startswith(wanted):
            raise Unreadable(f"STARTTLS was refused: {answer[:80]!r}")
