"""How far an SPF record opens the door: what it says of all others, and whether it lets everybody in (RFC 7208 5.1, 8, 11.4)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

from itaudit.facts.lookups import Reply
from itaudit.facts.spf_answers import Answers, target_of
from itaudit.facts.spf_limits import LOOKUPS_ALLOWED
from itaudit.facts.spf_records import SpfRecord
from itaudit.facts.spf_terms import Network, Term

BOTH = frozenset({4, 6})
DEPENDS = "%"
"""The ending of a record that leads on to a name which depends on the sender."""
HALF_OF_ALL = {4: 2**31, 6: 2**124}
"""Addresses that are as good as all: half of IPv4, and half of what IPv6 hands out so far (2000::/3). Our own choice."""


def ending(name: str, records: Mapping[str, SpfRecord]) -> str:
    """The qualifier for all other senders, through redirects; "" where nothing says, DEPENDS where that depends on the sender."""
    origin, seen = name, set[str]()
    while name in records and name not in seen:
        seen.add(name)
        record = records[name]
        if record.all_qualifier or not record.redirect:
            return record.all_qualifier
        target = target_of(record, record.redirect, origin)
        if target is None:
            return DEPENDS
        name = target
    return ""


def lets_everyone(name: str, records: Mapping[str, SpfRecord], answers: Answers) -> bool:
    """Would (nearly) every IPv4 or IPv6 sender pass? `records`: what a Walk went through."""
    return bool(_open_families(name, (), name, records, answers))


def _open_families(
    name: str, path: tuple[str, ...], origin: str, records: Mapping[str, SpfRecord], answers: Answers
) -> frozenset[int]:
    """The families of which everybody passes at the record of `name`. The first term that matches decides."""
    record = records.get(name)
    if record is None or name in path or len(path) > LOOKUPS_ALLOWED:
        return frozenset()
    left, opened = BOTH, frozenset[int]()
    networks = [term.network for term in record.mechanisms if term.network and term.qualifier == "+"]
    for term in record.terms:
        if term.name == "all":
            opened |= {family for family in left if _covers_half(networks, family)}
        target = target_of(record, term, origin)
        if term.name in ("include", "redirect") and target is not None:
            matched = _open_families(target, (*path, name), origin, records, answers)
        else:
            matched = term.families | _whole_families(term, target, answers)
        if term.qualifier == "+" or term is record.redirect:
            opened |= matched & left
        left -= matched
    return opened | {family for family in left if _covers_half(networks, family)}


def _whole_families(term: Term, target: str | None, answers: Answers) -> frozenset[int]:
    """Families of which a term matches everybody, because of what its name holds: exists:example.com, a/0."""

    def holds(type_: str) -> bool:
        result = answers.get((target or "", type_))
        return isinstance(result, Reply) and bool(result.data(type_))

    if term.name == "exists":
        return BOTH if holds("A") else frozenset()
    if term.name == "mx":
        return frozenset(family for family, length in zip((4, 6), term.lengths, strict=True) if length == 0 and holds("MX"))
    types = (("A", 4, term.lengths[0]), ("AAAA", 6, term.lengths[1])) if term.name == "a" else ()
    return frozenset(family for type_, family, length in types if length == 0 and holds(type_))


def _covers_half(networks: Iterable[Network], family: int) -> bool:
    of_family = [network for network in networks if network.version == family]
    collapsed: Iterable[Network] = ipaddress.collapse_addresses(of_family)  # type: ignore[type-var]  # one family at a time
    return sum(network.num_addresses for network in collapsed) >= HALF_OF_ALL[family]
