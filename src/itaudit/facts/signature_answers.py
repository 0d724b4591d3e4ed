"""Asks a zone's servers, those of its parent, and the resolver for all that tells whether the zone's signatures hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from itaudit import api
from itaudit.facts.lookups import CREDIBLE, Lookups, Outcome, Reply, holds, outcome, parent_of, proved_zone, zone_of
from itaudit.facts.name_servers import referral_of
from itaudit.facts.signature_proofs import KEYS_AT_MOST
from itaudit.facts.wish_proofs import TYPES as WISHES
from itaudit.facts.zone_proofs import SIGNED_TYPES, control_name, keys_of

DIRECT_SECONDS = 2.5
SERVERS_AT_MOST = 13
ADDRESSES_AT_MOST = 16
PARENT_ADDRESSES_AT_MOST = 4
DIRECT = "Allow this machine to ask name servers (port 53, UDP and TCP), then scan again."

Shown: TypeAlias = dict[str, dict[str, Reply]]
"""Address of a server -> type -> its answer; "" stands for the answer about a name that cannot exist."""


@dataclass(frozen=True, slots=True)
class SignedAnswers:
    """of_parent: the answer about the DS records. witness: what the resolver, checking, says of the zone's start."""

    of_parent: Reply
    witness: Outcome
    shown: Shown

    @property
    def believed(self) -> bool:
        """A resolver checked the signatures and found them good (RFC 4035 3.2.3)."""
        return isinstance(self.witness, Reply) and self.witness.rcode == "NOERROR" and "AD" in self.witness.flags


def zone_and_refusal(lookups: Lookups, name: str) -> tuple[str, bool]:
    """The zone that holds `name`, also when the resolver refuses its signatures; and whether it does."""
    questions = ((name, "SOA"), (name.rpartition(".")[2], "SOA"))
    start, ending = lookups.many(*questions)
    if isinstance(start, Reply) and start.rcode == "SERVFAIL" and isinstance(ending, Reply) and ending.rcode in CREDIBLE:
        unchecked, ending_unchecked = lookups.many(*questions, checking_disabled=True)
        if isinstance(unchecked, Reply) and unchecked.rcode == "NOERROR":
            return proved_zone(name, unchecked, ending_unchecked), True
    return proved_zone(name, start, ending), False


def signed_answers(lookups: Lookups, zone: str, refused: bool) -> SignedAnswers:
    """What the parent says of the zone's keys, what the resolver says of the zone, and what each server of the zone shows."""
    parent = zone_of(lookups, parent_of(zone))
    above = _hosts(lookups.many((parent, "NS"))[0])
    own_addresses = _own_addresses(lookups, zone, above, refused)[:ADDRESSES_AT_MOST]
    above_addresses = _addresses(lookups, above, False)[:PARENT_ADDRESSES_AT_MOST]
    types = _types(zone)
    direct = [_direct(lookups, address, zone, "DS") for address in above_addresses]
    direct += [_direct(lookups, address, *question) for address in own_addresses for question in types.values()]
    of_resolver = [_resolved(lookups, zone, "DS", checking=False), _resolved(lookups, zone, "SOA", checking=True)]
    resolved_ds, witness, *results = (outcome(answer) for answer in lookups.ask.many([*of_resolver, *direct]))
    shown = _shown(own_addresses, types, results[len(above_addresses) :]) or _through_resolver(lookups, zone, types)
    return SignedAnswers(_ds_reply(zone, results[: len(above_addresses)], resolved_ds), witness, shown)


def _types(zone: str) -> dict[str, tuple[str, str]]:
    """What is asked of each server of the zone: (name, type) by the word for it in `Shown`."""
    return {**{type_: (zone, type_) for type_ in ("DNSKEY", *SIGNED_TYPES, *WISHES)}, "": (control_name(zone), "A")}


def _hosts(names: Outcome) -> tuple[str, ...]:
    return names.hosts("NS")[:SERVERS_AT_MOST] if isinstance(names, Reply) else ()


def _own_addresses(lookups: Lookups, zone: str, parent_servers: Sequence[str], refused: bool) -> list[str]:
    """Of the servers that the parent names, because an office's look-up server may name only its own copy of the zone."""
    if referral := referral_of(lookups, zone, parent_servers):
        hosts = sorted(referral.names)[:SERVERS_AT_MOST]
        glue = [address for host in hosts for address in sorted(referral.glue.get(host, ()))]
        return _addresses(lookups, hosts, refused) or list(dict.fromkeys(glue))
    (own,) = lookups.many((zone, "NS"))
    if doubted := refused or (isinstance(own, Reply) and own.rcode == "SERVFAIL"):
        (own,) = lookups.many((zone, "NS"), checking_disabled=True)
    return _addresses(lookups, _hosts(own), doubted)


def _addresses(lookups: Lookups, hosts: Iterable[str], refused: bool) -> list[str]:
    results = lookups.many(*[(host, type_) for host in hosts for type_ in ("A", "AAAA")], checking_disabled=refused)
    return list(dict.fromkeys(address for result in results if isinstance(result, Reply) for address in result.addresses))


def _direct(lookups: Lookups, address: str, name: str, type_: str) -> api.Dns:
    port = lookups.targets.authoritative_port
    return api.Dns(name, type_, address, port, recursion_desired=False, dnssec=True, timeout=DIRECT_SECONDS)


def _resolved(lookups: Lookups, name: str, type_: str, *, checking: bool) -> api.Dns:
    where = (lookups.targets.resolver, lookups.targets.resolver_port)
    return api.Dns(name, type_, *where, checking_disabled=not checking, dnssec=True)


def _shown(addresses: Sequence[str], types: Iterable[str], results: Sequence[Outcome]) -> Shown:
    """The answers of the servers that answered everything for the zone themselves; the others are the delegation's affair."""
    words, found = list(types), {}
    for index, address in enumerate(addresses):
        own = results[index * len(words) : (index + 1) * len(words)]
        replies = {word: one for word, one in zip(words, own, strict=True) if isinstance(one, Reply)}
        if replies.keys() >= {"DNSKEY", *SIGNED_TYPES} and "AA" in replies["SOA"].flags and replies["SOA"].data("SOA"):
            found[address] = replies
    return found


def _through_resolver(lookups: Lookups, zone: str, types: dict[str, tuple[str, str]]) -> Shown:
    """The same as the resolver hands it on, where no server can be asked. Raises Unreadable when it does not do so truly."""
    asked = [_resolved(lookups, *question, checking=False) for question in types.values()]
    results = dict(zip(types, [outcome(answer) for answer in lookups.ask.many(asked)], strict=True))
    replies = {word: one for word, one in results.items() if isinstance(one, Reply) and one.rcode in CREDIBLE}
    if not replies.keys() >= {"DNSKEY", *SIGNED_TYPES}:
        raise api.TimedOut(f"no server of {zone} could be asked directly", unlock=DIRECT)
    if "AA" in replies["SOA"].flags:
        raise api.Unreadable(f"the look-up server answers for {zone} from a copy of its own, as inside an office", unlock=DIRECT)
    signed = [one for reply in replies.values() for one in (*reply.answer, *reply.authority) if one.type == "RRSIG"]
    if keys_of(zone, replies["DNSKEY"]) and not signed:
        raise api.Unreadable("the look-up server hands on no signatures, and no name server could be asked", unlock=DIRECT)
    return {"the look-up server": replies}


def _ds_reply(zone: str, of_parent: Iterable[Outcome], of_resolver: Outcome) -> Reply:
    """The parent's answer about its DS records. Raises a Missing when nobody gave one that counts."""
    for reply in of_parent:
        if isinstance(reply, Reply) and "AA" in reply.flags and _counts(zone, reply):
            return reply
    if isinstance(of_resolver, api.Missing):
        raise of_resolver
    if not _counts(zone, of_resolver):
        raise api.Unreadable(f"what the parent of {zone} says of its keys could not be seen", unlock=DIRECT)
    return of_resolver


def _counts(zone: str, reply: Reply) -> bool:
    """It holds DS records, or the parent itself says that there are none. Some resolvers ask the zone (RFC 4035 3.1.4.1)."""
    starts = [record.name for record in reply.authority if record.type == "SOA"]
    above = any(start != zone and holds(start, zone) for start in starts)
    return reply.rcode == "NOERROR" and (bool(ds_of(zone, reply)) or above)


def ds_of(zone: str, reply: Reply) -> tuple[str, ...]:
    return tuple(sorted({one.data for one in reply.answer if one.type == "DS" and one.name == zone}))[:KEYS_AT_MOST]
