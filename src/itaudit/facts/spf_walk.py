"""Follows an SPF record and all that it leads to, as receivers do in the worst case, whoever sends (RFC 7208 4.6.4, 5.2, 6.1).

What it finds free of faults and within the limits, no sender's evaluation rejects. Terms that depend on the sender are named and
count as look-ups; what they lead to nobody can say beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from itaudit import api
from itaudit.facts.lookups import Outcome, Reply, settled
from itaudit.facts.spf_answers import Answers, records_in, target_of, types_of
from itaudit.facts.spf_limits import (
    LEADS_BACK,
    LOOKUPS_ALLOWED,
    MAIL_SERVERS_ALLOWED,
    NO_RECORD,
    VOID_LOOKUPS_ALLOWED,
    fault_at,
    several,
    too_many_servers,
)
from itaudit.facts.spf_macros import is_askable
from itaudit.facts.spf_records import SpfRecord
from itaudit.facts.spf_terms import LOOKUP_TERMS, SpfFault, Term

COUNTED_AT_MOST = 50
"""We stop counting here: a record that includes others in a tree could be counted for ever."""
FAMILIES = (4, 6)
TERM_SHOWN = 80


@dataclass
class Branch:
    """A term that costs look-ups, and those below it. The trunk is the name itself, and costs nothing."""

    term: str
    below: list[Branch] = field(default_factory=list)
    is_trunk: bool = False

    @property
    def lookups(self) -> int:
        return (not self.is_trunk) + sum(branch.lookups for branch in self.below)

    def __str__(self) -> str:
        return f"{self.term} {self.lookups}" + (f" ({', '.join(map(str, self.below))})" if self.below else "")


@dataclass
class Voids:
    """Terms whose look-up finds nothing (RFC 7208 4.6.4). An IPv4 and an IPv6 sender meet different ones.

    dead: terms that find nothing for either. harmful: the most that a sender meets who would pass further on.
    """

    dead: int = 0
    harmful: int = 0
    of: dict[int, int] = field(default_factory=lambda: dict.fromkeys(FAMILIES, 0))
    perhaps: int = 0

    def add(self, *families: int) -> None:
        self.dead += len(families) == len(FAMILIES)
        for family in families:
            self.of[family] += 1

    def allows(self, *families: int) -> None:
        """A term lets senders of these families pass: what they met before does harm."""
        self.harmful = max([self.harmful, *(self.of[family] for family in families)])

    @property
    def most(self) -> int:
        """What the owner should count."""
        return max(self.dead, self.harmful)

    @property
    def worst(self) -> int:
        """What the unluckiest stranger meets, who would not pass anyway."""
        return max(self.of.values()) + self.perhaps


@dataclass
class Walk:
    """Follows the record of `origin` over answers that are already there. eleventh: the term with one look-up too many.

    depends_on_sender: terms that lead elsewhere for each sender. leads_anywhere: some of these could find a fault there.
    """

    answers: Answers
    origin: str
    lookups: int = 0
    voids: Voids = field(default_factory=Voids)
    faults: list[SpfFault] = field(default_factory=list)
    unseen: list[api.Missing] = field(default_factory=list)
    eleventh: SpfFault | None = None
    uses_ptr: bool = False
    depends_on_sender: list[str] = field(default_factory=list)
    leads_anywhere: bool = False
    records: dict[str, SpfRecord] = field(default_factory=dict)
    tree: Branch = field(default_factory=lambda: Branch("", is_trunk=True))

    @property
    def never_rejected(self) -> bool:
        """Is it certain that no sender's evaluation ends in permerror?"""
        within = self.lookups <= LOOKUPS_ALLOWED and self.voids.worst <= VOID_LOOKUPS_ALLOWED
        return within and not self.faults and not self.unseen and not self.leads_anywhere

    def follow(self) -> None:
        """Go through everything once, and count. Nothing when the name has no single record."""
        self.tree.term = self.origin
        found = records_in(self.origin, self.answers.get((self.origin, "TXT")))
        if len(found) == 1:
            self._through(found[0], (), self.tree)

    def _through(self, record: SpfRecord, path: tuple[str, ...], branch: Branch) -> None:
        if record.name not in self.records:
            self.faults.extend(record.faults)
        self.records[record.name] = record
        for term in record.terms:
            if self.lookups >= COUNTED_AT_MOST:
                return
            if term.name in LOOKUP_TERMS:
                self.lookups += 1
                branch.below.append(Branch(term.text[:TERM_SHOWN]))
                self._look_up(record, term, (*path, record.name), branch.below[-1])
            elif term.network is not None and term.qualifier == "+":
                self.voids.allows(term.network.version)

    def _look_up(self, record: SpfRecord, term: Term, path: tuple[str, ...], branch: Branch) -> None:
        if self.lookups == LOOKUPS_ALLOWED + 1:
            self.eleventh = fault_at(record, term, f"this is look-up {self.lookups}, and {LOOKUPS_ALLOWED} are allowed")
        target = target_of(record, term, self.origin)
        if term.name == "ptr" or target is None:
            self.uses_ptr = self.uses_ptr or term.name == "ptr"
            self.voids.perhaps += term.name not in ("include", "redirect")
            if target is None:
                self.depends_on_sender.append(term.text)
                self.leads_anywhere = self.leads_anywhere or term.name in ("include", "redirect", "mx")
        elif not is_askable(target):
            if term.name in ("include", "redirect"):
                self.faults.append(fault_at(record, term, NO_RECORD))
        elif term.name in ("include", "redirect"):
            self._into(record, term, target, path, branch)
        else:
            self._count_found(record, term, {type_: self.answers.get((target, type_)) for type_ in types_of(term)})

    def _into(self, record: SpfRecord, term: Term, target: str, path: tuple[str, ...], branch: Branch) -> None:
        """Follow include and redirect to the one record there."""
        if target in path:
            self.faults.append(fault_at(record, term, LEADS_BACK))
            return
        result = self.answers.get((target, "TXT"))
        if self._is_unseen(result):
            return
        found = records_in(target, result)
        if len(found) == 1:
            self._through(found[0], path, branch)
        elif found:
            self.faults.append(SpfFault(target, 0, "", several(len(found))))
        else:
            if isinstance(result, Reply) and not result.data("TXT"):
                self.voids.add(*FAMILIES)
            self.faults.append(fault_at(record, term, NO_RECORD))

    def _count_found(self, record: SpfRecord, term: Term, results: Mapping[str, Outcome | None]) -> None:
        """What a, mx and exists find for every sender alike."""
        unseen = [self._is_unseen(result) for result in results.values()]
        if any(unseen):
            return
        found = {type_: result.data(type_) for type_, result in results.items() if isinstance(result, Reply)}
        if len(found.get("MX", ())) > MAIL_SERVERS_ALLOWED:
            self.faults.append(fault_at(record, term, too_many_servers(len(found["MX"]))))
        if term.name == "a":
            empty = [family for family, type_ in zip(FAMILIES, ("A", "AAAA"), strict=True) if not found[type_]]
        else:
            empty = [] if any(found.values()) else list(FAMILIES)
        self.voids.add(*empty)
        if term.qualifier == "+":
            # Whether mail servers have IPv6 addresses was not asked: most have none.
            self.voids.allows(*(family for family in FAMILIES[: 1 if term.name == "mx" else 2] if family not in empty))

    def _is_unseen(self, result: Outcome | None) -> bool:
        """True, and the reason is kept, when an answer says nothing or was not asked for."""
        try:
            settled(result or api.Unreadable("there is more to look at than any honest record needs"))
        except api.Missing as error:
            self.unseen.append(error)
            return True
        return False
