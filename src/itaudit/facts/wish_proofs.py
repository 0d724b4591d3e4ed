"""What a zone asks its parent to hold (CDS and CDNSKEY, RFC 7344, RFC 8078), and whether that can be granted: pure computation.

Many registries follow these records by themselves, so that a wrong one breaks or removes the signing at their next look.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from itaudit.facts.lookups import Reply
from itaudit.facts.signature_proofs import Hold, Keys, key_label, named_by, parsed, signatures_of

TYPES = ("CDS", "CDNSKEY")
WISHES_AT_MOST = 16
DELETE = 0
"""The algorithm of the one record that asks to remove all DS records (RFC 8078 4)."""


def wishes(zone: str, replies: Mapping[str, Reply]) -> dict[str, tuple[str, ...]]:
    """The records by type; a type without records is not there."""
    found = {
        type_: tuple(sorted({one.data for one in replies[type_].answer if one.type == type_ and one.name == zone}))
        for type_ in TYPES
        if type_ in replies
    }
    return {type_: texts[:WISHES_AT_MOST] for type_, texts in found.items() if texts}


def wish_faults(zone: str, keys: Keys, ds: tuple[str, ...], replies: Mapping[str, Reply], now: datetime) -> tuple[str, ...]:
    """Why they cannot be granted; empty when they can, or when there are none."""
    found = wishes(zone, replies)
    faults = []
    for type_, texts in found.items():
        if not keys:
            faults.append(f"there is a {type_} record, but no DNSKEY")
        else:
            faults += [fault for fault in (_unproved(zone, type_, keys, ds, replies[type_], now),) if fault]
            faults += _not_shown(type_, texts, keys)
    named = [{_named(type_, text) for text in texts} for type_, texts in found.items()]
    if len(named) == len(TYPES) and named[0] != named[1]:
        faults.append("its CDS and CDNSKEY records name different keys")
    return tuple(faults)


def _named(type_: str, text: str) -> str:
    record = parsed(type_, text)
    return "delete" if int(record.algorithm) == DELETE else key_label(record)


def _unproved(zone: str, type_: str, keys: Keys, ds: tuple[str, ...], reply: Reply, now: datetime) -> str:
    """Why a parent would not believe it: it must be signed by a key that the parent already names (RFC 7344 4.1)."""
    made = signatures_of(reply.answer, zone, type_, keys, now)
    good = [one for one in made if one.hold in (Hold.GOOD, Hold.UNCHECKED)]
    if not good:
        return f"{type_} is not signed" if not made else str(made[0])
    named = {key_label(parsed("DS", text)) for text in ds}
    return f"{type_} is signed by no key that the parent names" if ds and not named & {one.key for one in good} else ""


def _not_shown(type_: str, texts: tuple[str, ...], keys: Keys) -> list[str]:
    records = [parsed(type_, text) for text in texts]
    if any(int(one.algorithm) == DELETE for one in records):
        return [f"its {type_} records ask to keep and to delete"] if len(records) > 1 else []
    if type_ == "CDNSKEY":
        shown = {key.to_text() for key in keys.records if int(key.flags) & 0x100}
        return [f"CDNSKEY {key_label(one)} is no key of the zone" for one in records if one.to_text() not in shown]
    return [
        f"CDS {key_label(one)} fits no key of the zone" for one, text in zip(records, texts, strict=True) if not _fits(text, keys)
    ]


def _fits(text: str, keys: Keys) -> bool:
    anchors, _, checkable = named_by(keys, (text,))
    return bool(anchors) or not checkable
