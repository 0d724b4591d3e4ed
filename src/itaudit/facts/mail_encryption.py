"""Whether email on its way to each name is encrypted, and whether its servers prove who they are.

Sources: RFC 3207 (STARTTLS), RFC 8461 4 (MTA-STS: senders refuse servers that cannot prove their name),
RFC 7672 (DANE), RFC 8996 (old versions).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ValidationError

from itaudit import api
from itaudit.facts.announced_certificates import Announced, Announcement, announcements_of, compare
from itaudit.facts.lookups import Lookups, of_each_name
from itaudit.facts.mail_servers import MailHost, mail_servers_of, no_mail_to
from itaudit.facts.mta_sts import Mode, mta_sts_of
from itaudit.facts.targets import Targets

HOSTS_AT_MOST = 10
OLD = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")
"""Versions that must not be used any more (RFC 8996)."""
CONNECT_SECONDS = 4.0
"""Many networks let nothing out to port 25: that must not cost a scan the time that a slow greeting may take."""
TALK_SECONDS = 12.0
"""Servers that ward off spam let strangers wait for their greeting, Postfix' postscreen for six seconds."""
EXPIRED = 10
"""X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL."""


class Protection(StrEnum):
    """How far one server protects email, from nothing known to everything right."""

    UNSEEN = "not seen"
    NONE = "no STARTTLS"
    BROKEN = "STARTTLS without a handshake"
    RAN_OUT = "certificate ran out"
    UNTRUSTED = "certificate not trusted"
    OTHER_NAME = "certificate of another name"
    OTHER_KEY = "certificate not as announced (TLSA)"
    OLD = "old version"
    GOOD = "encrypted and proved"


UNPROVED = (Protection.RAN_OUT, Protection.UNTRUSTED, Protection.OTHER_NAME)


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


@dataclass(frozen=True, slots=True)
class MailEncryption:
    """All mail servers of one name, at most ten, one IPv4 and one IPv6 address of each.

    demanded: a policy (MTA-STS, mode enforce) tells senders to deliver only to servers that prove their name.
    """

    subject: str
    name: str
    servers: tuple[MailServerTls, ...]
    demanded: bool = False
    port: int = 25


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


@api.provider("linux", "windows", "macos", seconds=45)
def mail_encryption(ask: api.Ask, targets: Targets) -> api.Facts[MailEncryption]:
    """The encryption of the mail servers of every configured name that takes email."""
    yield from of_each_name(ask, targets, mail_encryption_of)


def mail_encryption_of(lookups: Lookups, name: str) -> MailEncryption:
    """Shake hands with each. Raises NotApplicable where no email arrives, or the Missing of the look-ups."""
    servers = mail_servers_of(lookups, name)
    if nothing := no_mail_to(servers):
        raise api.NotApplicable(nothing)
    hosts = servers.hosts[:HOSTS_AT_MOST]
    port = lookups.targets.smtp_port
    where = [(host.name, address) for host in hosts for address in asked_addresses(host)]
    if not where and all(host.addresses == () for host in hosts):
        raise api.NotApplicable(f"no mail server of {servers.subject} has an address")
    connected = lookups.ask.many([api.TcpConnect(address, port, CONNECT_SECONDS) for _, address in where])
    open_ = [place for place, answer in zip(where, connected, strict=True) if not answer.error]
    asked = dict(zip(open_, lookups.ask.many([start_tls_question(host, port, address) for host, address in open_]), strict=True))
    answers = {**dict(zip(where, connected, strict=True)), **asked}
    announced = announcements_of(lookups, list(dict.fromkeys(host for host, _ in open_)))
    seen = [server_tls(host, address, answers[host, address], *announced.get(host, ())) for host, address in where]
    unseen = [
        MailServerTls(host.name, "", Protection.UNSEEN, why="its address could not be looked up")
        for host in hosts
        if host.addresses is None
    ]
    return MailEncryption(servers.subject, name, (*seen, *unseen), _demanded(lookups, name), port)


def asked_addresses(host: MailHost) -> tuple[str, ...]:
    """The first address of each family: what differs within one family is seldom one server's own doing."""
    addresses = host.addresses or ()
    four = next((address for address in addresses if ":" not in address), "")
    six = next((address for address in addresses if ":" in address), "")
    return tuple(filter(None, (four, six)))


def start_tls_question(host: str, port: int, address: str) -> api.Tls:
    """The one question that is asked of a mail server, so that all who need the answer share it."""
    return api.Tls(host, port, address, "smtp", timeout=TALK_SECONDS)


def server_tls(
    host: str, address: str, answer: api.Answer, announcements: tuple[Announcement, ...] = (), signed: bool = False
) -> MailServerTls:
    """What one handshake proved. Never raises: what could not be seen is a protection of its own.

    announcements, signed: what the host's TLSA records announce, and whether senders believe them.
    """
    try:
        body = _Body.model_validate(answer.json)
    except api.Missing as error:
        return MailServerTls(host, address, Protection.UNSEEN, why=error.detail[:200] or error.words)
    except ValidationError:
        return MailServerTls(host, address, Protection.UNSEEN, why="not the answer of a handshake")
    match = compare(announcements, body.sent(), name_matches=body.name_matches, signed=signed)
    return MailServerTls(host, address, _protection(body, match), body.protocol[:20], body.error[:200], match)


def _protection(body: _Body, match: Announced) -> Protection:
    if not body.start_tls_offered:
        return Protection.NONE
    if not body.protocol:
        return Protection.BROKEN
    if match is Announced.OTHER:
        return Protection.OTHER_KEY
    if not body.trusted:
        return Protection.RAN_OUT if body.verify_code == EXPIRED else Protection.UNTRUSTED
    if not body.name_matches:
        return Protection.OTHER_NAME
    return Protection.OLD if body.protocol in OLD else Protection.GOOD


def _demanded(lookups: Lookups, name: str) -> bool:
    """Does a policy demand it? One that cannot be read now demands nothing that could be judged."""
    try:
        found = mta_sts_of(lookups, name)
    except api.Missing:
        return False
    return found.policy is not None and found.policy.mode is Mode.ENFORCE
