"""Whether those who are to get the reports about forged email have agreed to take them (RFC 9990 4)."""

from __future__ import annotations

from collections.abc import Iterable

from itaudit import api
from itaudit.facts.dmarc_records import parse
from itaudit.facts.lookups import Lookups, settled
from itaudit.facts.public_suffixes import organisation_of

HOSTS_AT_MOST = 5
"""Hosts outside the organisation that are asked."""


def takers_of_reports(lookups: Lookups, place: str, hosts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of `hosts`, those outside the organisation of `place` that did not agree, and those that could not be asked."""
    outside = [host for host in hosts if not _same_organisation(host, place)][:HOSTS_AT_MOST]
    strangers, unseen = [], []
    asked = lookups.many(*[(f"{place}._report._dmarc.{host}", "TXT") for host in outside])
    for host, answer in zip(outside, asked, strict=True):
        try:
            agreed = any(parse(text).counts for text in settled(answer).data("TXT"))
        except api.Missing:
            unseen.append(host)
            continue
        strangers += [] if agreed else [host]
    return tuple(strangers), tuple(unseen)


def _same_organisation(one: str, other: str) -> bool:
    """The Public Suffix List stands for the tree walk, which would ask for up to eight more names of each host."""
    return (organisation_of(one) or one) == (organisation_of(other) or other)
