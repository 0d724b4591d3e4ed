"""Whether a zone proves that a name does not exist (RFC 4035 5.4, RFC 5155 8, RFC 9824): pure computation.

Where this proof is wrong, every name and record that is not there (an IPv6 address, say) becomes an error for those who check.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itaudit.facts.lookups import Record, Reply
from itaudit.facts.signature_proofs import Hold, Keys, Signature, computing, parsed, parsed_name, signatures_of

ITERATIONS_AT_MOST = 2500
"""More are not computed: RFC 5155 10.3 allowed no more, and RFC 9276 asks for none."""
RECORDS_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class DenialProof:
    """faults: why it is no proof; empty when it is one. on_demand: made for this very question, so signed at that moment.

    iterations: of NSEC3, None with NSEC or when nothing was seen.
    """

    faults: tuple[str, ...] = ()
    on_demand: bool = False
    iterations: int | None = None


def denial_proof(name: str, keys: Keys, reply: Reply, now: datetime) -> DenialProof:
    """The proof in `reply` that `name`, one label below the zone, does not exist. A wildcard that answers needs none here."""
    if reply.rcode not in ("NOERROR", "NXDOMAIN") or reply.answer:
        return DenialProof()
    kinds = {record.type for record in reply.authority} & {"NSEC", "NSEC3"}
    if len(kinds) != 1:
        return DenialProof(("it proves in two ways at once (NSEC and NSEC3)" if kinds else "there is no NSEC or NSEC3 record",))
    kind = kinds.pop()
    proofs = [record for record in reply.authority if record.type == kind][:RECORDS_AT_MOST]
    faults = [fault for record in proofs if (fault := _unsigned(reply.authority, record, keys, now))]
    spans = [_nsec(name, record) if kind == "NSEC" else _nsec3(name, record) for record in proofs]
    if not any(span.covers for span in spans):
        faults.append(f"no {kind} record covers the name")
    iterations = max((int(parsed(kind, record.data).iterations) for record in proofs), default=0) if kind == "NSEC3" else None
    return DenialProof(tuple(dict.fromkeys(faults)), any(span.narrow for span in spans), iterations)


def _unsigned(records: Sequence[Record], record: Record, keys: Keys, now: datetime) -> str:
    """Why the record is not to be believed; "" when it is signed or its signature cannot be checked here."""
    made = signatures_of(records, record.name, record.type, keys, now)
    if not made:
        return f"its {record.type} record is not signed"
    good = any(signature.hold in (Hold.GOOD, Hold.UNCHECKED) for signature in made)
    return "" if good else f"{made[0]}"


def ends_of(signatures: Sequence[Signature]) -> datetime | None:
    """When the last signature that holds ends; None when none does."""
    return max((signature.ends for signature in signatures if signature.hold is Hold.GOOD), default=None)


@dataclass(frozen=True, slots=True)
class _Span:
    """covers: the name lies in it, or it is its own. narrow: it holds hardly anything but the name (RFC 4470, RFC 9824)."""

    covers: bool
    narrow: bool = False


def _nsec(name: str, record: Record) -> _Span:
    owner, wanted = parsed_name(record.name), parsed_name(name)
    following = parsed("NSEC", record.data).next
    covers = owner <= wanted and (wanted < following or following <= owner)
    narrow = following.labels == (b"\0", *wanted.labels)
    return _Span(covers, covers and (narrow or owner == wanted))


def _nsec3(name: str, record: Record) -> _Span:
    data = parsed("NSEC3", record.data)
    if int(data.iterations) > ITERATIONS_AT_MOST or int(data.algorithm) != 1:
        return _Span(covers=True)  # not computed: nothing is claimed
    wanted = _number(computing().dnssec.nsec3_hash(parsed_name(name), bytes(data.salt), int(data.iterations), "SHA1"))
    start, end = _number(record.name.split(".", 1)[0]), int.from_bytes(bytes(data.next), "big")
    covers = (start <= wanted and (wanted < end or end <= start)) or wanted < end <= start
    return _Span(covers, covers and start in (wanted, wanted - 1) and end == wanted + 1)


def _number(label: Any) -> int:
    """The hash in base32hex (RFC 4648 7), as a number; -1 when it is none."""
    try:
        return int.from_bytes(base64.b32hexdecode(str(label).upper()), "big")
    except ValueError:
        return -1
