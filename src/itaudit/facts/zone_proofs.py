"""What the answers of one name server for its zone prove, given the DS records at the parent: pure computation (RFC 4035 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itaudit.facts.denial_proofs import DenialProof, denial_proof
from itaudit.facts.lookups import Reply
from itaudit.facts.signature_proofs import DIGESTS, Hold, Keys, Signature, computing, key_label, named_by, parsed, signatures_of
from itaudit.facts.wish_proofs import wish_faults

SIGNED_TYPES = ("SOA", "NS")
SUSTAINING = ("DNSKEY", "SOA")
"""Without the first nothing is believed, and what breaks the second breaks the rest. A bad NS set alone stops few."""
OUTDATED_ALGORITHMS = {
    1: "RSA/MD5",
    3: "DSA/SHA-1",
    5: "RSA/SHA-1",
    6: "DSA-NSEC3-SHA1",
    7: "RSASHA1-NSEC3-SHA1",
    12: "GOST R 34.10-2001",
}
"""Those that must not be used to sign (RFC 8624 3.1, RFC 9905 2, RFC 9906)."""
RSA_ALGORITHMS = (5, 7, 8, 10)
RSA_BITS = (1024, 4096)
"""Smaller keys can be broken (our own choice, as RFC 8301 3.2 chose for mail); larger ones are outside RFC 5702 2."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when a set of records holds: of the signature that holds longest. Times are in UTC."""

    type: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class ServerProof:
    """broken: why people who check signatures reject it; late: only because of the time, and `ended`: when.
    partly: why they reject some of its answers. small: faults that stop nobody.
    unchecked: it is signed in a way that cannot be checked here, so nothing is claimed.
    """

    address: str
    keys: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    late: bool = False
    ended: tuple[datetime, ...] = ()
    unchecked: bool = False
    windows: tuple[Window, ...] = ()
    denial: DenialProof = field(default_factory=DenialProof)
    partly: tuple[str, ...] = ()


def server_proof(address: str, zone: str, ds: tuple[str, ...], replies: Mapping[str, Reply], now: datetime) -> ServerProof:
    """Judge one server. `replies`: by type (DNSKEY, SOA, NS, CDS, ...); "" is of `control_name`."""
    keys = keys_of(zone, replies["DNSKEY"])
    asked = wish_faults(zone, keys, ds, replies, now)
    if not keys:
        return ServerProof(address, (), ("there is no DNSKEY record, but the parent has a DS record",) if ds else (), asked)
    anchors, wrong, checkable = named_by(keys, ds)
    if ds and not checkable:
        return ServerProof(address, keys.labels(), unchecked=True)
    every = {type_: signatures_of(replies[type_].answer, zone, type_, keys, now) for type_ in ("DNSKEY", *SIGNED_TYPES)}
    by_anchor = signatures_of(replies["DNSKEY"].answer, zone, "DNSKEY", anchors, now) if anchors else ()
    sets = {**every, "DNSKEY": by_anchor} if ds else every
    broken = [] if anchors or not ds else ["no DNSKEY matches a DS record of the parent"]
    judged = {type_: made for type_, made in sets.items() if _shown(replies[type_], zone, type_) and (anchors or not ds)}
    broken += [_reason(type_, made) for type_, made in judged.items() if type_ in SUSTAINING and not _held(made)]
    late = bool(broken) and all(_held(made) or _only_late(made) for made in judged.values()) and bool(judged)
    denial = denial_proof(control_name(zone), keys, replies[""], now) if "" in replies else DenialProof()
    partly = [_reason("NS", judged["NS"])] if "NS" in judged and not _held(judged["NS"]) else []
    flaws = [str(one) for made in every.values() for one in made if one.hold not in (Hold.GOOD, Hold.UNCHECKED)]
    windows = tuple(window for type_, made in judged.items() if (window := _window(type_, made)))
    return ServerProof(
        address,
        keys.labels(),
        tuple(broken),
        (*wrong, *dict.fromkeys(flaws), *asked),
        late,
        tuple(one.ends for made in judged.values() for one in made if one.hold is Hold.EXPIRED) if late else (),
        any(all(one.hold is Hold.UNCHECKED for one in made) for made in judged.values() if made),
        windows,
        denial,
        (*partly, *(f"'no such name' is not proved: {fault}" for fault in denial.faults)),
    )


def control_name(zone: str) -> str:
    """A name that nobody has, to be told so. It is always the same: a recording must know it again."""
    return f"itaudit-control-question.{zone}"


def keys_of(zone: str, reply: Reply) -> Keys:
    """The DNSKEY records that a server shows for its zone."""
    return Keys(zone, tuple(sorted({one.data for one in reply.answer if one.type == "DNSKEY" and one.name == zone})))


def _shown(reply: Reply, zone: str, type_: str) -> bool:
    return any(record.type == type_ and record.name == zone for record in reply.answer)


def _held(made: Iterable[Signature]) -> bool:
    return any(one.hold in (Hold.GOOD, Hold.UNCHECKED) for one in made)


def _only_late(made: Iterable[Signature]) -> bool:
    return any(one.hold in (Hold.EXPIRED, Hold.EARLY) for one in made)


def _reason(type_: str, made: tuple[Signature, ...]) -> str:
    """The signature that came nearest to holding says most."""
    order = (Hold.EXPIRED, Hold.EARLY, Hold.FALSE, Hold.STRANGER)
    nearest = min(made, key=lambda one: order.index(one.hold), default=None)
    return str(nearest) if nearest else f"{type_} is not signed"


def _window(type_: str, made: Iterable[Signature]) -> Window | None:
    good = [one for one in made if one.hold is Hold.GOOD]
    longest = max(good, key=lambda one: one.ends, default=None)
    return Window(type_, longest.begins, longest.ends) if longest else None


def outdated(ds_texts: Iterable[str], keys: Keys) -> tuple[str, ...]:
    """What is too weak or no longer accepted everywhere, in words for technicians."""
    found = []
    for one in (*keys.records, *(parsed("DS", text) for text in ds_texts)):
        algorithm = int(one.algorithm)
        if algorithm in OUTDATED_ALGORITHMS:
            found.append(f"{key_label(one)} uses {OUTDATED_ALGORITHMS[algorithm]}")
        elif algorithm in (0, 2, 4, 9, 11) or algorithm >= 123:
            found.append(f"{key_label(one)} uses algorithm {algorithm}, which is not for signing zones on the internet")
    for key in keys.records:
        bits = _rsa_bits(key)
        if bits and not RSA_BITS[0] <= bits <= RSA_BITS[1]:
            found.append(f"{key_label(key)} is an RSA key of {bits} bits")
    digests = {int(parsed("DS", text).digest_type) for text in ds_texts}
    if digests and not digests & {2, 4}:
        names = ", ".join(DIGESTS.get(number, f"digest type {number}") for number in sorted(digests))
        found.append(f"the DS records use only {names}")
    return tuple(dict.fromkeys(found))


def weak_beside_strong(ds_texts: Iterable[str]) -> tuple[str, ...]:
    """DS records with an outdated digest beside good ones: they stop nobody and protect nobody."""
    records = [parsed("DS", text) for text in ds_texts]
    strong = [ds for ds in records if int(ds.digest_type) in (2, 4)]
    weak = [ds for ds in records if ds not in strong]
    return tuple(f"the DS {key_label(ds)} uses digest type {int(ds.digest_type)}" for ds in weak) if strong else ()


def _rsa_bits(key: Any) -> int:
    """The size of an RSA key, 0 for other keys and for one that cannot be read."""
    import dns.dnssecalgs  # noqa: TID251 - pure computation: nothing of it touches the network

    if int(key.algorithm) not in RSA_ALGORITHMS:
        return 0
    try:
        public = dns.dnssecalgs.get_algorithm_cls(int(key.algorithm)).public_cls.from_dnskey(key)
        return int(getattr(public, "key").key_size)  # noqa: B009 - the base class of the library does not declare it
    except (computing().exception.DNSException, ValueError, IndexError):
        return 0
