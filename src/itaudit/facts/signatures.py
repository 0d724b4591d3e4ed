"""Whether the answers of each configured name's zone are signed, and whether those who check the signatures believe them.

It is found out by computing, from what the parent's servers and the zone's own say, because many offices have no look-up server
that checks. Where there is one, its refusal is a second witness. RFC 4033 to 4035, RFC 6840.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups
from itaudit.facts.signature_answers import Shown, SignedAnswers, ds_of, signed_answers, zone_and_refusal
from itaudit.facts.signature_proofs import Keys, parsed
from itaudit.facts.targets import Targets, readable
from itaudit.facts.wish_proofs import wishes
from itaudit.facts.zone_proofs import ServerProof, Window, keys_of, outdated, server_proof, weak_beside_strong

SKEW = timedelta(days=1)
"""So long some resolvers go on believing signatures that have ended (unbound: val-sig-skew-max)."""
CLOCK = "Correct the clock of this machine, then scan again."


@dataclass(frozen=True, slots=True)
class ZoneSignatures:
    """The signatures of the zone that holds one name.

    ds: the DS records at the parent. keys: tag and algorithm of each DNSKEY. servers: how many addresses showed the zone.
    broken: for each of `broken_servers`, why its answers are rejected. refused: a look-up server that checks rejects them.
    partly: why some other answers are rejected, "no such name" among them. small: faults that stop nobody.
    outdated: weak or withdrawn methods. windows: from when to when the sets of records hold.
    on_demand: they are signed at the moment of the question. iterations: of NSEC3.
    fitting_ds: the DS records that belong at the parent, as they are written.
    """

    subject: str
    zone: str
    ds: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    servers: int = 0
    broken: tuple[str, ...] = ()
    broken_servers: int = 0
    refused: bool = False
    partly: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    on_demand: bool = False
    fitting_ds: tuple[str, ...] = ()
    iterations: int = 0


@api.provider("linux", "windows", "macos", seconds=45)
def zone_signatures(ask: api.Ask, targets: Targets, machine: api.Machine) -> api.Facts[ZoneSignatures]:
    """The signatures of every configured name's zone, judged with the clock of the visit."""
    yield from of_each_name(ask, targets, lambda lookups, name: signatures_of_name(lookups, name, machine.now))


def signatures_of_name(lookups: Lookups, name: str, now: datetime) -> ZoneSignatures:
    """One name. Raises a Missing when neither the servers nor the resolver let the signatures be seen."""
    zone, refused = zone_and_refusal(lookups, name)
    try:
        return _fact(readable(name), zone, refused, signed_answers(lookups, zone, refused), now)
    except api.Missing:
        if not refused:
            raise
        return ZoneSignatures(readable(name), zone, refused=True)


def _fact(subject: str, zone: str, refused: bool, answers: SignedAnswers, now: datetime) -> ZoneSignatures:
    ds, shown = ds_of(zone, answers.of_parent), answers.shown
    proofs = [server_proof(address, zone, ds, replies, now) for address, replies in shown.items()]
    bad = [proof for proof in proofs if proof.broken]
    if bad and all(proof.late for proof in bad):
        _refuse_wrong_clock(zone, answers, bad, now)
    keys = Keys(zone, tuple(sorted({text for replies in shown.values() for text in keys_of(zone, replies["DNSKEY"]).texts})))
    old = outdated(ds, keys)
    if any(proof.unchecked for proof in proofs) and not bad and not old and not refused:
        raise api.Unreadable(f"the signatures of {zone} are of a kind that cannot be checked here")
    return ZoneSignatures(
        subject,
        zone,
        ds,
        keys.labels(),
        servers=len(proofs),
        broken=tuple(f"{proof.address}: {reason}" for proof in bad for reason in proof.broken),
        broken_servers=len(bad),
        refused=refused,
        partly=tuple(f"{proof.address}: {fault}" for proof in proofs for fault in proof.partly) if not bad else (),
        small=_small(zone, ds, proofs, shown),
        outdated=old,
        windows=tuple(dict.fromkeys(window for proof in proofs for window in proof.windows)),
        on_demand=bool(proofs) and all(proof.denial.on_demand for proof in proofs),
        fitting_ds=keys.fitting_ds(),
        iterations=max((proof.denial.iterations or 0 for proof in proofs), default=0),
    )


def _small(zone: str, ds: tuple[str, ...], proofs: Sequence[ServerProof], shown: Shown) -> tuple[str, ...]:
    faults = [f"{proof.address}: {fault}" for proof in proofs for fault in proof.small]
    differ = ["not every server shows the same keys"] if len({proof.keys for proof in proofs}) > 1 else []
    asked = [wishes(zone, replies) for replies in shown.values()]
    differ += ["not every server shows the same CDS and CDNSKEY records"] if any(one != asked[0] for one in asked) else []
    return (*weak_beside_strong(ds), *differ, *faults)


def _refuse_wrong_clock(zone: str, answers: SignedAnswers, bad: Sequence[ServerProof], now: datetime) -> None:
    """Before "out of date" is said of the zone: raises Unreadable when the parent is out of date too, or a resolver that checks
    still believes what ended more than a day ago. Then this machine's clock is wrong."""
    made = [parsed("RRSIG", one.data) for one in answers.of_parent.answer if one.type == "RRSIG" and one.data.startswith("DS ")]
    seconds = now.timestamp()
    parents_late = bool(made) and not any(int(one.inception) <= seconds < int(one.expiration) for one in made)
    everywhere = len(bad) == len(answers.shown)
    if parents_late or (answers.believed and everywhere and not any(_barely(proof, now) for proof in bad)):
        raise api.Unreadable(f"by the clock of this machine ({now:%Y-%m-%d %H:%M} UTC) not only {zone} is out of date", CLOCK)


def _barely(proof: ServerProof, now: datetime) -> bool:
    """One of its signatures ended so recently that a resolver may still believe it."""
    return any(now - SKEW <= ends < now for ends in proof.ended)
