"""Configured names that are not used for email, and whether they say so: RFC 7208 10.1.2, RFC 9989, M3AAWG "parked domains"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.dmarc_policies import DmarcPolicy, dmarc_policy_of
from itaudit.facts.lookups import Lookups, of_each_name, settled, zone_of
from itaudit.facts.mail_use import sender_records, uses_mail
from itaudit.facts.targets import Targets, readable

REDIRECTS_AT_MOST = 5
_REDIRECT = re.compile(r"redirect=([a-z0-9_.-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnusedName:
    """A name without email. senders: its SPF records; refuses_senders: there is one, and it allows nobody.

    lets_everyone: one of them allows the whole world. dmarc: what receivers are told to do with email in its name.
    """

    subject: str
    name: str
    senders: tuple[str, ...]
    refuses_senders: bool
    dmarc: DmarcPolicy
    lets_everyone: bool = False


@api.provider("linux", "windows", "macos", seconds=45)
def unused_names(ask: api.Ask, targets: Targets) -> api.Facts[UnusedName]:
    """Every configured name that exists and is not used for email; the others do not apply."""
    yield from of_each_name(ask, targets, unused_name_of)


def unused_name_of(lookups: Lookups, name: str) -> UnusedName:
    """Raises NotApplicable for a name with email, and the Missing of what could not be seen."""
    zone_of(lookups, name)
    if uses_mail(lookups, name):
        raise api.NotApplicable("it is used for email")
    senders = sender_records(settled(lookups.many((name, "TXT"))[0]))
    everyone = any({"all", "+all"} & set(record.lower().split(" ")) for record in senders)
    return UnusedName(readable(name), name, senders, _refuses(lookups, senders), dmarc_policy_of(lookups, name), everyone)


def _refuses(lookups: Lookups, records: tuple[str, ...]) -> bool:
    """Is there one record, and does it allow nobody, itself or where it sends on to (redirect=, RFC 7208 6.1)?"""
    for _ in range(REDIRECTS_AT_MOST):
        if len(records) != 1:
            return False
        terms = [term for term in records[0].lower().split(" ")[1:] if term and not term.startswith("exp=")]
        target = _REDIRECT.fullmatch(terms[0]) if len(terms) == 1 else None
        if not target:
            return terms == ["-all"]
        records = sender_records(settled(lookups.many((target[1].rstrip("."), "TXT"))[0]))
    return False
