"""Where email for each configured name is delivered.

Sources: RFC 5321 5.1 (MX), RFC 7505 (null MX), RFC 2181 10.3 (a mail server is never an alias).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, Outcome, Record, Reply, host_of, settled
from itaudit.facts.mail_use import require_mail
from itaudit.facts.own_copies import world_zone_of
from itaudit.facts.targets import Targets, readable

HOSTS_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class MailHost:
    """One host that takes email. `addresses` is empty when it has none, None when that could not be found out."""

    name: str
    addresses: tuple[str, ...] | None
    alias: bool = False


@dataclass(frozen=True, slots=True)
class MailServers:
    """The MX records of one name. `refuses_mail`: a null MX ("0 .") is among them. `own_address`: the name itself has one."""

    subject: str
    name: str
    records: tuple[str, ...]
    hosts: tuple[MailHost, ...] = ()
    refuses_mail: bool = False
    own_address: bool = False
    without_mail: bool = False
    """The owner says that it neither sends nor receives email."""


@api.provider("linux", "windows", "macos", seconds=45)
def mail_servers(ask: api.Ask, targets: Targets) -> api.Facts[MailServers]:
    """The mail servers of every configured name that exists and is used for email, or says clearly that it is not (null MX)."""

    def of_mail(lookups: Lookups, name: str) -> MailServers:
        servers = mail_servers_of(lookups, name)
        if servers.hosts or not servers.refuses_mail:
            require_mail(lookups, name)
        return servers

    yield from of_each_name(ask, targets, of_mail)


def mail_servers_of(lookups: Lookups, name: str) -> MailServers:
    """The MX records and their hosts. Raises a Missing when absence would not be proved."""
    world_zone_of(lookups, name)
    exchange, *own = lookups.many((name, "MX"), (name, "A"), (name, "AAAA"))
    reply = settled(exchange)
    records = tuple(record for record in reply.answer if record.type == "MX")
    names = sorted({host_of(record) for record in records} - {"."})[:HOSTS_AT_MOST]
    hosts = tuple(_host(host, *results) for host, results in lookups.addresses(names).items())
    if hosts and all(host.addresses is None for host in hosts):
        raise api.TimedOut(f"the addresses of {hosts[0].name} could not be found out")
    return MailServers(
        readable(name),
        name,
        reply.data("MX"),
        hosts,
        refuses_mail=any(_is_null(record) for record in records),
        own_address=bool(reply.addresses) or _any_address(own),
        without_mail=name in lookups.targets.without_mail,
    )


def no_mail_to(servers: MailServers) -> str:
    """Why there is no mail server to look at, "" when there is one."""
    if servers.without_mail:
        return f"{servers.subject} is not used for email"
    if servers.hosts:
        return ""
    return f"{servers.subject} takes no email" if servers.refuses_mail else f"no mail server is named for {servers.subject}"


def _is_null(record: Record) -> bool:
    return host_of(record) == "."


def _any_address(results: Iterable[Outcome]) -> bool:
    return any(isinstance(result, Reply) and result.addresses for result in results)


def _host(name: str, *results: Outcome) -> MailHost:
    replies = [result for result in results if isinstance(result, Reply) and result.rcode in ("NOERROR", "NXDOMAIN")]
    found = tuple(address for reply in replies for address in reply.addresses)
    known = bool(found) or len(replies) == len(results)
    return MailHost(name, found if known else None, any(reply.data("CNAME") for reply in replies))
