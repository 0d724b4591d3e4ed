"""What following an SPF record takes: the names that it refers to for every sender alike, asked level by level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from itaudit.facts.lookups import Lookups, Outcome, Reply, settled
from itaudit.facts.spf_macros import expanded, is_askable, letters, name_of
from itaudit.facts.spf_records import SpfRecord, is_spf, parse
from itaudit.facts.spf_sender import Lookup
from itaudit.facts.spf_terms import Term

NAMES_ASKED_AT_MOST = 60
"""Questions for one record: 10 look-ups take fewer, and a record that takes more is rejected anyway."""
TEXT_AT_MOST = 300_000
"""Characters of records read for one name. Larger trees exist only to keep somebody busy."""

Answers = dict[tuple[str, str], Outcome]
"""What was answered for each (name, type)."""
_TYPES = {"include": ("TXT",), "redirect": ("TXT",), "a": ("A", "AAAA"), "mx": ("MX",), "exists": ("A",)}
_SAME_FOR_ALL = frozenset("do")


def types_of(term: Term) -> tuple[str, ...]:
    """The record types that a term asks for, whoever sends."""
    return _TYPES.get(term.name, ())


def target_of(record: SpfRecord, term: Term, origin: str) -> str | None:
    """The name that a term refers to, where `origin` is the domain of the sender; None when more decides it."""
    if not term.target:
        return record.name
    if not letters(term.target) <= _SAME_FOR_ALL:
        return None
    return name_of(expanded(term.target, {"d": record.name, "o": origin}.__getitem__))


def records_in(name: str, result: Outcome | None) -> list[SpfRecord]:
    """The SPF records in an answer; none in a failure."""
    return [parse(text, name) for text in result.data("TXT") if is_spf(text)] if isinstance(result, Reply) else []


def wanted(place: tuple[str, str], result: Outcome, origin: str) -> Iterable[tuple[str, str]]:
    """What the SPF record in an answer refers to, as far as that is the same for all senders."""
    for record in records_in(place[0], result) if place[1] == "TXT" else []:
        for term in record.terms:
            target = target_of(record, term, origin)
            if target is not None and is_askable(target):
                yield from ((target, type_) for type_ in types_of(term))


def fetch(lookups: Lookups, name: str, own: Reply) -> Answers:
    """Ask for everything that the record of `name` refers to, level by level, each name once."""
    answers: Answers = {(name, "TXT"): own}
    level, size = [(name, "TXT")], 0
    while level:
        size += sum(_size(answers[place]) for place in level)
        asked = [pair for place in level for pair in wanted(place, answers[place], name)] if size <= TEXT_AT_MOST else []
        level = list(dict.fromkeys(pair for pair in asked if pair not in answers))[: max(0, NAMES_ASKED_AT_MOST - len(answers))]
        answers.update(ask(lookups, level))
    return answers


def ask(lookups: Lookups, pairs: Sequence[tuple[str, str]]) -> Answers:
    """The outcome of each (name, type). In presentation format (RFC 1035 5.1) a backslash begins an escape."""
    asked = [(name.replace("\\", "\\\\"), type_) for name, type_ in pairs]
    return dict(zip(pairs, lookups.many(*asked), strict=True))


def _size(result: Outcome) -> int:
    return sum(map(len, result.data("TXT"))) if isinstance(result, Reply) else 0


def lookup_with(lookups: Lookups, answers: Answers) -> Lookup:
    """For check_host: answers that are there already, else the resolver's. Raises the Missing of an answer that says nothing."""

    def look_up(name: str, type_: str) -> tuple[str, ...]:
        if (name, type_) not in answers:
            answers.update(ask(lookups, [(name, type_)]))
        return settled(answers[name, type_]).data(type_)

    return look_up
