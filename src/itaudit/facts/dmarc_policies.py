"""What other mail servers are told to do with forged email of each configured name: DMARC (RFC 9989, formerly RFC 7489)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from itaudit import api
from itaudit.facts.dmarc_records import DmarcRecord, Policy, means_to_be_dmarc, parse
from itaudit.facts.dmarc_reports import takers_of_reports
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, Outcome, Reply, parent_of, settled
from itaudit.facts.mail_use import require_mail
from itaudit.facts.own_copies import world_zone_of
from itaudit.facts.public_suffixes import organisation_of
from itaudit.facts.targets import Targets, readable

NAMES_AT_MOST = 8
"""RFC 9989 4.10: a tree walk asks for at most eight names."""


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """The record that applies to one name.

    records: all texts that mean to be one, at `found_at` and at the name itself, each as "where: text". found_at: where receivers
    find the one that applies, or where the faulty ones stand; publish_at: where the owner's record belongs.
    policy: what receivers act on, None without a record that counts.
    record: the one that applies. faults: why receivers ignore a record, or part of it.
    strangers: hosts of report addresses that did not agree to take its reports; unseen: those that could not be asked.
    weak_below: the tags (sp, np) that let forgeries of names below pass, though those of the name itself do not.
    of_suffix: the record is that of the ending under which the name was registered, not the owner's.
    misplaced: names that hold a DMARC record where nobody looks.
    """

    subject: str
    name: str
    records: tuple[str, ...] = ()
    found_at: str = ""
    publish_at: str = ""
    policy: Policy | None = None
    record: DmarcRecord | None = None
    faults: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    weak_below: tuple[str, ...] = ()
    of_suffix: bool = False
    misplaced: tuple[str, ...] = ()


@api.provider("linux", "windows", "macos", seconds=45)
def dmarc_policies(ask: api.Ask, targets: Targets) -> api.Facts[DmarcPolicy]:
    """The DMARC policy of every configured name that exists and is used for email."""

    def of_mail(lookups: Lookups, name: str) -> DmarcPolicy:
        world_zone_of(lookups, name)
        require_mail(lookups, name)
        return dmarc_policy_of(lookups, name)

    yield from of_each_name(ask, targets, of_mail)


def walk_of(name: str) -> list[str]:
    """The names to ask, the name itself first; a name of more than eight labels continues with its last seven (RFC 9989 4.10)."""
    labels = name.split(".")
    start = max(1, len(labels) - NAMES_AT_MOST + 1)
    return [name, *(".".join(labels[index:]) for index in range(start, len(labels)))]


def dmarc_policy_of(lookups: Lookups, name: str) -> DmarcPolicy:
    """The record that applies to `name`, which `zone_of` found. Raises a Missing when absence would not be proved."""
    walk = walk_of(name)
    elsewhere = (name, f"_dmarc.{name}.{name}")
    asked = [f"_dmarc.{place}" for place in walk] + list(elsewhere)
    answers = lookups.many(*[(place, "TXT") for place in asked])
    found: dict[str, list[DmarcRecord]] = {}
    for place, answer in zip(walk, answers, strict=False):
        found[place] = [parse(text) for text in settled(answer).data("TXT") if means_to_be_dmarc(text)]
        if place == name and single(found[place]):
            break  # its own record settles it: what parents say, or fail to say, does not matter
    place = deciding_place(name, found)
    if not place:
        misplaced = tuple(where for where, answer in zip(elsewhere, answers[len(walk) :], strict=True) if _holds_dmarc(answer))
        return DmarcPolicy(readable(name), name, publish_at=name, misplaced=misplaced)
    policy = judged(readable(name), name, place, found)
    strangers, unseen = takers_of_reports(lookups, place, policy.record.report_hosts) if policy.record else ((), ())
    return replace(policy, strangers=strangers, unseen=unseen)


def _holds_dmarc(answer: Outcome) -> bool:
    return isinstance(answer, Reply) and any(means_to_be_dmarc(text) for text in answer.data("TXT"))


def single(records: list[DmarcRecord]) -> DmarcRecord | None:
    """The record that receivers see at a name: of several they see none (RFC 9989 4.10)."""
    seen = [record for record in records if record.counts]
    return seen[0] if len(seen) == 1 else None


def psd_of(record: DmarcRecord | None) -> str:
    """ "y" for the record of a public suffix, "n" for one of an organisation, else "u" or ""."""
    return record.tags.get("psd", "").lower() if record else ""


def deciding_place(name: str, found: Mapping[str, list[DmarcRecord]]) -> str:
    """Where the record that applies is: at the name, else at its organisational domain, else at the suffix above it.

    Going up, a record with psd=n ends the search there, one with psd=y is that of a public suffix (the organisation is one
    label below it); otherwise the last record on the way up counts (RFC 9989 4.10.2). Without any record that counts, it is
    the first place with a faulty one, else "".
    """
    if single(found.get(name, [])):
        return name
    organisation = suffix = ""
    for place, records in found.items():
        record = single(records)
        kind = psd_of(record)
        if kind == "y":
            suffix = place
            break
        if record:
            organisation = place
        if kind == "n":
            break
    if suffix and organisation and parent_of(organisation) != suffix:
        return suffix  # a record in between belongs to neither the organisation nor the suffix
    return organisation or suffix or next((place for place, records in found.items() if records), "")


def judged(subject: str, name: str, place: str, found: Mapping[str, list[DmarcRecord]]) -> DmarcPolicy:
    """What receivers make of the records at `place` for `name` (RFC 9989 4.7 and 4.10.1)."""
    texts = tuple(f"_dmarc.{where}: {record.text}" for where in dict.fromkeys((place, name)) for record in found.get(where, ()))
    record = single(found[place])
    of_suffix = bool(record) and place != name and psd_of(record) == "y"
    home = name if found.get(name) or of_suffix else place
    above = f"; the record at _dmarc.{place} is used instead" if record and place != name else ""
    own_faults = tuple(fault + above for fault in _why_unseen(found.get(name, [])))
    if record is None:
        return DmarcPolicy(subject, name, texts, place, home, faults=own_faults or _why_unseen(found[place]))
    # Without p the policy is "none", whatever sp says.
    policy: Policy | None = record.policy(*(("p",) if place == name or "p" not in record.tags else ("sp", "p"))) or Policy.NONE
    if record.faults:
        # With an address for reports, a faulty policy counts as "none"; without, the record is ignored.
        policy = Policy.NONE if record.asks_for_reports else None
    elif record.testing:
        policy = Policy.QUARANTINE if policy is Policy.REJECT else Policy.NONE
    return DmarcPolicy(
        subject,
        name,
        texts,
        place,
        home,
        policy,
        record,
        (*record.faults, *own_faults),
        weak_below=_weak_below(record, place) if place == name and policy not in (None, Policy.NONE) else (),
        of_suffix=of_suffix,
    )


def _why_unseen(records: list[DmarcRecord]) -> tuple[str, ...]:
    """Why receivers see none of these records; nothing when they see one, or there is none."""
    seen = [record for record in records if record.counts]
    if len(seen) > 1:
        return ("there are several records, so receivers use none",)
    return records[0].faults if records and not seen else ()


def _weak_below(record: DmarcRecord, place: str) -> tuple[str, ...]:
    """Names below that exist take sp or p, those that do not take np, sp or p: but only of the organisation's own record."""
    if organisation_of(place) != place and psd_of(record) != "n":
        return ()
    existing, invented = record.policy("sp", "p"), record.policy("np", "sp", "p")
    weak = [(existing, "sp"), (invented, "np" if "np" in record.tags else "sp")]
    return tuple(dict.fromkeys(tag for policy, tag in weak if policy is Policy.NONE))
