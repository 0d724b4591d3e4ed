"""The name servers of a zone: which ones the zone and its parent name, where they are, and how each answers when asked directly.

Sources: RFC 1034 4.2 (delegation), RFC 2181 10.3 (a name server is never an alias), RFC 7766 (TCP is required).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from itaudit import api
from itaudit.facts.lookups import CREDIBLE, Lookups, Outcome, Reply, holds, host_of, of_each_name, parent_of, settled, zone_of
from itaudit.facts.targets import Targets, readable

FIRST_TRY_SECONDS = 1.5
SECOND_TRY_SECONDS = 2.5
SERVERS_AT_MOST = 13
"""Name servers looked at: more do not fit into one classic response."""
PARENT_SERVERS_AT_MOST = 4


class State(StrEnum):
    """How one address of a name server answered."""

    ANSWERS = "answers for the zone"
    LAME = "answers, but not for the zone"
    SILENT = "does not answer"
    UNSEEN = "could not be asked from here"


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """One address, asked over UDP and TCP. `detail`: the response code or the error."""

    address: str
    state: State
    tcp: bool = True
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.address} {self.state}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class NameServer:
    """One name server. `answers` is empty when the name has no address; `seen` is false when that could not be found out."""

    name: str
    answers: tuple[ServerAnswer, ...] = ()
    alias: bool = False
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Delegation:
    """The name servers of the zone that holds one configured name. `parent_names`: those the parent names, None when unseen."""

    subject: str
    zone: str
    servers: tuple[NameServer, ...]
    own_names: frozenset[str]
    parent_names: frozenset[str] | None

    @property
    def answers(self) -> tuple[ServerAnswer, ...]:
        return tuple(answer for server in self.servers for answer in server.answers)


@api.provider("linux", "windows", "macos", seconds=45)
def delegations(ask: api.Ask, targets: Targets) -> api.Facts[Delegation]:
    """The delegation of every configured name."""
    yield from of_each_name(ask, targets, lambda lookups, name: delegation_of(lookups, name, zone_of(lookups, name)))


def delegation_of(lookups: Lookups, name: str, zone: str) -> Delegation:
    """Look at the name servers of `zone`. Raises a Missing when nothing certain can be said, for example behind a firewall."""
    parent = zone_of(lookups, parent_of(zone))
    own, of_parent = lookups.many((zone, "NS"), (parent, "NS"))
    own_names = frozenset(own.hosts("NS")) if isinstance(own, Reply) and own.rcode == "NOERROR" else frozenset()
    referral = _referral(lookups, zone, settled(of_parent).hosts("NS")[:PARENT_SERVERS_AT_MOST])
    parent_names = _named(referral, zone) if referral else None
    names = sorted(own_names | (parent_names or frozenset()))[:SERVERS_AT_MOST]
    if not names:
        raise api.Unreadable(f"neither {zone} nor {parent} names a name server")
    servers = _with_addresses(lookups, names, zone, referral)
    states = _states(lookups, zone, [answer for _, addresses in servers.values() for answer in addresses], referral is not None)
    return Delegation(
        readable(name),
        zone,
        tuple(
            NameServer(host, tuple(states[address] for address in addresses), *_alias_and_seen(results))
            for host, (results, addresses) in servers.items()
        ),
        own_names,
        parent_names,
    )


def _named(reply: Reply, zone: str) -> frozenset[str]:
    records = (*reply.answer, *reply.authority)
    return frozenset(host_of(record) for record in records if record.type == "NS" and record.name == zone)


def _referral(lookups: Lookups, zone: str, parent_servers: Iterable[str]) -> Reply | None:
    """The first answer of the parent's servers that names the servers of `zone`; None when none of them could be asked."""
    found = lookups.addresses(parent_servers)
    addresses = [address for results in found.values() for address in _addresses(results)]
    asked = lookups.directly([(address, zone, "NS", False) for address in addresses], FIRST_TRY_SECONDS)
    return next((reply for reply in asked if isinstance(reply, Reply) and _named(reply, zone)), None)


def _addresses(results: Iterable[Outcome]) -> tuple[str, ...]:
    return tuple(address for result in results if isinstance(result, Reply) for address in result.addresses)


def _with_addresses(
    lookups: Lookups, names: Iterable[str], zone: str, referral: Reply | None
) -> dict[str, tuple[tuple[Outcome, Outcome], tuple[str, ...]]]:
    """Outcomes and addresses of each server; the parent's glue serves where the zone cannot be resolved."""
    glue: dict[str, list[str]] = {}
    for record in referral.additional if referral else ():
        if record.type in ("A", "AAAA") and holds(zone, record.name):
            glue.setdefault(record.name, []).append(record.data)
    found = lookups.addresses(names)
    return {host: (results, _addresses(results) or tuple(glue.get(host, ()))) for host, results in found.items()}


def _alias_and_seen(results: tuple[Outcome, Outcome]) -> tuple[bool, bool]:
    replies = [result for result in results if isinstance(result, Reply)]
    alias = any(reply.data("CNAME") for reply in replies)
    return alias, len(replies) == len(results) and all(reply.rcode in CREDIBLE for reply in replies)


def _states(lookups: Lookups, zone: str, addresses: Iterable[str], parent_answered: bool) -> Mapping[str, ServerAnswer]:
    """Ask every address for the zone's SOA, over UDP (twice when silent) and TCP."""
    each = list(dict.fromkeys(addresses))
    asked = lookups.directly([(address, zone, "SOA", tcp) for address in each for tcp in (False, True)], FIRST_TRY_SECONDS)
    udp, tcp = dict(zip(each, asked[::2], strict=True)), dict(zip(each, asked[1::2], strict=True))
    silent = [address for address in each if isinstance(udp[address], api.Missing)]
    again = lookups.directly([(address, zone, "SOA", False) for address in silent], SECOND_TRY_SECONDS)
    udp.update(zip(silent, again, strict=True))
    heard = [address for address in each if isinstance(udp[address], Reply) or isinstance(tcp[address], Reply)]
    answered: set[bool] = {":" in address for address in heard}
    if not answered and each and not parent_answered:
        raise api.TimedOut(
            "no name server could be asked directly",
            unlock="Allow this machine to ask name servers (port 53, UDP and TCP), then scan again.",
        )
    _refuse_interception(udp.values())
    # A machine without IPv6 says nothing of IPv6 servers: of a family, silence counts only when something in it answered.
    seen = answered | ({False} if parent_answered else set())
    return {address: _server_answer(address, udp[address], tcp[address], seen=(":" in address) in seen) for address in each}


def _refuse_interception(results: Iterable[Outcome]) -> None:
    """Some lines send every question to the provider's own resolver: then all servers look as if they knew nothing."""
    replies = [result for result in results if isinstance(result, Reply)]
    if replies and all("RA" in reply.flags and "AA" not in reply.flags and reply.data("SOA") for reply in replies):
        raise api.Unreadable("something between answers in place of the name servers", unlock="Scan from another network.")


def _server_answer(address: str, udp: Outcome, tcp: Outcome, *, seen: bool) -> ServerAnswer:
    if isinstance(udp, api.Missing):
        detail = "only over TCP" if isinstance(tcp, Reply) else udp.words
        return ServerAnswer(address, State.SILENT if seen else State.UNSEEN, isinstance(tcp, Reply), detail)
    if udp.rcode == "NOERROR" and "AA" in udp.flags and udp.data("SOA"):
        return ServerAnswer(address, State.ANSWERS, isinstance(tcp, Reply))
    reason = udp.rcode if udp.rcode != "NOERROR" else "not authoritative"
    return ServerAnswer(address, State.LAME, isinstance(tcp, Reply), reason)
