"""Which servers may send email for each configured name: its SPF records and everything they include (RFC 7208)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from itaudit import api
from itaudit.facts import mail_use
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, Reply, settled
from itaudit.facts.own_copies import world_zone_of
from itaudit.facts.spf_answers import fetch
from itaudit.facts.spf_limits import LEADS_BACK, LOOKUPS_ALLOWED, NO_RECORD
from itaudit.facts.spf_openness import ending, lets_everyone
from itaudit.facts.spf_records import SpfRecord, is_spf
from itaudit.facts.spf_repairs import RESPONSE_BYTES, is_almost_spf, meant, merged, repaired, response_bytes
from itaudit.facts.spf_terms import SpfFault
from itaudit.facts.spf_walk import Walk
from itaudit.facts.targets import Targets, readable


@dataclass(frozen=True, slots=True)
class SenderPolicy:
    """The SPF records of one name, and what following them gives.

    lookups, void_lookups: what it costs a receiver in the worst case. faults: reasons to reject it (permerror) and where.
    ending: "-", "~", "?" or "+" for senders that nothing else names; "" when neither `all` nor `redirect` says; "%" when that
    depends on the sender. over_limit: the term with the eleventh look-up. tree: every term that costs look-ups, with how many.
    misread: terms that receivers skip though they look like rules. behind: rules behind one that decides for all senders.
    uses_ptr: in the record itself; its owner cannot change others. response_bytes: of a response with only this record.
    almost: texts that were probably meant as a record, where there is none. notes: what else a technician should know.
    repaired: the record as it was most likely meant, "" when that cannot be told.
    """

    subject: str
    name: str
    records: tuple[str, ...]
    uses_mail: bool = True
    mail_hosts: tuple[str, ...] = ()
    lookups: int = 0
    void_lookups: int = 0
    faults: tuple[SpfFault, ...] = ()
    ending: str = ""
    lets_everyone: bool = False
    uses_ptr: bool = False
    over_limit: SpfFault | None = None
    tree: str = ""
    misread: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    response_bytes: int = 0
    almost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    repaired: str = ""


@api.provider("linux", "windows", "macos", seconds=45)
def sender_policies(ask: api.Ask, targets: Targets) -> api.Facts[SenderPolicy]:
    """The sender policy of every configured name that exists."""
    yield from of_each_name(ask, targets, sender_policy_of)


def sender_policy_of(lookups: Lookups, name: str) -> SenderPolicy:
    """Read and follow the records. Raises a Missing when the record, or one that decides, could not be seen."""
    world_zone_of(lookups, name)
    exchange, own = (settled(result) for result in lookups.many((name, "MX"), (name, "TXT")))
    hosts = exchange.hosts("MX")
    texts = own.data("TXT")
    records = tuple(text for text in texts if is_spf(text))
    uses_mail = mail_use.uses_mail(lookups, name)
    if len(records) != 1:
        almost = () if records else tuple(filter(is_almost_spf, texts))
        better = merged(records) if records else "".join(map(meant, almost[:1]))
        return SenderPolicy(readable(name), name, records, uses_mail, hosts, almost=almost, repaired=better)
    walk = Walk(fetch(lookups, name, own), name)
    walk.follow()
    if walk.unseen and not walk.faults and walk.lookups <= LOOKUPS_ALLOWED:
        raise walk.unseen[0]
    record = walk.records[name]
    useless = [fault.term for fault in walk.faults if fault.name == name and fault.reason in (NO_RECORD, LEADS_BACK)]
    return SenderPolicy(
        readable(name),
        name,
        records,
        uses_mail,
        hosts,
        walk.lookups,
        walk.voids.most,
        tuple(dict.fromkeys(walk.faults)),
        ending(name, walk.records),
        lets_everyone(name, walk.records, walk.answers),
        _uses_ptr(record),
        walk.eleventh,
        str(walk.tree),
        tuple(term.text for term in record.misread),
        tuple(term.text for term in record.ignored if term.name not in ("all", "redirect")),
        response_bytes(name, records),
        (),
        tuple(_notes(walk, own)),
        repaired(record, useless),
    )


def _uses_ptr(record: SpfRecord) -> bool:
    return any(term.name == "ptr" for term in record.terms)


def _notes(walk: Walk, own: Reply) -> Iterable[str]:
    """What is valid and still worth a technician's while."""
    record = walk.records[walk.origin]
    if walk.depends_on_sender:
        yield f"depends on the sender: {' '.join(dict.fromkeys(walk.depends_on_sender))}"
    if walk.uses_ptr and not _uses_ptr(record):
        yield "a record that this one leads to uses ptr"
    if walk.voids.worst > walk.voids.most:
        yield f"void look-ups for the unluckiest sender: {walk.voids.worst}"
    if record.ignored:
        yield f"without effect, because all comes before or instead: {' '.join(term.text for term in record.ignored)}"
    size = response_bytes(walk.origin, own.data("TXT"))
    if size > RESPONSE_BYTES >= response_bytes(walk.origin, [record.text]):
        yield f"all TXT records of the name together make a response of {size} bytes; at most {RESPONSE_BYTES} are advised"
