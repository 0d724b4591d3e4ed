"""Which certificate a mail server announces for itself: DANE for SMTP (RFC 7672), TLSA records (RFC 6698).

Senders that know DANE deliver only to a server whose certificate is the one that a signed record announces. It needs no known
issuer then; and a record that was forgotten when the certificate changed stops their email.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from itaudit import api
from itaudit.facts.lookups import Lookups, Outcome, Reply, outcome

RECORDS_AT_MOST = 20
ISSUER, OWN = 2, 3
"""The usages that count for mail (RFC 7672 3.1): the announced certificate issued the server's, or is the server's."""
_RECORD = re.compile(r"([0-9]{1,3}) ([0-9]{1,3}) ([0-9]{1,3}) ([0-9a-fA-F ]+)")


class Announced(StrEnum):
    """How what was announced compares with what the server showed."""

    NOTHING = "nothing announced"
    SAME = "as announced (TLSA)"
    OTHER = "not as announced (TLSA)"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One TLSA record that counts for mail. selector: 0 the whole certificate, 1 its key. matching: 0 itself, 1, 2 its hash."""

    usage: int
    selector: int
    matching: int
    data: bytes


def announcements_of(lookups: Lookups, hosts: Sequence[str]) -> dict[str, tuple[tuple[Announcement, ...], bool]]:
    """The records of each host, and whether the resolver found them signed (AD): senders believe no others."""
    where = (lookups.targets.resolver, lookups.targets.resolver_port)
    answers = lookups.ask.many([api.Dns(f"_25._tcp.{host}", "TLSA", *where, dnssec=True) for host in hosts])
    return {host: _announced(outcome(answer)) for host, answer in zip(hosts, answers, strict=True)}


def _announced(result: Outcome) -> tuple[tuple[Announcement, ...], bool]:
    if not isinstance(result, Reply) or result.rcode != "NOERROR":
        return (), False
    found = [announcement for text in result.data("TLSA")[:RECORDS_AT_MOST] if (announcement := parse(text))]
    return tuple(found), "AD" in result.flags


def parse(text: str) -> Announcement | None:
    """A record in presentation format (RFC 6698 2.2), None for one that mail servers do not use."""
    match = _RECORD.fullmatch(text.strip())
    if not match:
        return None
    usage, selector, matching = (int(match[number]) for number in (1, 2, 3))
    data = match[4].replace(" ", "")
    if usage not in (ISSUER, OWN) or selector > 1 or matching > 2 or len(data) % 2:
        return None
    return Announcement(usage, selector, matching, bytes.fromhex(data))


def compare(announcements: Iterable[Announcement], chain: Sequence[bytes], *, name_matches: bool, signed: bool) -> Announced:
    """`chain`: certificates as sent, DER, the server's own first.

    That a record fits proves its intent even where this machine's resolver does not check signatures; that none fits matters
    only when senders believe the records, and when all that was sent is known.
    """
    records = list(announcements)
    if not records or not chain:
        return Announced.NOTHING
    if any(_fits(record, chain, name_matches=name_matches) for record in records):
        return Announced.SAME
    # An issuer may be meant that the server need not send.
    certain = signed and all(record.usage == OWN for record in records)
    return Announced.OTHER if certain else Announced.NOTHING


def _fits(record: Announcement, chain: Sequence[bytes], *, name_matches: bool) -> bool:
    if record.usage == OWN:
        return _content(record, chain[0]) == record.data
    # An issuer vouches for many names, so here the name counts (RFC 7672 3.2.2).
    return name_matches and any(_content(record, each) == record.data for each in chain[1:])


def _content(record: Announcement, certificate: bytes) -> bytes | None:
    """What the record should hold for this certificate; None for what is no certificate."""
    content = _key(certificate) if record.selector else certificate
    return (content, hashlib.sha256(content).digest(), hashlib.sha512(content).digest())[record.matching] if content else None


def _key(certificate: bytes) -> bytes:
    """SubjectPublicKeyInfo; b"" for what is no certificate."""
    from cryptography import x509  # few names need it, and it loads slowly
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # noqa: BLE001 - hostile bytes may break any part of the library; such a key fits nothing
        return b""
