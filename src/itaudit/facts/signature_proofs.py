"""Whether signatures hold: pure computation over answers that were already had (RFC 4034, RFC 4035 5, RFC 6840).

Nothing is asked here. Answers are hostile: keys and signatures beyond a bound are not tried (CVE-2023-50387).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from itaudit import api
from itaudit.facts.lookups import Record

KEYS_AT_MOST = 16
SIGNATURES_AT_MOST = 8
"""Of one set of records. Honest zones have one or two, and twice as many while keys are changed."""
REDACTED = "[redacted]"
DIGESTS = {1: "SHA-1", 2: "SHA-256", 4: "SHA-384"}
"""Digest types of DS records that can be computed here (IANA registry of DS digest algorithms)."""


class Hold(StrEnum):
    """What became of one signature."""

    GOOD = "holds"
    EXPIRED = "has expired"
    EARLY = "is not valid yet"
    STRANGER = "was made with a key that the zone does not show"
    FALSE = "does not match"
    UNCHECKED = "is of a kind that cannot be checked here"


@dataclass(frozen=True, slots=True)
class Signature:
    """One RRSIG record and what became of it. `key`: tag and algorithm number as 4711/13. Times are in UTC."""

    type: str
    key: str
    hold: Hold
    begins: datetime
    ends: datetime

    def __str__(self) -> str:
        times = f"{self.begins:%Y-%m-%d %H:%M} to {self.ends:%Y-%m-%d %H:%M} UTC"
        return f"the signature of {self.type} by {self.key} ({times}) {self.hold}"


def computing() -> Any:
    """The library's signature arithmetic. Loaded late: it takes a tenth of a second, and few commands need it."""
    import dns.dnssec  # noqa: TID251 - pure computation: nothing of it touches the network

    return dns


@dataclass(frozen=True)
class Keys:
    """The DNSKEY records of a zone, at most `KEYS_AT_MOST`. Raises Unreadable when one is not in presentation format."""

    zone: str
    texts: tuple[str, ...]

    @cached_property
    def records(self) -> list[Any]:
        return [parsed("DNSKEY", text) for text in self.texts[:KEYS_AT_MOST]]

    def __bool__(self) -> bool:
        return bool(self.texts)

    def labels(self) -> tuple[str, ...]:
        return tuple(sorted(f"{key_label(key)} flags {int(key.flags)}" for key in self.records))

    def only(self, chosen: Iterable[Any]) -> Keys:
        return Keys(self.zone, tuple(key.to_text() for key in chosen))

    def fitting_ds(self) -> tuple[str, ...]:
        """The DS records (SHA-256) for the keys that are meant to be named by the parent (flag SEP, RFC 4034 2.1.1)."""
        dns = computing()
        entries = [key for key in self.records if int(key.flags) & 0x181 == 0x101]
        made = [dns.dnssec.make_ds(f"{self.zone.rstrip('.')}.", key, "SHA256") for key in entries]
        return tuple(sorted(f"{self.zone}. IN DS {ds.to_text()}" for ds in made))


def parsed(type_: str, text: str) -> Any:
    """One record's data. Raises Unreadable."""
    dns = computing()
    if REDACTED in text:
        # Letters of a key can look like "...psk=": what was taken out for that makes no signature wrong.
        raise api.Unreadable(f"a part of a {type_} record was taken for a secret and is not here")
    try:
        return dns.rdata.from_text("IN", type_, text)
    except (dns.exception.DNSException, ValueError, IndexError, OverflowError) as error:
        raise api.Unreadable(f"a {type_} record is not in presentation format: {type(error).__name__}") from error


def parsed_name(text: str) -> Any:
    """A name from presentation format. Raises Unreadable."""
    dns = computing()
    try:
        return dns.name.from_text(text)
    except (dns.exception.DNSException, ValueError, IndexError) as error:
        raise api.Unreadable(f"{text[:80]!r} is not a name: {type(error).__name__}") from error


def key_label(record: Any) -> str:
    """Tag and algorithm number of a DNSKEY or DS record, as 4711/13."""
    tag = record.key_tag if hasattr(record, "key_tag") else computing().dnssec.key_id(record)
    return f"{int(tag)}/{int(record.algorithm)}"


def supported(algorithm: int) -> bool:
    import dns.dnssecalgs  # noqa: TID251 - pure computation: nothing of it touches the network

    try:
        dns.dnssecalgs.get_algorithm_cls(algorithm)
    except (computing().exception.DNSException, ValueError):
        return False
    return True


def named_by(keys: Keys, ds_texts: Iterable[str]) -> tuple[Keys, tuple[str, ...], bool]:
    """The keys that the DS records name; what is wrong with DS records; whether any of these could be checked at all."""
    anchors, wrong, checkable = [], [], False
    for ds in [parsed("DS", text) for text in sorted(ds_texts)][:KEYS_AT_MOST]:
        same = [key for key in keys.records if key_label(key) == key_label(ds)]
        if int(ds.digest_type) not in DIGESTS or not supported(int(ds.algorithm)):
            continue
        checkable = True
        matching = [key for key in same if _digest(keys.zone, key, ds) == ds.digest]
        anchors += [key for key in matching if int(key.flags) & 0x100]
        if same and not matching:
            wrong.append(f"the DS {key_label(ds)} does not match the key of that number")
        elif matching and not any(int(key.flags) & 0x100 for key in matching):
            wrong.append(f"the DS {key_label(ds)} names a key that may not sign zones")
    return keys.only(anchors), tuple(wrong), checkable


def _digest(zone: str, key: Any, ds: Any) -> bytes:
    dnssec = computing().dnssec
    name = "." if zone == "." else f"{zone}."
    made = dnssec.make_ds(name, key, ds.digest_type, policy=dnssec.allow_all_policy, validating=True)
    return bytes(made.digest)


def signatures_of(records: Sequence[Record], owner: str, type_: str, keys: Keys, now: datetime) -> tuple[Signature, ...]:
    """Every signature of one set of records in `records`, and what becomes of it with `keys`. Empty when it has none."""
    covering = [record.data for record in records if record.type == "RRSIG" and record.name == owner]
    made = [parsed("RRSIG", text) for text in sorted(set(covering)) if text.split(" ", 1)[0] == type_]
    return tuple(_signature(records, owner, type_, rrsig, keys, now) for rrsig in made[:SIGNATURES_AT_MOST])


def _signature(records: Sequence[Record], owner: str, type_: str, rrsig: Any, keys: Keys, now: datetime) -> Signature:
    begins, ends = _time(rrsig.inception), _time(rrsig.expiration)
    hold = _held(records, owner, type_, rrsig, keys)
    if hold is Hold.GOOD and not begins <= now < ends:
        hold = Hold.EARLY if now < begins else Hold.EXPIRED
    return Signature(type_, key_label(rrsig), hold, begins, ends)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _held(records: Sequence[Record], owner: str, type_: str, rrsig: Any, keys: Keys) -> Hold:
    """Whether the mathematics holds, whatever the time."""
    dns = computing()
    if not supported(int(rrsig.algorithm)):
        return Hold.UNCHECKED
    zone = parsed_name(keys.zone)
    if rrsig.signer != zone or not any(key_label(key) == key_label(rrsig) for key in keys.records):
        return Hold.STRANGER
    data = [parsed(type_, record.data) for record in records if record.type == type_ and record.name == owner]
    signed = dns.rrset.from_rdata_list(parsed_name(owner), 0, data)
    shown = dns.rdataset.from_rdata_list(0, keys.records)
    return _verified(signed, rrsig, {zone: shown})


def _verified(signed: Any, rrsig: Any, keys: Any) -> Hold:
    import cryptography.exceptions

    dns = computing()
    inside = max(int(rrsig.inception), 0)
    try:
        # At a time at which it is valid: time is judged apart, so that "expired" is never taken for "forged".
        if int(rrsig.expiration) < inside:
            return Hold.FALSE
        dns.dnssec.validate_rrsig(signed, rrsig, keys, now=inside, policy=dns.dnssec.allow_all_policy)
    except (dns.exception.UnsupportedAlgorithm, cryptography.exceptions.UnsupportedAlgorithm):
        return Hold.UNCHECKED
    except (dns.exception.DNSException, ValueError):
        return Hold.FALSE
    return Hold.GOOD
