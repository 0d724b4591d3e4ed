"""A check at work: judges each fact, and turns verdicts and gaps into findings. Nobody else makes findings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from itaudit.contributions import CheckSettings, Gap, History
from itaudit.errors import Missing, NotApplicable, TimedOut, Unreadable
from itaudit.evidence.questions import Past, Source
from itaudit.model import Finding, Machine, Severity, Status, Verdict
from itaudit.needs import needs_of
from itaudit.nodes import LATE, Collected, FactNode, Settings, crashed
from itaudit.plugins import FoundCheck, Problem
from itaudit.text import clean, clean_lines
from itaudit.trend import Point

WHOLE_MACHINE = "this machine"
"""The subject of a check that judges all facts of a kind at once."""
_SECONDS = 10.0

__all__ = ["Judge", "Settings", "gap_finding", "lost_finding", "problem_finding"]


class Judge:
    """One check over its facts."""

    seconds = _SECONDS

    def __init__(
        self, found: FoundCheck, source: Source, settings: Settings, feeds: Mapping[type[Any], Sequence[FactNode]]
    ) -> None:
        self.found = found
        self.name = f"checks.{found.id}"
        self.area = found.area
        self._needs = needs_of(found.check)
        self._source = source
        self._settings = settings
        self.feeds = feeds
        self._given = Collected()
        self._end: Missing | None = None

    def run(self, limit: int | None) -> None:
        if limit == 0:
            self._end = TimedOut(LATE)
            return
        try:
            for finding in self._judged():
                if not self._given.add(finding):
                    return
                if limit is not None and len(self._given.items) >= limit:
                    self._end = TimedOut(LATE)
                    return
        except BaseException as error:  # noqa: BLE001 - a crash costs one check, as a value; a panic of a library is no Exception
            self._end = self._end or crashed(error)

    def abandon(self, error: Missing) -> int:
        count = self._given.close()
        self._end = error
        return count

    def findings(self) -> Sequence[Finding]:
        findings: list[Finding] = list(self._given.items)
        if self._end:
            findings.append(gap_finding(self._source.machine.host, self.found, Gap("", self._end), ()))
        return findings

    def _judged(self) -> Iterator[Finding]:
        host = self._source.machine.host
        missing = list(self._gaps())
        lists = {name: self._facts(kind) for name, kind in self._needs.lists.items()}
        blind = any(not lists[name] and self._has_gap(kind) for name, kind in self._needs.lists.items())
        count = 0
        if not blind:
            for subject, arguments, keys in self._rounds(lists):
                count += 1
                yield self._judge_one(host, subject, arguments, keys)
        for gap, keys in missing:
            yield gap_finding(host, self.found, gap, keys)
        if not count and not missing:
            yield gap_finding(host, self.found, Gap("", NotApplicable("nothing of this kind is on this machine")), ())

    def _rounds(
        self, lists: Mapping[str, list[tuple[Any, tuple[str, ...]]]]
    ) -> Iterator[tuple[str, dict[str, Any], tuple[str, ...]]]:
        """(subject, fact arguments, evidence) of each call."""
        common = {name: [fact for fact, _ in facts] for name, facts in lists.items()}
        keys = tuple(dict.fromkeys(key for facts in lists.values() for _, some in facts for key in some))
        if self._needs.one is None:
            all_keys = keys or tuple(dict.fromkeys(key for feed in self._nodes() for key in feed.all_keys()))
            yield WHOLE_MACHINE, common, all_keys
            return
        name, kind = self._needs.one
        for fact, own in self._facts(kind):
            yield str(fact.subject), {**common, name: fact}, (*own, *keys)

    def _judge_one(self, host: str, subject: str, facts: dict[str, Any], keys: tuple[str, ...]) -> Finding:
        try:
            verdict: object = self.found.check(**facts, **self._given_arguments(subject))
            if not isinstance(verdict, Verdict):
                raise TypeError(f"the check returned a {type(verdict).__name__}, not a Verdict")
            return _finding(host, self.found, subject, verdict, keys)
        except Missing as error:
            return gap_finding(host, self.found, Gap(subject, error), keys)
        except Exception as error:  # noqa: BLE001 - one crash costs one subject
            return gap_finding(host, self.found, Gap(subject, crashed(error)), keys)

    def _given_arguments(self, subject: str) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, kind in self._needs.given.items():
            if issubclass(kind, Machine):
                arguments[name] = self._source.machine
            elif issubclass(kind, History):
                arguments[name] = History(lambda measurement: self._series(subject, measurement))
            elif issubclass(kind, CheckSettings):
                arguments[name] = self._settings.limits(self.found, subject)
            else:
                arguments[name] = self._settings.section(kind)
        return arguments

    def _series(self, subject: str, measurement: str) -> tuple[Point, ...]:
        answer = self._source.ask(Past(self.found.id, subject, measurement))
        try:
            return tuple(Point(datetime.fromisoformat(when).astimezone(UTC), float(value)) for when, value in answer.json)
        except (Missing, ValueError, TypeError, OverflowError):
            # Without a readable past there is no forecast; the present is still judged.
            return ()

    def _nodes(self) -> Iterator[FactNode]:
        return (feed for group in self.feeds.values() for feed in group)

    def _facts(self, kind: type[Any]) -> list[tuple[Any, tuple[str, ...]]]:
        return [pair for feed in self.feeds[kind] for pair in feed.facts(kind)]

    def _has_gap(self, kind: type[Any]) -> bool:
        return not self.feeds[kind] or any(True for feed in self.feeds[kind] for _ in feed.gaps(kind))

    def _gaps(self) -> Iterator[tuple[Gap, tuple[str, ...]]]:
        """Each gap once, even when it reaches us by two parameters.

        A provider that was left without facts fails with the error of its source, which names no subject any more.
        """
        seen: set[int] = set()
        for kind, group in self.feeds.items():
            if not group:
                yield Gap("", Unreadable(f"itaudit cannot look for this ({kind.__name__}) on this system yet")), ()
            for feed in group:
                for gap, keys in feed.gaps(kind):
                    if id(gap) not in seen and (gap.subject or id(gap.error) not in seen):
                        seen.update((id(gap), id(gap.error)))
                        yield gap, keys


def _finding(host: str, found: FoundCheck, subject: str, verdict: Verdict, keys: Sequence[str]) -> Finding:
    base = found.check.severity
    return Finding(
        host=clean(host),
        check=found.id,
        subject=clean(subject, 300) or WHOLE_MACHINE,
        title=clean(found.title),
        base_severity=base,
        severity=verdict.severity or base,
        verdict=replace(
            verdict,
            summary=clean(verdict.summary, 600),
            detail=clean_lines(verdict.detail),
            unlock=clean(verdict.unlock, 600),
            # A series with a NaN in it could not be forecast from, nor written as JSON.
            measurements=tuple(one for one in verdict.measurements if math.isfinite(one.value)),
        ),
        evidence=tuple(dict.fromkeys(keys)),
    )


def gap_finding(host: str, found: FoundCheck, gap: Gap, keys: Sequence[str]) -> Finding:
    """What could not be seen, as an unknown finding; what does not apply, as a skipped one."""
    error = gap.error
    if isinstance(error, NotApplicable):
        summary = f"Does not apply: {error.detail or error.words}."
        return _finding(host, found, gap.subject, Verdict(Status.SKIPPED, summary, unlock=error.unlock), keys)
    summary = f"Could not be checked, because {error.words}."
    return _finding(host, found, gap.subject, Verdict(Status.UNKNOWN, summary, detail=error.detail, unlock=error.unlock), keys)


def problem_finding(host: str, problem: Problem) -> Finding:
    """A plugin that could not be loaded: unknown, because nobody knows what it would have found."""
    verdict = Verdict(
        Status.UNKNOWN,
        "A plugin could not be loaded, so what it looks at is not known.",
        detail=clean(problem.detail),
        unlock="Mend or remove the plugin named here.",
    )
    return _unloaded(host, "plugins.load", clean(problem.where, 300), "Every plugin could be loaded", Severity.MEDIUM, verdict)


def lost_finding(host: str, check_id: str, detail: str) -> Finding:
    """A check of ours that could not be loaded. How grave it is cannot be read either: so it counts as the gravest."""
    verdict = Verdict(
        Status.UNKNOWN,
        "Could not be checked, because this part of itaudit is damaged.",
        detail=clean(detail),
        unlock="Install itaudit again.",
    )
    return _unloaded(host, check_id, WHOLE_MACHINE, f"The check {check_id} is there", Severity.CRITICAL, verdict)


def _unloaded(host: str, check: str, subject: str, title: str, severity: Severity, verdict: Verdict) -> Finding:
    return Finding(clean(host), check, subject, title, severity, severity, verdict)
