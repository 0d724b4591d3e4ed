"""Runs a plan in parallel with deadlines, and makes findings of verdicts and gaps.

Every node (a provider or a check) runs on a daemon thread of its own. A node that misses its deadline is abandoned:
what it gave so far counts, the rest is a gap, and the scan goes on. A fact is collected once; a failure is memoized like a value.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from itaudit.errors import Interrupted, Missing, TimedOut
from itaudit.evidence.questions import Source
from itaudit.model import Finding, NodeTiming
from itaudit.nodes import LATE, FactNode, Settings
from itaudit.planning import Plan
from itaudit.plugins import Catalogue

WORKERS = 16


@dataclass(frozen=True, slots=True)
class Progress:
    """What is going on: `running` are areas with work under way; `deadline_seconds` is what is left at most.

    planned: all that is to be done is in `total`; before, it still grows.
    """

    done: int
    total: int
    running: tuple[str, ...]
    areas_done: tuple[str, ...]
    seconds_left: float
    planned: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """All findings of a run. `abandoned`: node -> how much it had given; `interrupted`: stopped by Ctrl-C.

    facts: of the kinds asked for, who gave them.
    """

    findings: tuple[Finding, ...]
    timings: tuple[NodeTiming, ...]
    abandoned: dict[str, int]
    interrupted: bool
    facts: Mapping[type[Any], Sequence[FactNode]] = field(default_factory=dict)


def run(
    source: Source,
    catalogue: Catalogue,
    settings: Settings,
    *,
    areas: Sequence[str] = (),
    kinds: Sequence[type[Any]] = (),
    deadline_seconds: float = 120.0,
    progress: Callable[[Progress], None] = lambda _: None,
    replay: bool = False,
) -> Outcome:
    """Run every check of `areas` (all when empty) against a source. Never raises for what a check or a source does.

    kinds: facts to be collected besides, whether a check needs them or not. replay: everything was answered at the visit; what
    takes long now is this machine's doing, so only the deadline of the whole makes anything late.
    """
    plan = Plan(source, catalogue, settings, catalogue.ids_in(areas) if areas else catalogue.check_ids, kinds)
    runner = _Runner(plan, source, time.monotonic() + deadline_seconds, progress, replay=replay)
    interrupted = runner.run()
    facts = {kind: plan.facts_of(kind) for kind in kinds}
    return Outcome(tuple(_distinct(plan.findings())), tuple(runner.timings), runner.abandoned, interrupted, facts)


def collect(
    source: Source, catalogue: Catalogue, settings: Settings, kinds: Sequence[type[Any]], deadline_seconds: float
) -> dict[type[Any], list[FactNode]]:
    """Facts of some kinds without judging them: kind -> who gave it."""
    plan = Plan(source, catalogue, settings, (), kinds)
    _Runner(plan, source, time.monotonic() + deadline_seconds, lambda _: None).run()
    return {kind: plan.facts_of(kind) for kind in kinds}


def _distinct(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Keys must be unique: a second finding of one key gets a number that no other has."""
    seen: dict[tuple[str, str, str], int] = {}
    for finding in findings:
        numbered, number = finding, seen.get(finding.key, 1)
        while numbered.key in seen:
            number += 1
            numbered = replace(finding, subject=f"{finding.subject} ({number})")
        seen[finding.key] = number
        seen.setdefault(numbered.key, 1)
        yield numbered


class _Runner:
    """Starts what is ready, imports the rest meanwhile, waits, and abandons what is late."""

    def __init__(
        self, plan: Plan, source: Source, end: float, progress: Callable[[Progress], None], *, replay: bool = False
    ) -> None:
        self._plan = plan
        self._source = source
        self._end = end
        self._progress = progress
        self._replay = replay
        self._done: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._running: dict[str, tuple[float, float]] = {}
        self.timings: list[NodeTiming] = []
        self.abandoned: dict[str, int] = {}

    def run(self) -> bool:
        """True when interrupted."""
        try:
            self._loop()
            self._report()
        except KeyboardInterrupt:
            self._stop_all(Interrupted())
            return True
        return False

    def _loop(self) -> None:
        plan = self._plan
        while plan.unfinished or not plan.grown:
            while len(self._running) < WORKERS and (name := next(plan.take_ready(), "")):
                self._start(name)
            self._report()
            if time.monotonic() >= self._end:
                self._stop_all(TimedOut(LATE))
                return
            if not plan.grown:
                plan.grow()
            self._wait()

    def _start(self, name: str) -> None:
        node = self._plan.nodes[name]
        started = time.monotonic()
        self._running[name] = (started, self._end if self._replay else min(started + node.seconds, self._end))
        limit = self._source.abandoned.get(name)

        def work() -> None:
            node.run(limit)
            self._done.put(name)

        threading.Thread(target=work, daemon=True, name=name).start()

    def _wait(self) -> None:
        """Until something is done or late; not at all while there is something to import."""
        earliest = min((late for _, late in self._running.values()), default=self._end)
        patience = max(0.0, min(earliest - time.monotonic(), 0.25)) if self._plan.grown else 0.0
        self._finish_all(patience)
        for name in [name for name, (_, late) in self._running.items() if time.monotonic() >= late]:
            self._abandon(name, TimedOut(LATE))

    def _finish_all(self, patience: float) -> None:
        """What is done by now, or first thing within so many seconds."""
        with contextlib.suppress(queue.Empty):
            while True:
                name = self._done.get(timeout=patience)
                patience = 0.0
                if name in self._running:
                    self._finish(name)

    def _finish(self, name: str) -> None:
        started, _ = self._running.pop(name)
        late = name in self._source.abandoned
        if late:
            self.abandoned[name] = self._source.abandoned[name]
        self.timings.append(NodeTiming(name, round(time.monotonic() - started, 4), late))
        self._plan.finish(name)

    def _abandon(self, name: str, error: Missing) -> None:
        self.abandoned[name] = self._plan.nodes[name].abandon(error)
        self._finish(name)
        self.timings[-1] = NodeTiming(name, self.timings[-1].seconds, True)

    def _stop_all(self, error: Missing) -> None:
        """What was not planned yet is missing too; what was done while we imported is whole."""
        while not self._plan.grown:
            self._plan.grow()
        self._finish_all(0.0)
        for name in self._plan.unfinished:
            self.abandoned[name] = self._plan.nodes[name].abandon(error)

    def _report(self) -> None:
        nodes, unfinished = self._plan.nodes, self._plan.unfinished
        left = {nodes[name].area for name in unfinished} - {""}
        every = {node.area for node in nodes.values()} - {""} if self._plan.grown else set()
        self._progress(
            Progress(
                done=len(nodes) - len(unfinished),
                total=len(nodes),
                running=tuple(sorted({nodes[name].area for name in self._running} - {""})),
                areas_done=tuple(sorted(every - left)),
                seconds_left=max(0.0, self._end - time.monotonic()),
                planned=self._plan.grown,
            )
        )
