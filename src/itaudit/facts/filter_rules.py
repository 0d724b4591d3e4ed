"""What a set of packet filter rules does with a new connection from outside. nft_rules and iptables_rules make the rules.

We follow one stranger: a new connection to one port, from an address that no rule names, to an address of this machine. Where
a rule asks for what we do not understand, both ways are followed; when they end differently, the answer is "unknown".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import pairwise

from itaudit import api
from itaudit.facts.filter_conditions import About, Condition, Probe

_DEPTH_MOST = 32
_STEPS_MOST = 400_000
"""Rules followed for one machine; real sets need some ten thousand."""


class Passage(Enum):
    """Who gets through to a port. SOME: only those whom a rule names (by address, for example)."""

    NOBODY = 0
    SOME = 1
    UNKNOWN = 2
    EVERYBODY = 3


class Fate(Enum):
    """What a rule does with a packet that it matches. NOTHING: it decides nothing (it counts, logs or marks)."""

    ACCEPT = "accept"
    DROP = "drop"
    RETURN = "return"
    JUMP = "jump"
    GOTO = "goto"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions must hold. target: the chain of a JUMP or GOTO."""

    conditions: tuple[Condition, ...]
    fate: Fate
    target: str = ""

    @property
    def matters(self) -> bool:
        """Not one that refuses only certain senders (a list of blocked addresses may have thousands), nor one without effect."""
        special = any(each.about is About.SPECIAL and not each.negated for each in self.conditions)
        return self.fate is not Fate.NOTHING and not (special and self.fate is Fate.DROP)

    def holds(self, probe: Probe) -> bool | None:
        """None: cannot be told."""
        answers = {condition.holds(probe) for condition in self.conditions}
        return False if False in answers else None if None in answers else True


@dataclass(frozen=True, slots=True)
class Entry:
    """A chain that the kernel calls for what comes in. chains: of its table, by name. interfaces: where; none for everywhere."""

    chain: str
    families: frozenset[int]
    accepts: bool
    """Its policy, for what no rule decides."""
    chains: Mapping[str, tuple[Rule, ...]]
    interfaces: frozenset[str] = frozenset()

    def sees(self, probe: Probe) -> bool:
        return probe.family in self.families and (not self.interfaces or probe.interface in self.interfaces)


@dataclass(frozen=True, slots=True)
class _Walk:
    probe: Probe
    chains: Mapping[str, tuple[Rule, ...]]
    steps: list[int]

    def fates(self, name: str, depth: int = 0) -> set[Fate]:
        """How the chain may end: ACCEPT, DROP, RETURN (nothing decided), UNKNOWN. Raises Unreadable for endless rules."""
        if depth > _DEPTH_MOST or name not in self.chains:
            raise api.Unreadable(f"filter rules: the chain {name[:60]!r} is missing or calls itself")
        found: set[Fate] = set()
        for rule in self.chains[name]:
            self.steps[0] += 1
            if self.steps[0] > _STEPS_MOST:
                raise api.Unreadable("filter rules: too many to be followed")
            holds = rule.holds(self.probe)
            if holds is False:
                continue
            ends, goes_on = self._ends(rule, depth)
            found |= ends
            if holds and not goes_on:
                return found
        return found | {Fate.RETURN}

    def _ends(self, rule: Rule, depth: int) -> tuple[set[Fate], bool]:
        """How the rule may end this chain, and whether the next rule may be reached."""
        if rule.fate not in (Fate.JUMP, Fate.GOTO):
            return {rule.fate}, False
        inner = self.fates(rule.target, depth + 1)
        if rule.fate is Fate.GOTO:
            return inner, False
        return inner - {Fate.RETURN}, Fate.RETURN in inner


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All that decides about incoming packets: each entry must accept, and one that drops is enough."""

    entries: tuple[Entry, ...] = ()
    steps: list[int] = field(default_factory=lambda: [0])

    def passage(self, probe: Probe) -> Passage:
        """Who gets through to the probe's port. Raises Unreadable for rules that have no end."""
        stranger = self._through(probe)
        if stranger is not Fate.DROP:
            return Passage.EVERYBODY if stranger is Fate.ACCEPT else Passage.UNKNOWN
        return Passage.NOBODY if self._through(replace(probe, named=True)) is Fate.DROP else Passage.SOME

    def _through(self, probe: Probe) -> Fate:
        """ACCEPT, DROP or UNKNOWN."""
        found = {self._end(entry, probe) for entry in self.entries if entry.sees(probe)}
        return Fate.DROP if Fate.DROP in found else Fate.UNKNOWN if Fate.UNKNOWN in found else Fate.ACCEPT

    def _end(self, entry: Entry, probe: Probe) -> Fate:
        policy = Fate.ACCEPT if entry.accepts else Fate.DROP
        fates = {policy if fate is Fate.RETURN else fate for fate in _Walk(probe, entry.chains, self.steps).fates(entry.chain)}
        return fates.pop() if len(fates) == 1 else Fate.UNKNOWN

    def ports(self) -> list[tuple[int, int]]:
        """All ports, cut where a rule begins or ends: within one piece all are treated alike."""
        rules = [rule for entry in self.entries for chain in entry.chains.values() for rule in chain]
        ranges = [piece for rule in rules for condition in rule.conditions for piece in condition.ranges]
        cuts = sorted({1, 65536, *(edge for first, last in ranges for edge in (first, last + 1) if 1 <= edge <= 65536)})
        return [(first, after - 1) for first, after in pairwise(cuts)]
