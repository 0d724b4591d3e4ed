"""Plans who needs what, runs it in parallel with deadlines, and makes findings of verdicts and gaps.

Every node (a provider or a check) runs on a daemon thread of its own. A node that misses its deadline is abandoned:
what it gave so far counts, the rest is a gap, and the scan goes on. A fact is collected once; a failure is memoized like a value.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from itaudit.contributions import Gap, Provider
from itaudit.errors import Interrupted, Missing, SwitchedOff, TimedOut, Unreadable
from itaudit.evidence.questions import Source
from itaudit.judging import Judge, Settings, gap_finding, problem_finding
from itaudit.model import Finding, NodeTiming
from itaudit.needs import BadSignature, needs_of, produces, providers_for
from itaudit.nodes import LATE, FactNode, Node
from itaudit.plugins import Catalogue, FoundCheck, Problem

WORKERS = 16


@dataclass(frozen=True, slots=True)
class Progress:
    """What is going on: `running` are areas with work under way; `deadline_seconds` is what is left at most."""

    done: int
    total: int
    running: tuple[str, ...]
    areas_done: tuple[str, ...]
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """All findings of a run. `abandoned`: node -> how much it had given; `interrupted`: stopped by Ctrl-C."""

    findings: tuple[Finding, ...]
    timings: tuple[NodeTiming, ...]
    abandoned: dict[str, int]
    interrupted: bool


@dataclass
class _Plan:
    nodes: dict[str, Node]
    order: TopologicalSorter[str]
    findings: list[Finding] = field(default_factory=list)


def run(
    source: Source,
    catalogue: Catalogue,
    settings: Settings,
    *,
    areas: Sequence[str] = (),
    deadline_seconds: float = 120.0,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Outcome:
    """Run every check of `areas` (all when empty) against a source. Never raises for what a check or a source does."""
    plan = _make_plan(source, catalogue, settings, areas)
    runner = _Runner(plan, source, time.monotonic() + deadline_seconds, progress)
    interrupted = runner.run()
    findings = [*plan.findings]
    for node in plan.nodes.values():
        findings.extend(node.findings())
    return Outcome(tuple(_distinct(findings)), tuple(runner.timings), runner.abandoned, interrupted)


def _make_plan(source: Source, catalogue: Catalogue, settings: Settings, areas: Sequence[str]) -> _Plan:
    plan = _Plan({}, TopologicalSorter())
    host = source.machine.host
    problems = list(catalogue.problems)
    providers: list[Provider[Any, Any]] = [one for one in catalogue.providers.values() if _usable(one, problems)]
    checks = [found for found in catalogue.checks.values() if not areas or found.area in areas]
    wanted: list[FoundCheck] = []
    for found in checks:
        if not settings.enabled(found.id):
            plan.findings.append(gap_finding(host, found, Gap("", SwitchedOff(found.id)), ()))
        elif _fits(found, problems):
            wanted.append(found)
    plan.findings.extend(problem_finding(host, problem) for problem in problems)
    chosen = providers_for([kind for one in wanted for kind in needs_of(one.check).fact_types], providers, source.machine.system)
    facts = {one.name: FactNode(one, source, settings) for group in chosen.values() for one in group}
    for name, node in facts.items():
        node.feeds = {kind: [facts[one.name] for one in chosen[kind]] for kind in needs_of(node.provider).fact_types}
        plan.nodes[name] = node
        plan.order.add(name, *(one.name for group in node.feeds.values() for one in group))
    for found in wanted:
        feeds = {kind: [facts[one.name] for one in chosen[kind]] for kind in needs_of(found.check).fact_types}
        judge = Judge(found, source, settings, feeds)
        plan.nodes[judge.name] = judge
        plan.order.add(judge.name, *(one.name for group in feeds.values() for one in group))
    return plan


def _usable(provider: Provider[Any, Any], problems: list[Problem]) -> bool:
    try:
        needs_of(provider)
        produces(provider)
    except BadSignature as error:
        problems.append(Problem(provider.name, str(error)))
        return False
    return True


def _fits(found: FoundCheck, problems: list[Problem]) -> bool:
    try:
        needs_of(found.check)
    except BadSignature as error:
        problems.append(Problem(found.id, str(error)))
        return False
    return True


def _distinct(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Keys must be unique: a second finding of one key gets a number."""
    seen: dict[tuple[str, str, str], int] = {}
    for finding in findings:
        seen[finding.key] = number = seen.get(finding.key, 0) + 1
        yield finding if number == 1 else replace(finding, subject=f"{finding.subject} ({number})")


class _Runner:
    """Starts what is ready, longest-expected first, waits, and abandons what is late."""

    def __init__(self, plan: _Plan, source: Source, end: float, progress: Callable[[Progress], None]) -> None:
        self._plan = plan
        self._source = source
        self._end = end
        self._progress = progress
        self._done: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._running: dict[str, tuple[float, float]] = {}
        self._finished: set[str] = set()
        self.timings: list[NodeTiming] = []
        self.abandoned: dict[str, int] = {}

    def run(self) -> bool:
        """True when interrupted."""
        try:
            self._plan.order.prepare()
        except CycleError as error:
            self._stop_all(Unreadable(f"providers need each other in a circle: {' -> '.join(error.args[1])}"))
            return False
        try:
            self._loop()
        except KeyboardInterrupt:
            self._stop_all(Interrupted())
            return True
        return False

    def _loop(self) -> None:
        ready: list[str] = []
        while self._plan.order.is_active():
            ready.extend(self._plan.order.get_ready())
            ready.sort(key=lambda name: (-self._plan.nodes[name].seconds, name))
            while ready and len(self._running) < WORKERS:
                self._start(ready.pop(0))
            self._report()
            if time.monotonic() >= self._end:
                self._stop_all(TimedOut(LATE))
                return
            self._wait()

    def _start(self, name: str) -> None:
        node = self._plan.nodes[name]
        started = time.monotonic()
        self._running[name] = (started, min(started + node.seconds, self._end))
        limit = self._source.abandoned.get(name)

        def work() -> None:
            node.run(limit)
            self._done.put(name)

        threading.Thread(target=work, daemon=True, name=name).start()

    def _wait(self) -> None:
        """Until something is done or late."""
        earliest = min((late for _, late in self._running.values()), default=self._end)
        try:
            name = self._done.get(timeout=max(0.0, min(earliest - time.monotonic(), 0.25)))
        except queue.Empty:
            for name in [name for name, (_, late) in self._running.items() if time.monotonic() >= late]:
                self._abandon(name, TimedOut(LATE))
            return
        if name in self._running:
            self._finish(name)

    def _finish(self, name: str) -> None:
        started, _ = self._running.pop(name)
        late = name in self._source.abandoned
        if late:
            self.abandoned[name] = self._source.abandoned[name]
        self.timings.append(NodeTiming(name, round(time.monotonic() - started, 4), late))
        self._finished.add(name)
        self._plan.order.done(name)

    def _abandon(self, name: str, error: Missing) -> None:
        self.abandoned[name] = self._plan.nodes[name].abandon(error)
        self._finish(name)
        self.timings[-1] = NodeTiming(name, self.timings[-1].seconds, True)

    def _stop_all(self, error: Missing) -> None:
        for name, node in self._plan.nodes.items():
            if name not in self._finished:
                self.abandoned[name] = node.abandon(error)

    def _report(self) -> None:
        nodes = self._plan.nodes
        left = {nodes[name].area for name in nodes if name not in self._finished} - {""}
        self._progress(
            Progress(
                done=len(self._finished),
                total=len(nodes),
                running=tuple(sorted({nodes[name].area for name in self._running} - {""})),
                areas_done=tuple(sorted({node.area for node in nodes.values()} - left - {""})),
                seconds_left=max(0.0, self._end - time.monotonic()),
            )
        )
