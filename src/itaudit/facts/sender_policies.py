"""Which servers may send email for each configured name: its SPF records and everything they include (RFC 7208)."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.lookups import Lookups, Reply, of_each_name, settled, zone_of
from itaudit.facts.spf_records import is_spf
from itaudit.facts.spf_walk import LOOKUPS_ALLOWED, Answers, Walk, wanted
from itaudit.facts.targets import Targets, readable

NAMES_ASKED_AT_MOST = 60


@dataclass(frozen=True, slots=True)
class SenderPolicy:
    """The SPF records of one name, and what following them gives.

    lookups, void_lookups: what it costs a receiver in the worst case. faults: reasons to reject it (permerror).
    ending: "-", "~", "?" or "+" for senders that nothing else names; "" when neither `all` nor `redirect` says.
    """

    subject: str
    name: str
    records: tuple[str, ...]
    uses_mail: bool = True
    mail_hosts: tuple[str, ...] = ()
    lookups: int = 0
    void_lookups: int = 0
    faults: tuple[str, ...] = ()
    ending: str = ""
    lets_everyone: bool = False
    uses_ptr: bool = False


@api.provider("linux", "windows", "macos", seconds=45)
def sender_policies(ask: api.Ask, targets: Targets) -> api.Facts[SenderPolicy]:
    """The sender policy of every configured name that exists."""
    yield from of_each_name(ask, targets, sender_policy_of)


def sender_policy_of(lookups: Lookups, name: str) -> SenderPolicy:
    """Read and follow the records. Raises a Missing when the record, or one that decides, could not be seen."""
    zone_of(lookups, name)
    exchange, own = (settled(result) for result in lookups.many((name, "MX"), (name, "TXT")))
    hosts = exchange.hosts("MX")
    records = tuple(text for text in own.data("TXT") if is_spf(text))
    uses_mail = name not in lookups.targets.without_mail and hosts != (".",)
    if len(records) != 1:
        return SenderPolicy(readable(name), name, records, uses_mail, hosts)
    answers = _fetch(lookups, name, own)
    walk = Walk(answers)
    walk.follow(name, ())
    if walk.unseen and not walk.faults and walk.lookups <= LOOKUPS_ALLOWED:
        raise walk.unseen[0]
    return SenderPolicy(
        readable(name),
        name,
        records,
        uses_mail,
        hosts,
        walk.lookups,
        walk.void_lookups,
        tuple(dict.fromkeys(walk.faults)),
        walk.ending(name),
        walk.lets_everyone(name),
        walk.uses_ptr,
    )


def _fetch(lookups: Lookups, name: str, own: Reply) -> Answers:
    """Ask for everything the record refers to, level by level, each name once."""
    answers: Answers = {(name, "TXT"): own}
    level = [(name, "TXT")]
    while level:
        missing = [pair for place in level for pair in wanted(place, answers[place]) if pair not in answers]
        level = list(dict.fromkeys(missing))[: max(0, NAMES_ASKED_AT_MOST - len(answers))]
        answers.update(zip(level, lookups.many(*level), strict=True))
    return answers
