"""What one handshake with a mail server proved: how far it protects email, and whether it is who it should be.

Sources: RFC 3207 (STARTTLS), RFC 7672 (DANE), RFC 8996 (old versions).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ValidationError

from itaudit import api
from itaudit.facts.announced_certificates import Announced, Announcement, compare
from itaudit.facts.certificate_parts import parts_of

OLD = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")
"""Versions that must not be used any more (RFC 8996)."""
DATE_CODES = (9, 10)
"""X509_V_ERR_CERT_NOT_YET_VALID and CERT_HAS_EXPIRED of OpenSSL."""
WEAK_CODES = (66, 67, 68)
"""X509_V_ERR_EE_KEY_TOO_SMALL, CA_KEY_TOO_SMALL and CA_MD_TOO_WEAK."""
ALWAYS_ENCRYPT = (".mail.protection.outlook.com", ".mx.microsoft", ".google.com", ".googlemail.com")
"""Endings of servers that offer encryption to everybody: where they seem not to, something on the way hides it."""


class Protection(StrEnum):
    """How far one server protects email, from nothing known to everything right."""

    UNSEEN = "not seen"
    NONE = "no STARTTLS"
    BROKEN = "STARTTLS without a handshake"
    OUTDATED = "certificate outside its dates"
    WEAK = "certificate with a weak key"
    UNTRUSTED = "certificate not trusted"
    OTHER_NAME = "certificate of another name"
    OTHER_KEY = "certificate not as announced (TLSA)"
    OLD = "old version"
    GOOD = "encrypted and proved"


OPEN = (Protection.NONE, Protection.BROKEN)
UNPROVED = (Protection.UNTRUSTED, Protection.OTHER_NAME)
JUDGED_ELSEWHERE = (Protection.OUTDATED, Protection.WEAK)
"""Dates and keys of certificates are for lifecycle.certificates to judge; name and issuer are not."""


@dataclass(frozen=True, slots=True)
class MailServerTls:
    """One address of one mail server. `why`: what it said, or why nothing is known. `version`: "TLSv1.3"."""

    host: str
    address: str
    protection: Protection
    version: str = ""
    why: str = ""
    announced: Announced = Announced.NOTHING

    def __str__(self) -> str:
        announced = str(self.announced) if self.announced is Announced.SAME else ""
        facts = ", ".join(filter(None, (str(self.protection), self.version, self.why, announced)))
        return f"{self.host} [{self.address or 'no address'}]: {facts}"


class _Body(BaseModel):
    start_tls_offered: bool
    protocol: str = ""
    trusted: bool = False
    name_matches: bool = False
    error: str = ""
    verify_code: int = 0
    certificate: str = ""
    chain: list[str] = []

    def sent(self) -> list[bytes]:
        """The certificates, DER, the server's own first; [] when they cannot be read."""
        try:
            return [base64.b64decode(each, validate=True) for each in (self.chain or [self.certificate]) if each]
        except ValueError:
            return []


def server_tls(
    host: str,
    address: str,
    answer: api.Answer,
    announcements: tuple[Announcement, ...] = (),
    signed: bool = False,
    now: datetime | None = None,
) -> MailServerTls:
    """What one handshake proved. Never raises: what could not be seen is a protection of its own.

    announcements, signed: what the host's TLSA records announce, and whether senders believe them. now: when it took place.
    """
    try:
        body = _Body.model_validate(answer.json)
    except api.Missing as error:
        return MailServerTls(host, address, Protection.UNSEEN, why=error.detail[:200] or error.words)
    except ValidationError:
        return MailServerTls(host, address, Protection.UNSEEN, why="not the answer of a handshake")
    match = compare(announcements, body.sent(), name_matches=body.name_matches, signed=signed)
    protection = _protection(body, match, now)
    if protection in OPEN and host.endswith(ALWAYS_ENCRYPT):
        why = "no encryption, though its provider always offers it: something on the way hides it"
        return MailServerTls(host, address, Protection.UNSEEN, why=why)
    return MailServerTls(host, address, protection, body.protocol[:20], body.error[:200], match)


def _protection(body: _Body, match: Announced, now: datetime | None) -> Protection:
    if not body.start_tls_offered:
        return Protection.NONE
    if not body.protocol:
        return Protection.BROKEN
    if match is Announced.OTHER:
        return Protection.OTHER_KEY
    judged_elsewhere = _judged_elsewhere(body, now)
    if not (body.trusted or judged_elsewhere):
        return Protection.UNTRUSTED
    if not body.name_matches:
        return Protection.OTHER_NAME
    if body.protocol in OLD:
        return Protection.OLD
    return judged_elsewhere or Protection.GOOD


def _judged_elsewhere(body: _Body, now: datetime | None) -> Protection | None:
    """The fault of the server's own certificate that lifecycle.certificates tells; None for others, as that of an issuer's."""
    if body.trusted:
        return None
    if body.verify_code in WEAK_CODES:
        return Protection.WEAK
    if body.verify_code not in DATE_CODES or not body.certificate or now is None:
        return None
    try:
        parts = parts_of(body.certificate)
    except api.Missing:
        return None
    return None if parts.begins <= now <= parts.ends else Protection.OUTDATED
