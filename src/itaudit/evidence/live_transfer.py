"""Asks a name server for a whole zone (AXFR, RFC 5936), as anybody could, and stops as soon as it begins to hand it out."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from itaudit.errors import TimedOut, Unreachable, Unreadable
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import ZoneTransfer

_MESSAGES_AT_MOST = 8
"""Messages read: a server may send the zone's start alone in its first one."""


class _EndedInside(Exception):
    """The other side closed the connection, or fell silent, inside a message."""


def zone_transfer(question: ZoneTransfer) -> Answer:
    """Body: JSON as ZoneTransfer says. Raises TimedOut, Unreachable, or Unreadable for what is no answer to the question."""
    query = _query(question.zone)
    deadline = time.monotonic() + question.timeout
    try:
        with socket.create_connection((question.server, question.port), question.timeout) as connection:
            wire = query.to_wire()
            connection.sendall(len(wire).to_bytes(2, "big") + wire)
            return Answer(body=json.dumps(_received(connection, query, deadline)))
    except TimeoutError as error:
        raise TimedOut(f"{question.server} did not answer for the transfer of {question.zone}") from error
    except _EndedInside as error:
        raise Unreadable(f"{question.server}: the transfer ended inside a message") from error
    except OSError as error:
        raise Unreachable(f"{question.server}: {error.strerror or error}") from error


def _query(zone: str) -> Any:
    import dns.exception
    import dns.message

    try:
        return dns.message.make_query(zone, "AXFR")
    except (dns.exception.DNSException, ValueError) as error:
        raise Unreadable(f"{zone!r} cannot be asked: {type(error).__name__}") from error


def _received(connection: socket.socket, query: Any, deadline: float) -> dict[str, Any]:
    """Read until records beyond the zone's start have come, the server refuses, or the transfer ends."""
    import dns.rcode
    import dns.rdatatype

    code, records, starts = "", 0, 0
    for _ in range(_MESSAGES_AT_MOST):
        message = _message(connection, query, deadline)
        if message is None:
            break
        code = dns.rcode.to_text(message.rcode())
        types = [one.rdtype for one in message.answer]
        starts += types.count(dns.rdatatype.SOA)
        records += sum(type_ != dns.rdatatype.SOA for type_ in types)
        if records or not types or starts > 1 or message.rcode() != dns.rcode.NOERROR:
            break
    if not code:
        raise Unreachable("the server closed the connection without an answer")
    return {"rcode": code, "records": records}


def _message(connection: socket.socket, query: Any, deadline: float) -> Any | None:
    """The next message; None where the other side has closed the connection. Raises Unreadable for what is none of ours."""
    import dns.exception
    import dns.message

    length = _read(connection, 2, deadline)
    if not length:
        return None
    wire = _read(connection, int.from_bytes(length, "big"), deadline, begun=True)
    try:
        # A record a time: a transfer's order and number count, and sets would hide them (RFC 5936 3.4).
        message = dns.message.from_wire(wire, one_rr_per_rrset=True)
    except (dns.exception.DNSException, ValueError) as error:
        raise Unreadable(f"not a message: {type(error).__name__}") from error
    if message.id != query.id or not message.flags & 0x8000:
        raise Unreadable("not an answer to the question")
    return message


def _read(connection: socket.socket, count: int, deadline: float, *, begun: bool = False) -> bytes:
    """Exactly `count` bytes, or none where the stream ends before the first. The whole is bounded, not each piece."""
    data = b""
    while len(data) < count:
        left = deadline - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
            piece = connection.recv(count - len(data))
        except TimeoutError:
            if data or begun:
                raise _EndedInside from None
            raise
        if not piece:
            if data or begun:
                raise _EndedInside
            return b""
        data += piece
    return data
