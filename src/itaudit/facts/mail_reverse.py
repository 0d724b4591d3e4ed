"""Whether the addresses that email comes from, or goes to, say by whom they are used: their reverse names.

An address has a confirmed name when its PTR record names a host that has this very address (RFC 1912 2.1). Google, Yahoo and
Microsoft refuse or distrust email from addresses without one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, Outcome, Reply, settled
from itaudit.facts.mail import Mail
from itaudit.facts.mail_servers import MailServers, mail_servers_of, no_mail_to
from itaudit.facts.mail_use import uses_mail
from itaudit.facts.own_addresses import is_inside
from itaudit.facts.public_suffixes import organisation_of
from itaudit.facts.targets import Targets

ADDRESSES_AT_MOST = 20
NAMES_AT_MOST = 5
"""PTR names looked at for one address: more say nothing of it."""
CONTROL = ("arpa", "SOA")
"""Every reverse name ends in it: a resolver that does not know it cannot say that one is absent."""


class Proof(StrEnum):
    """What is known of an address' reverse name."""

    CONFIRMED = "confirmed"
    MISSING = "has no reverse name"
    UNCONFIRMED = "has a reverse name that does not lead back"
    UNSEEN = "could not be looked up"


@dataclass(frozen=True, slots=True)
class ReverseName:
    """One address. `host`: the mail server it belongs to, "" for one that only sends. `names`: its PTR records."""

    address: str
    host: str
    proof: Proof
    names: tuple[str, ...] = ()
    sends: bool = False
    """The owner says that email leaves from it."""
    own: bool = False
    """Its host is named within the same organisation, so that most likely the same machine also sends."""

    def __str__(self) -> str:
        where = f"{self.address} ({self.host})" if self.host else self.address
        return f"{where}: PTR {' '.join(self.names) or 'none'}, {self.proof}"


@dataclass(frozen=True, slots=True)
class MailReverse:
    """All public addresses of one name's email. `senders_known`: the owner said from where it is sent ([mail] sends_from)."""

    subject: str
    name: str
    addresses: tuple[ReverseName, ...]
    senders_known: bool = False


@api.provider("linux", "windows", "macos", seconds=45)
def mail_reverse(ask: api.Ask, targets: Targets, mail: Mail) -> api.Facts[MailReverse]:
    """The reverse names behind every configured name that uses email."""
    yield from of_each_name(ask, targets, lambda lookups, name: mail_reverse_of(lookups, name, mail.sends_from))


def mail_reverse_of(lookups: Lookups, name: str, sends_from: tuple[str, ...] = ()) -> MailReverse:
    """The reverse names of one name. Raises NotApplicable where nothing is to be seen, or the Missing of the look-ups."""
    servers = mail_servers_of(lookups, name)
    nothing = no_mail_to(servers)
    if nothing and not (sends_from and uses_mail(lookups, name)):
        raise api.NotApplicable(nothing)
    addresses = _addresses(servers, sends_from)
    if not addresses:
        if any(host.addresses is None for host in servers.hosts):
            raise api.TimedOut(f"the mail servers of {name} could not be looked up")
        raise api.NotApplicable(f"no mail server of {servers.subject} has an address that is seen from outside")
    control, *answers = lookups.many(CONTROL, *[(_reverse(address), "PTR") for address in addresses])
    named = {address: _names(answer) for address, answer in zip(addresses, answers, strict=True)}
    forward = lookups.addresses(name for names in named.values() for name in names)
    absence_counts = isinstance(control, Reply) and control.rcode == "NOERROR"
    own = organisation_of(name)
    found = [
        ReverseName(
            address,
            host,
            _proof(address, answer, [forward[each] for each in named[address]], absence_counts=absence_counts),
            named[address],
            address in sends_from,
            bool(own) and organisation_of(host) == own,
        )
        for (address, host), answer in zip(addresses.items(), answers, strict=True)
    ]
    return MailReverse(servers.subject, name, tuple(found), bool(sends_from))


def _addresses(servers: MailServers, sends_from: Iterable[str]) -> dict[str, str]:
    """Address -> host, those that send first, without those that nobody outside sees."""
    of_hosts = {address: host.name for host in servers.hosts for address in host.addresses or ()}
    found = {address: of_hosts.get(address, "") for address in (*sends_from, *of_hosts)}
    return {address: found[address] for address in [each for each in found if _is_public(each)][:ADDRESSES_AT_MOST]}


def _is_public(written: str) -> bool:
    """What is no address at all comes from a forged answer: there is nothing to look up."""
    return api.is_address(written) and "%" not in written and not is_inside(written)


def _reverse(address: str) -> str:
    return ipaddress.ip_address(address).reverse_pointer


def _names(answer: Outcome) -> tuple[str, ...]:
    return answer.hosts("PTR")[:NAMES_AT_MOST] if isinstance(answer, Reply) else ()


def _proof(address: str, answer: Outcome, forward: list[tuple[Outcome, Outcome]], *, absence_counts: bool) -> Proof:
    """What the answers prove of one address; `forward`: the A and AAAA outcomes of its names."""
    try:
        settled(answer)
    except api.Missing:
        return Proof.UNSEEN
    if not forward:
        return Proof.MISSING if absence_counts else Proof.UNSEEN
    wanted = ipaddress.ip_address(address)
    outcomes = [pair[wanted.version == 6] for pair in forward]
    if any(isinstance(each, Reply) and str(wanted) in each.addresses for each in outcomes):
        return Proof.CONFIRMED
    seen = all(isinstance(each, Reply) and each.rcode in ("NOERROR", "NXDOMAIN") for each in outcomes)
    return Proof.UNCONFIRMED if seen else Proof.UNSEEN
