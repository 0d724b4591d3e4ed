"""Follows an SPF record and all that it includes, as a receiver would in the worst case (RFC 7208 4.6.4, 5.2, 6.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from itaudit import api
from itaudit.facts.lookups import Outcome, Reply, settled
from itaudit.facts.spf_records import LOOKUP_TERMS, SpfRecord, Term, is_spf, parse

LOOKUPS_ALLOWED = 10
"""RFC 7208 4.6.4: receivers give up beyond."""
MAIL_SERVERS_ALLOWED = 10
"""RFC 7208 4.6.4: of one mx term; each of them costs a further question for its addresses."""
COUNTED_AT_MOST = 50
"""We stop counting here: a record that includes others in a tree could be counted for ever."""

Answers = dict[tuple[str, str], Outcome]
"""What was answered for each (name, type)."""


def wanted(place: tuple[str, str], result: Outcome) -> Iterable[tuple[str, str]]:
    """What the SPF record in an answer refers to."""
    if place[1] != "TXT" or not isinstance(result, Reply):
        return
    for record in _spf(result):
        for term in (*record.mechanisms, *([record.redirect] if record.redirect else [])):
            if not term.has_macro:
                yield from ((term.target or place[0], type_) for type_ in _types(term))


def _types(term: Term) -> tuple[str, ...]:
    types = {"include": ("TXT",), "redirect": ("TXT",), "a": ("A", "AAAA"), "mx": ("MX",), "exists": ("A",)}
    return types.get(term.name, ())


def _spf(reply: Reply) -> list[SpfRecord]:
    return [parse(text) for text in reply.data("TXT") if is_spf(text)]


@dataclass
class Walk:
    """Follows a record as a receiver would in the worst case, over answers that are already there."""

    answers: Answers
    lookups: int = 0
    void_lookups: int = 0
    faults: list[str] = field(default_factory=list)
    unseen: list[api.Missing] = field(default_factory=list)
    uses_ptr: bool = False

    def follow(self, name: str, path: tuple[str, ...]) -> None:
        """Count the look-ups of the record at `name`, reached by the names of `path`."""
        if name in path:
            self.faults.append(f"{name} leads back to itself")
            return
        record = self._record(name, is_first=not path)
        if record is None:
            return
        self.faults.extend(f"{name}: {fault}" for fault in record.faults)
        for term in (*record.mechanisms, *([record.redirect] if record.redirect else [])):
            if self.lookups >= COUNTED_AT_MOST:
                return
            if term.name in LOOKUP_TERMS:
                self._look_up(term, name, path)

    def _look_up(self, term: Term, name: str, path: tuple[str, ...]) -> None:
        self.lookups += 1
        self.uses_ptr = self.uses_ptr or term.name == "ptr"
        if term.has_macro or term.name == "ptr":
            return  # depends on the sender
        if term.name in ("include", "redirect"):
            self.follow(term.target, (*path, name))
            return
        results = [self.answers.get((term.target or name, type_)) for type_ in _types(term)]
        self.unseen.extend(result for result in results if isinstance(result, api.Missing))
        pairs = zip(results, _types(term), strict=True)
        self.void_lookups += all(isinstance(result, Reply) and not result.data(type_) for result, type_ in pairs)
        if any(isinstance(result, Reply) and len(result.data("MX")) > MAIL_SERVERS_ALLOWED for result in results):
            self.faults.append(f"{term.target or name} has more than {MAIL_SERVERS_ALLOWED} mail servers")

    def _record(self, name: str, *, is_first: bool) -> SpfRecord | None:
        """The one record at `name`; None, and the reason kept, when there is not exactly one."""
        result = self.answers.get((name, "TXT"))
        if result is None:
            return None  # beyond NAMES_ASKED_AT_MOST: far more than allowed was counted by then
        try:
            records = _spf(settled(result))
        except api.Missing as error:
            self.unseen.append(error)
            return None
        if len(records) == 1:
            return records[0]
        self.void_lookups += isinstance(result, Reply) and not result.data("TXT") and not is_first
        self.faults.append(f"{name} has {len(records)} records where exactly one belongs")
        return None

    def ending(self, name: str) -> str:
        """What is said of all other senders, through redirects; "" for nothing."""
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            record = self._quietly(name)
            if record is None:
                return ""
            if record.all_qualifier or not record.redirect:
                return record.all_qualifier
            name = record.redirect.target
        return ""

    def lets_everyone(self, name: str) -> bool:
        """Would every sender pass? Call after `follow`: what was too large to count is not tried."""
        return self.lookups < COUNTED_AT_MOST and self._passes_all(name, ())

    def _passes_all(self, name: str, path: tuple[str, ...]) -> bool:
        """Terms are tried in order; an include passes where the included record does."""
        record = None if name in path or len(path) > LOOKUPS_ALLOWED else self._quietly(name)
        if record is None:
            return False
        for term in record.mechanisms:
            if term.everyone or (term.name == "include" and self._passes_all(term.target, (*path, name))):
                return term.qualifier == "+"
        return record.redirect is not None and self._passes_all(record.redirect.target, (*path, name))

    def _quietly(self, name: str) -> SpfRecord | None:
        result = self.answers.get((name, "TXT"))
        records = _spf(result) if isinstance(result, Reply) else []
        return records[0] if len(records) == 1 else None
