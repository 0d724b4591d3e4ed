"""Which companies may issue certificates for each configured name: the CAA records that count (RFC 8659, RFC 9495)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, Outcome, Reply, parent_of, settled
from itaudit.facts.own_copies import world_zone_of
from itaudit.facts.targets import Targets, readable

KNOWN_TAGS = ("issue", "issuewild", "issuemail", "issuevmc", "iodef", "contactemail", "contactphone")
"""IANA registry of CAA properties."""
CRITICAL = 128
RECORDS_AT_MOST = 50
LEVELS_AT_MOST = 10
_RECORD = re.compile(r'(\d{1,3}) ([A-Za-z0-9]{1,255}) "(.*)"', re.DOTALL)
_LABEL = r"[A-Za-z0-9](?:-*[A-Za-z0-9])*"
_PARAMETER = rf"{_LABEL}[ \t]*=[ \t]*[\x21-\x3A\x3C-\x7E]*"
_ISSUE = re.compile(
    rf"[ \t]*(?P<issuer>{_LABEL}(?:\.{_LABEL})*)?[ \t]*(?:;[ \t]*(?:{_PARAMETER}(?:[ \t]*;[ \t]*{_PARAMETER})*)?[ \t]*)?"
)
"""RFC 8659 4.2, with a last semicolon refused as it says."""


@dataclass(frozen=True, slots=True)
class Property:
    """One CAA record. `flaw`: what is wrong with it, "" for nothing; `blocks`: so that no certificate can be had."""

    text: str
    tag: str = ""
    value: str = ""
    flaw: str = ""
    blocks: bool = False

    @property
    def issuer(self) -> str:
        """The company of an issue property; "" when it allows none."""
        match = _ISSUE.fullmatch(self.value) if self.tag.startswith("issue") else None
        return (match["issuer"] or "").lower() if match else ""


@dataclass(frozen=True, slots=True)
class CertificateAuthorities:
    """The CAA records that count for one name, and at which name they stand ("" when there are none)."""

    subject: str
    name: str
    found_at: str = ""
    properties: tuple[Property, ...] = ()

    @property
    def restricts(self) -> bool:
        """Without an issue property everybody may issue ordinary certificates (RFC 8659 4.2)."""
        return any(one.tag == "issue" for one in self.properties)


@api.provider("linux", "windows", "macos", seconds=45)
def certificate_authorities(ask: api.Ask, targets: Targets) -> api.Facts[CertificateAuthorities]:
    """The CAA records of every configured name that exists."""
    yield from of_each_name(ask, targets, certificate_authorities_of)


def certificate_authorities_of(lookups: Lookups, name: str) -> CertificateAuthorities:
    """Climb from the name towards the root, as those who issue must (RFC 8659 3).

    Raises a Missing when absence would not be proved, NotApplicable for a name that is used for nothing.
    """
    world_zone_of(lookups, name)
    levels = list(takewhile(lambda level: level != ".", _upwards(name)))[:LEVELS_AT_MOST]
    asked = lookups.many(*[(level, "CAA") for level in levels])
    for level, result in zip(levels, asked, strict=True):
        # Names above the first that has records do not matter, nor whether they could be seen.
        if records := [record.data for record in settled(result).answer if record.type == "CAA"]:
            return CertificateAuthorities(readable(name), name, level, tuple(map(property_of, sorted(records)[:RECORDS_AT_MOST])))
    if _unused(lookups, name):
        raise api.NotApplicable(f"{readable(name)} has neither an address nor email, so nobody needs a certificate for it")
    return CertificateAuthorities(readable(name), name)


def _upwards(name: str) -> Sequence[str]:
    labels = name.split(".")
    return [".".join(labels[index:]) for index in range(len(labels))] + [parent_of(labels[-1])]


def _unused(lookups: Lookups, name: str) -> bool:
    """Proved: neither it nor its www has an address, and it takes no email."""
    *addresses, exchange = lookups.many((name, "A"), (name, "AAAA"), (f"www.{name}", "A"), (f"www.{name}", "AAAA"), (name, "MX"))
    return all(_empty(result) for result in addresses) and isinstance(exchange, Reply) and set(exchange.hosts("MX")) <= {"."}


def _empty(result: Outcome) -> bool:
    return isinstance(result, Reply) and result.rcode in ("NOERROR", "NXDOMAIN") and not result.answer


def property_of(text: str) -> Property:
    """One record from its presentation format; never raises."""
    match = _RECORD.fullmatch(text)
    if not match:
        return Property(text, flaw="it is not written as flags, tag and value", blocks=True)
    flags, tag, value = int(match[1]), match[2].lower(), match[3]
    if tag not in KNOWN_TAGS:
        critical = bool(flags & CRITICAL)
        flaw = f"nobody knows the tag {tag}" + (", and the flag 128 forbids to issue then" if critical else "")
        return Property(text, tag, value, flaw, blocks=critical)
    if tag.startswith("issue") and not _ISSUE.fullmatch(value):
        return Property(text, tag, value, "it names no company in the form of RFC 8659 4.2, so it forbids all", blocks=True)
    if tag == "iodef" and not re.match(r"(?:mailto:.+@.+|https?://.+)", value):
        return Property(text, tag, value, "its address is neither mailto: nor http: (RFC 8659 4.4)")
    return Property(text, tag, value)
