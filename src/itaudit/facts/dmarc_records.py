"""One DMARC record and its mistakes (RFC 9989 4.7, 4.8, 4.10.1).

Parsed here and not by checkdmarc, which says in English sentences what we need as values, and rejects what receivers accept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice

from itaudit.facts.tag_lists import TagList, shown, tags_of

_MEANT = re.compile(r"[\s\"']*v\s*=\s*[\"']?dmarc", re.IGNORECASE)
_EXACT_VERSION = re.compile(r"[ \t]*[vV][ \t]*=[ \t]*DMARC1[ \t]*(;.*)?", re.DOTALL)
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_MAIL = re.compile(rf"mailto:[\"-+\--?A-~]+@({_LABEL}(\.{_LABEL})+)\.?(\?[^\s,!]*)?", re.IGNORECASE)
_OTHER_ADDRESS = re.compile(r"(?!mailto:)[a-z][a-z0-9+.-]*:[\"-+\--~]+", re.IGNORECASE)
_OBSOLETE_SIZE = re.compile(r"![0-9]+[kmgt]?$", re.IGNORECASE)
NAMED_AT_MOST = 10
"""Mistakes of one kind that are named."""
POLICY_TAGS = ("p", "sp", "np")
_VALUES = {"t": ("y", "n"), "psd": ("y", "n", "u"), "adkim": ("r", "s"), "aspf": ("r", "s")}
_KNOWN = {"v", *POLICY_TAGS, *_VALUES, "fo", "rua", "ruf", "pct", "rf", "ri"}
"""Tags of RFC 9989, and pct, rf and ri of its predecessor RFC 7489."""


class Policy(StrEnum):
    """What the record asks for."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """tags: the first of each, names in lower case. faults: why receivers ignore the policy.

    slips: parts that receivers ignore, so that less happens than was meant. remarks: parts that harm nobody.
    """

    text: str
    tags: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Do receivers see it as a DMARC record at all?"""
        return bool(_EXACT_VERSION.fullmatch(self.text))

    @property
    def testing(self) -> bool:
        return self.tags.get("t", "").lower() == "y"

    @property
    def report_addresses(self) -> tuple[str, ...]:
        """Where daily reports go by email (rua), without obsolete sizes."""
        return tuple(address for address in _addresses(self.tags.get("rua", "")) if _MAIL.fullmatch(address))

    @property
    def report_hosts(self) -> tuple[str, ...]:
        found = [_MAIL.fullmatch(address) for address in self.report_addresses]
        return tuple(dict.fromkeys(match[1].lower() for match in found if match))

    @property
    def asks_for_reports(self) -> bool:
        """Is there one valid address at all? Then a faulty policy counts as "none" (RFC 9989 4.10.1)."""
        return any(_is_address(address) for address in _addresses(self.tags.get("rua", "")))

    @property
    def share_percent(self) -> int:
        """Receivers by the old RFC 7489 apply the policy to this share of forgeries; those by RFC 9989 to all."""
        written = self.tags.get("pct", "")
        return min(int(written), 100) if written.isascii() and written.isdigit() and len(written) <= 3 else 100

    def policy(self, *tags: str) -> Policy | None:
        """That of the first of these tags that is there; None for none, or one that is no policy."""
        value = next((self.tags[tag].lower() for tag in tags if tag in self.tags), "")
        return Policy(value) if value in list(Policy) else None


def means_to_be_dmarc(text: str) -> bool:
    """Did somebody try to write a DMARC record, well or badly?"""
    return bool(_MEANT.match(text))


def parse(text: str) -> DmarcRecord:
    """Read one record. Never raises: what is wrong is in `faults` and `slips`."""
    found = tags_of(text, any_case=True)
    faults = [] if _EXACT_VERSION.fullmatch(text) else ["it must begin with v=DMARC1; so that receivers know it"]
    given = {tag: found.tags[tag] for tag in POLICY_TAGS if tag in found.tags}
    faults += [f"{tag}={shown(value)} is no policy" for tag, value in given.items() if value.lower() not in list(Policy)]
    record = DmarcRecord(text, found.tags)
    if "p" not in given and not record.asks_for_reports:
        faults.append("the policy (p=) is missing, and nobody is to get reports")
    faults += [f"{shown(tag)}= stands there twice" for tag in found.twice]
    slips, remarks = islice(_slips(record, found), NAMED_AT_MOST), islice(_remarks(found), NAMED_AT_MOST)
    return replace(record, faults=tuple(faults[:NAMED_AT_MOST]), slips=tuple(slips), remarks=tuple(remarks))


def _slips(record: DmarcRecord, found: TagList) -> Iterator[str]:
    if record.text[:1] in " \t":
        yield "it begins with a space, which some receivers refuse"
    if "p" not in found.tags:
        yield "the policy (p=) is missing, so it counts as none"
    for tag, values in _VALUES.items():
        if tag in found.tags and found.tags[tag].lower() not in values:
            yield f"{tag}={shown(found.tags[tag])} is none of {', '.join(values)}"
    yield from _wrong_addresses(found, "rua")


def _remarks(found: TagList) -> Iterator[str]:
    yield from (f"{shown(part)!r} is no tag" for part in found.strange)
    yield from (f"{shown(tag)}= is no known tag" for tag in found.tags if tag not in _KNOWN)
    yield from _wrong_addresses(found, "ruf")


def _wrong_addresses(found: TagList, tag: str) -> Iterator[str]:
    for address in _addresses(found.tags[tag]) if tag in found.tags else ():
        if not _is_address(address):
            yield f"{tag}: {shown(address)!r} is no address such as mailto:name@example.com"


def _addresses(value: str) -> list[str]:
    return [_OBSOLETE_SIZE.sub("", address.strip(" \t")) for address in value.split(",")]


def _is_address(address: str) -> bool:
    return bool(_MAIL.fullmatch(address) or _OTHER_ADDRESS.fullmatch(address))
