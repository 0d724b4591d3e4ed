"""The name servers of a zone: which ones the zone and its parent name, where they are, and how each answers when asked directly.

Sources: RFC 1034 4.2 (delegation), RFC 1912 2.3 (glue), RFC 2181 10.3 (a name server is never an alias).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import CREDIBLE, Lookups, Outcome, Reply, holds, host_of, parent_of, settled, zone_of
from itaudit.facts.own_addresses import own_networks
from itaudit.facts.server_answers import ServerAnswer, State, answers_of, family, is_address
from itaudit.facts.server_probes import FIRST_TRY_SECONDS, SECOND_TRY_SECONDS
from itaudit.facts.targets import Targets, readable

__all__ = [
    "FIRST_TRY_SECONDS",
    "SECOND_TRY_SECONDS",
    "Delegation",
    "NameServer",
    "ServerAnswer",
    "State",
    "delegation_of",
    "delegations",
]

SERVERS_AT_MOST = 13
"""Name servers looked at: more do not fit into one classic response."""
ADDRESSES_AT_MOST = 8
"""Addresses looked at of one name server."""
PARENT_SERVERS_AT_MOST = 4


@dataclass(frozen=True, slots=True)
class NameServer:
    """One name server. `answers` is empty when the name has no address; `seen` is false when that could not be found out.

    own: its addresses as its own records say, None when unseen. glue: its addresses as the zone's parent says.
    """

    name: str
    answers: tuple[ServerAnswer, ...] = ()
    alias: bool = False
    seen: bool = True
    own: frozenset[str] | None = None
    glue: frozenset[str] = frozenset()

    @property
    def wrong_glue(self) -> frozenset[str]:
        """Addresses that only the parent gives. (That it leaves some out is no fault: there may be no room for all.)"""
        return frozenset() if self.own is None else self.glue - self.own


@dataclass(frozen=True, slots=True)
class Delegation:
    """The name servers of the zone that holds one configured name. `parent_names`: those the parent names, None when unseen."""

    subject: str
    zone: str
    servers: tuple[NameServer, ...]
    own_names: frozenset[str]
    parent_names: frozenset[str] | None
    nearby: frozenset[str] = frozenset()
    """Of the addresses, those of this machine and its networks: they may grant us what they refuse to strangers."""

    @property
    def answers(self) -> tuple[ServerAnswer, ...]:
        """Of every address, each once: two names may lead to the same one."""
        return tuple({answer.address: answer for server in self.servers for answer in server.answers}.values())

    @property
    def working(self) -> tuple[ServerAnswer, ...]:
        """Those that answer for the zone."""
        return tuple(answer for answer in self.answers if answer.state is State.ANSWERS)


@api.provider("linux", "windows", "macos", seconds=45)
def delegations(ask: api.Ask, targets: Targets) -> api.Facts[Delegation]:
    """The delegation of every configured name."""
    try:
        networks = own_networks(ask)
    except api.Missing:
        networks = ()

    def of_name(lookups: Lookups, name: str) -> Delegation:
        found = delegation_of(lookups, name, zone_of(lookups, name))
        near = [each.address for each in found.answers if any(ipaddress.ip_address(each.address) in one for one in networks)]
        return replace(found, nearby=frozenset(near))

    yield from of_each_name(ask, targets, of_name)


@dataclass(frozen=True, slots=True)
class Referral:
    """What the parent says: names of the servers, their glue, and the family in which its own server answered."""

    names: frozenset[str]
    glue: dict[str, frozenset[str]]
    family: int


def delegation_of(lookups: Lookups, name: str, zone: str) -> Delegation:
    """Look at the name servers of `zone`. Raises a Missing when nothing certain can be said, for example behind a firewall."""
    parent = zone_of(lookups, parent_of(zone))
    own, of_parent = lookups.many((zone, "NS"), (parent, "NS"))
    told = frozenset(own.hosts("NS")) if isinstance(own, Reply) and own.rcode == "NOERROR" else frozenset()
    referral = referral_of(lookups, zone, settled(of_parent).hosts("NS"))
    reached = {referral.family} if referral else set()
    # An office's look-up server may name only its own copy of the zone: what the world asks begins at the parent.
    names = sorted(referral.names if referral else told)[:SERVERS_AT_MOST]
    if not names:
        raise api.Unreadable(f"neither {zone} nor {parent} names a name server")
    servers = _servers(lookups, zone, names, referral, reached)
    own_names = _own_names(servers) or told
    if more := sorted(own_names - set(names))[: SERVERS_AT_MOST - len(names)]:
        reached |= {family(answer.address) for server in servers for answer in server.answers if answer.state is State.ANSWERS}
        servers += _servers(lookups, zone, more, referral, reached)
    own_known = _asked_for_their_own(lookups, zone, servers)
    return Delegation(readable(name), zone, own_known, own_names, referral.names if referral else None)


def _own_names(servers: Iterable[NameServer]) -> frozenset[str]:
    """All that the servers themselves name; empty when none does."""
    return frozenset(name for server in servers for answer in server.answers for name in answer.names)


def referral_of(lookups: Lookups, zone: str, parent_servers: Sequence[str]) -> Referral | None:
    """The first answer of the parent's own servers that names those of `zone`; None when none of them could be asked."""
    found = lookups.addresses(parent_servers[:PARENT_SERVERS_AT_MOST])
    addresses = list(dict.fromkeys(address for results in found.values() for address in _addresses(results)[:ADDRESSES_AT_MOST]))
    asked = lookups.directly([(address, zone, "NS", False) for address in addresses], FIRST_TRY_SECONDS)
    for address, reply in zip(addresses, asked, strict=True):
        # What offers recursion without authority is a resolver that answers in the parent's place: hearsay.
        if isinstance(reply, Reply) and (names := _named(reply, zone)) and ("AA" in reply.flags or "RA" not in reply.flags):
            return Referral(names, _glue(reply, names), family(address))
    return None


def _named(reply: Reply, zone: str) -> frozenset[str]:
    records = (*reply.answer, *reply.authority)
    return frozenset(host_of(record) for record in records if record.type == "NS" and record.name == zone)


def _glue(reply: Reply, names: Collection[str]) -> dict[str, frozenset[str]]:
    given = [record for record in reply.additional if record.type in ("A", "AAAA") and is_address(record.data)]
    return {name: frozenset(record.data for record in given if record.name == name) for name in names}


def _addresses(results: Iterable[Outcome]) -> tuple[str, ...]:
    return tuple(each for result in results if isinstance(result, Reply) for each in result.addresses if is_address(each))


def _servers(
    lookups: Lookups, zone: str, names: Iterable[str], referral: Referral | None, reached: Collection[int]
) -> tuple[NameServer, ...]:
    """Look the names up and ask their addresses; the parent's glue serves where the zone cannot be resolved."""
    glue = referral.glue if referral else {}
    found = lookups.addresses(names)
    where = {
        host: (_addresses(results) or tuple(sorted(glue.get(host, ()))))[:ADDRESSES_AT_MOST] for host, results in found.items()
    }
    answers = answers_of(lookups, zone, [address for addresses in where.values() for address in addresses], reached)
    return tuple(
        NameServer(host, tuple(answers[address] for address in where[host]), *_by_name(results), glue.get(host, frozenset()))
        for host, results in found.items()
    )


def _by_name(results: tuple[Outcome, Outcome]) -> tuple[bool, bool, frozenset[str] | None]:
    """Is it an alias; could its addresses be found out; which they are, None where that is not known of both families."""
    replies = [result for result in results if isinstance(result, Reply)]
    seen = len(replies) == len(results) and all(reply.rcode in CREDIBLE for reply in replies)
    return any(reply.data("CNAME") for reply in replies), seen, frozenset(_addresses(results)) if seen else None


def _asked_for_their_own(lookups: Lookups, zone: str, servers: tuple[NameServer, ...]) -> tuple[NameServer, ...]:
    """The addresses of servers inside the zone, from the zone itself: a resolver may have kept what the parent said."""
    working = [answer.address for server in servers for answer in server.answers if answer.state is State.ANSWERS]
    inside = [server for server in servers if server.glue and holds(zone, server.name)]
    if not working or not inside:
        return servers
    questions = [(working[0], server.name, type_, False) for server in inside for type_ in ("A", "AAAA")]
    results = lookups.directly(questions, FIRST_TRY_SECONDS)
    own = {server.name: _authoritative(results[2 * index : 2 * index + 2]) for index, server in enumerate(inside)}
    return tuple(replace(server, own=own[server.name]) if own.get(server.name) is not None else server for server in servers)


def _authoritative(results: Iterable[Outcome]) -> frozenset[str] | None:
    replies = [reply for reply in results if isinstance(reply, Reply) and "AA" in reply.flags and reply.rcode in CREDIBLE]
    return frozenset(_addresses(replies)) if len(replies) == 2 else None
