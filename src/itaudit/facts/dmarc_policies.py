"""What other mail servers are told to do with forged email of each configured name: DMARC (RFC 9989, formerly RFC 7489)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from itaudit import api
from itaudit.facts.lookups import Lookups, of_each_name, parent_of, settled, zone_of
from itaudit.facts.targets import Targets, readable

NAMES_AT_MOST = 8
"""RFC 9989 4.10: a tree walk asks for at most eight names."""
_VERSION = re.compile(r"\s*v\s*=\s*dmarc1\b", re.IGNORECASE)
_EXACT_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(;.*)?", re.DOTALL)
_REPORT_ADDRESS = re.compile(r"mailto:[^@\s,!]+@([^@\s,!]+)(![0-9]+[kmgt]?)?", re.IGNORECASE)


class Policy(StrEnum):
    """What the record asks for."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """The record that applies to one name.

    records: all texts at `found_at` that mean to be one. policy: what receivers act on, None without a record that counts.
    faults: why receivers ignore it, or part of it. strangers: hosts of report addresses that did not agree to take its reports.
    """

    subject: str
    name: str
    records: tuple[str, ...] = ()
    found_at: str = ""
    policy: Policy | None = None
    faults: tuple[str, ...] = ()
    testing: bool = False
    reports_to: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    uses_mail: bool = True


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """One record: its tags, the first of each (names in lower case), and its faults."""

    text: str
    tags: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Do receivers see it as a DMARC record at all?"""
        return bool(_EXACT_VERSION.fullmatch(self.text))

    @property
    def report_hosts(self) -> tuple[str, ...]:
        found = [_REPORT_ADDRESS.fullmatch(address.strip()) for address in self.tags.get("rua", "").split(",")]
        return tuple(dict.fromkeys(match[1].lower().rstrip(".") for match in found if match))


@api.provider("linux", "windows", "macos", seconds=45)
def dmarc_policies(ask: api.Ask, targets: Targets) -> api.Facts[DmarcPolicy]:
    """The DMARC policy of every configured name that exists."""
    yield from of_each_name(ask, targets, dmarc_policy_of)


def parse(text: str) -> DmarcRecord:
    """Read one record (RFC 9989 4.7, 4.8). Never raises: what is wrong is in `faults`."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    faults = [] if _EXACT_VERSION.fullmatch(text) else ["it must begin with v=DMARC1; so that receivers know it"]
    given = {tag: tags[tag] for tag in ("p", "sp", "np") if tag in tags}
    faults += [f"{tag}={value[:40]} is no policy" for tag, value in given.items() if value.lower() not in list(Policy)]
    if "p" not in tags:
        faults.append("the policy (p=) is missing")
    return DmarcRecord(text, tags, tuple(faults))


def walk_of(name: str) -> list[str]:
    """The names to ask, the name itself first; a name of more than eight labels continues with its last seven (RFC 9989 4.10)."""
    labels = name.split(".")
    start = max(1, len(labels) - NAMES_AT_MOST + 1)
    return [name, *(".".join(labels[index:]) for index in range(start, len(labels)))]


def dmarc_policy_of(lookups: Lookups, name: str) -> DmarcPolicy:
    """The record that applies to `name`. Raises a Missing when absence would not be proved."""
    zone_of(lookups, name)
    walk = walk_of(name)
    exchange, *answers = lookups.many((name, "MX"), *[(f"_dmarc.{place}", "TXT") for place in walk])
    uses_mail = name not in lookups.targets.without_mail and settled(exchange).hosts("MX") != (".",)
    found: dict[str, list[DmarcRecord]] = {}
    for place, answer in zip(walk, answers, strict=True):
        found[place] = [parse(text) for text in settled(answer).data("TXT") if _VERSION.match(text)]
        if found[place] and place == name:
            break  # its own record settles it: what parents say, or fail to say, does not matter
    place = deciding_place(name, found)
    if not place:
        return DmarcPolicy(readable(name), name, uses_mail=uses_mail)
    records = found[place]
    strangers = _strangers(lookups, place, records[0]) if len(records) == 1 else ()
    return judged(readable(name), name, place, records, strangers, uses_mail=uses_mail)


def deciding_place(name: str, found: Mapping[str, list[DmarcRecord]]) -> str:
    """Where the record that applies is: at the name, else at its organisational domain, else at the suffix above it, else "".

    Going up, a record with psd=n ends the search there, one with psd=y is that of a public suffix (the organisation is one
    label below it); otherwise the last record on the way up counts (RFC 9989 4.10.2).
    """
    if found.get(name):
        return name
    organisation = suffix = ""
    for place, records in found.items():
        kinds = {record.tags.get("psd", "").lower() for record in records if record.counts}
        if "y" in kinds:
            suffix = place
            break
        if any(record.counts for record in records):
            organisation = place
        if "n" in kinds:
            break
    if suffix and organisation and parent_of(organisation) != suffix:
        return suffix  # a record in between belongs to neither the organisation nor the suffix
    return organisation or suffix


def judged(
    subject: str, name: str, place: str, records: list[DmarcRecord], strangers: tuple[str, ...] = (), *, uses_mail: bool = True
) -> DmarcPolicy:
    """What receivers make of the records at `place` (RFC 9989 4.7 and 5.3)."""
    texts = tuple(record.text for record in records)
    records = [record for record in records if record.counts] or records
    if len(records) > 1:
        several = ("there are several records, so receivers use none",)
        return DmarcPolicy(subject, name, texts, place, None, several, uses_mail=uses_mail)
    record = records[0]
    tag = "sp" if place != name and "sp" in record.tags else "p"
    policy: Policy | None
    if not record.counts or (record.faults and not record.report_hosts):
        policy = None
    else:
        # With an address for reports, a faulty policy counts as "none"; without, the record is ignored.
        policy = Policy.NONE if record.faults else Policy(record.tags[tag].lower())
    testing = record.tags.get("t", "").lower() == "y"
    if testing and policy:
        policy = Policy.QUARANTINE if policy is Policy.REJECT else Policy.NONE
    return DmarcPolicy(subject, name, texts, place, policy, record.faults, testing, record.report_hosts, strangers, uses_mail)


def _strangers(lookups: Lookups, place: str, record: DmarcRecord) -> tuple[str, ...]:
    """Hosts of report addresses outside the organisation that do not say they take its reports (RFC 9990 4).

    The last two labels stand for the organisation: too generous under suffixes such as co.uk, never too strict.
    """
    organisation = ".".join(place.split(".")[-2:])
    outside = [host for host in record.report_hosts if host != organisation and not host.endswith("." + organisation)][:5]
    answers = lookups.many(*[(f"{place}._report._dmarc.{host}", "TXT") for host in outside])
    agreed = [any(_VERSION.match(text) for text in settled(answer).data("TXT")) for answer in answers]
    return tuple(host for host, agrees in zip(outside, agreed, strict=True) if not agrees)
