"""Whether email on its way to each name is encrypted, and whether its servers prove who they are.

Sources: RFC 3207 (STARTTLS), RFC 8461 4 (MTA-STS: senders refuse servers that cannot prove their name).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from itaudit import api
from itaudit.facts.announced_certificates import announcements_of
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups
from itaudit.facts.mail_handshakes import MailServerTls, Protection, server_tls
from itaudit.facts.mail_servers import MailHost, mail_servers_of, no_mail_to
from itaudit.facts.mta_sts import Mode, mta_sts_of
from itaudit.facts.targets import Targets

HOSTS_AT_MOST = 10
CONNECT_SECONDS = 4.0
"""Many networks let nothing out to port 25: that must not cost a scan the time that a slow greeting may take."""
TALK_SECONDS = 12.0
"""Servers that ward off spam let strangers wait for their greeting, Postfix' postscreen for six seconds."""


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


@api.provider("linux", "windows", "macos", seconds=45)
def mail_encryption(ask: api.Ask, targets: Targets, machine: api.Machine) -> api.Facts[MailEncryption]:
    """The encryption of the mail servers of every configured name that takes email."""
    yield from of_each_name(ask, targets, lambda lookups, name: mail_encryption_of(lookups, name, machine.now))


def mail_encryption_of(lookups: Lookups, name: str, now: datetime) -> MailEncryption:
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
    seen = [server_tls(host, address, answers[host, address], *announced.get(host, ((), False)), now) for host, address in where]
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


def _demanded(lookups: Lookups, name: str) -> bool:
    """Does a policy demand it? One that cannot be read now demands nothing that could be judged."""
    try:
        found = mta_sts_of(lookups, name)
    except api.Missing:
        return False
    return found.policy is not None and found.policy.mode is Mode.ENFORCE
