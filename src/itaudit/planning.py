"""Who needs what, as nodes that wait for each other.

A plan grows check by check: what is planned is at work while the rest is still being imported.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from itaudit.contributions import Gap, Provider
from itaudit.errors import SwitchedOff, Unreadable
from itaudit.evidence.questions import Source
from itaudit.judging import Judge, gap_finding, lost_finding, problem_finding
from itaudit.model import Finding
from itaudit.needs import BadSignature, needs_of, providers_for
from itaudit.nodes import FactNode, Node, Settings
from itaudit.plugins import Catalogue, FoundCheck, Problem

SLOW = (
    *("disks.space", "patches.security"),
    *("dns.delegation", "dns.dnssec", "dns.resolver_agreement"),
    *("connectivity.ipv6", "connectivity.gateway"),
)
"""Planned first, because their questions take longest: a walk through a disk, a package manager, name servers or a router that
keep silent. The second line asks each name server itself: the sooner, the more of its silence passes while others are asked."""


@dataclass
class _Place:
    """One node among the others."""

    node: Node
    waits_for: set[str]
    followers: list[str] = field(default_factory=list)
    chain_seconds: float = 0.0
    """The deadlines of the longest chain that begins here, added up."""


class Plan:
    """Nodes, each ready once all it needs is done.

    check_ids: what is to be judged; kinds: facts that are wanted whether a check needs them or not.
    """

    def __init__(
        self,
        source: Source,
        catalogue: Catalogue,
        settings: Settings,
        check_ids: Iterable[str],
        kinds: Iterable[type[Any]] = (),
    ) -> None:
        self.nodes: dict[str, Node] = {}
        self._source = source
        self._catalogue = catalogue
        self._settings = settings
        self._places: dict[str, _Place] = {}
        self._done: set[str] = set()
        self._ready: set[str] = set()
        self._findings: list[Finding] = []
        self._problems: list[Problem] = []
        ids = set(check_ids)
        slow = [one for one in SLOW if one in ids]
        self._waiting: list[str | type[Any]] = [*slow, *sorted(ids.difference(slow)), *kinds]

    @property
    def grown(self) -> bool:
        """Is everything planned?"""
        return not self._waiting

    def grow(self) -> None:
        """Import and plan one more check or kind of facts."""
        # Taken off at the end only: whoever presses Ctrl-C during an import still gets a finding for it.
        wanted = self._waiting[0]
        if isinstance(wanted, str):
            self._grow_check(wanted)
        else:
            with contextlib.suppress(CycleError):
                self._add_providers((wanted,))
        del self._waiting[0]

    def _grow_check(self, check_id: str) -> None:
        found = self._catalogue.check(check_id)
        if found is None:
            self._findings.append(lost_finding(self._source.machine.host, check_id, self._catalogue.why_lost(check_id)))
            return
        if not self._settings.enabled(check_id):
            self._findings.append(gap_finding(self._source.machine.host, found, Gap("", SwitchedOff(check_id)), ()))
            return
        try:
            self._add(found)
        except BadSignature as error:
            self._problems.append(Problem(check_id, str(error)))
        except CycleError as error:
            circle = Unreadable(f"providers need each other in a circle: {' -> '.join(error.args[1])}")
            self._findings.append(gap_finding(self._source.machine.host, found, Gap("", circle), ()))

    def _add(self, found: FoundCheck) -> None:
        kinds = needs_of(found.check).fact_types
        names = self._add_providers(kinds)
        judge = Judge(found, self._source, self._settings, self._feeds(kinds, names))
        self._enter(judge, {feed for kind in kinds for feed in names[kind]})

    def _add_providers(self, kinds: Sequence[type[Any]]) -> dict[type[Any], list[str]]:
        """Kind -> names of the nodes that give it, of all that is needed for these. Raises CycleError."""
        chosen = providers_for(kinds, self._catalogue.providers_of, self._source.machine.system)
        providers = {one.name: one for group in chosen.values() for one in group}
        names = {kind: [one.name for one in group] for kind, group in chosen.items()}
        needed = {name: [feed for kind in needs_of(one).fact_types for feed in names[kind]] for name, one in providers.items()}
        for name in TopologicalSorter(needed).static_order():
            if name not in self.nodes:
                self._add_facts(providers[name], names)
        return names

    def _add_facts(self, provider: Provider[Any, Any], names: Mapping[type[Any], Sequence[str]]) -> None:
        node = FactNode(provider, self._source, self._settings)
        node.feeds = self._feeds(needs_of(provider).fact_types, names)
        self._enter(node, {feed for kind in node.feeds for feed in names[kind]})

    def _feeds(self, kinds: Sequence[type[Any]], names: Mapping[type[Any], Sequence[str]]) -> dict[type[Any], Sequence[FactNode]]:
        return {kind: [node for name in names[kind] if isinstance(node := self.nodes[name], FactNode)] for kind in kinds}

    def _enter(self, node: Node, needed: set[str]) -> None:
        self.nodes[node.name] = node
        self._places[node.name] = _Place(node, needed - self._done)
        for name in needed:
            self._places[name].followers.append(node.name)
        self._lengthen(node.name, node.seconds)
        if needed <= self._done:
            self._ready.add(node.name)

    def _lengthen(self, name: str, seconds: float) -> None:
        place = self._places[name]
        if seconds <= place.chain_seconds:
            return
        place.chain_seconds = seconds
        feeds = place.node.feeds
        for feed in {one.name for group in feeds.values() for one in group}:
            self._lengthen(feed, seconds + self._places[feed].node.seconds)

    def take_ready(self) -> Iterator[str]:
        """The nodes that can start, those that begin the longest chain first; each is given once."""
        while self._ready:
            name = min(self._ready, key=lambda one: (-self._places[one].chain_seconds, one))
            self._ready.remove(name)
            yield name

    def finish(self, name: str) -> None:
        """It is done: those who waited for it alone are ready."""
        self._done.add(name)
        for follower in self._places[name].followers:
            waits_for = self._places[follower].waits_for
            waits_for.discard(name)
            if not waits_for and follower not in self._done:
                self._ready.add(follower)

    def facts_of(self, kind: type[Any]) -> list[FactNode]:
        """The nodes that give a kind of facts."""
        names = {one.name for one in self._catalogue.providers_of(kind)}
        return [node for name, node in sorted(self.nodes.items()) if name in names and isinstance(node, FactNode)]

    @property
    def unfinished(self) -> set[str]:
        return self.nodes.keys() - self._done

    def findings(self) -> Iterator[Finding]:
        """Of everything, in an order that does not hang on what was done first."""
        host = self._source.machine.host
        yield from self._findings
        yield from (problem_finding(host, one) for one in (*self._catalogue.problems, *self._problems))
        for name in sorted(self.nodes):
            yield from self.nodes[name].findings()
