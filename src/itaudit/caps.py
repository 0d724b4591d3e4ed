"""What limits the grade, whatever the points say: the lowest cap wins, and each has its reason in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto
from fractions import Fraction
from math import floor

from itaudit.model import Finding, Flag, Severity, Status, in_order
from itaudit.outcome import Cap, Grade
from itaudit.severity import exploited_and_reachable

LEAST_COVERAGE = 60
MANY = 3
"""From so many open findings of one severity on, the cap is one harder."""

AREA_WORDS: Mapping[str, str] = {
    "backups": "backups",
    "patches": "safety fixes",
    "security": "protection",
    "disks": "disks",
    "dns": "web address and email",
    "connectivity": "connection",
    "lifecycle": "age and support",
    "services": "programs that must run",
    "nagios": "your own checks",
    "plugins": "plugins",
}
"""The areas in the owner's words. Areas of plugins are called by their name."""

Key = tuple[str, str, str]


class Concern(Enum):
    """Why a finding can cap the grade."""

    STOPPER = auto()
    FAILING_DISK = auto()
    NO_BACKUP = auto()
    OPEN_CRITICAL = auto()
    OPEN_HIGH = auto()
    UNSEEN_CRITICAL = auto()
    ACCEPTED_CRITICAL = auto()


def flagged_as_stopper(finding: Finding) -> bool:
    """It can stop the business by itself: said so by its check, or an exploited hole that is reachable from the internet."""
    return Flag.BUSINESS_STOPPER in finding.verdict.flags or exploited_and_reachable(finding.verdict.flags)


def _accepted_critical(finding: Finding) -> bool:
    # A warning or an unknown counts only where the check itself is critical: the severity of one warned case is forgotten
    # when the case can no longer be seen, and hiding it would then lift this cap.
    if finding.acceptance is None or finding.severity is not Severity.CRITICAL:
        return False
    return finding.open or (finding.base_severity is Severity.CRITICAL and finding.status in (Status.WARN, Status.UNKNOWN))


_TESTS: Mapping[Concern, Callable[[Finding], bool]] = {
    Concern.STOPPER: lambda finding: finding.open and flagged_as_stopper(finding),
    Concern.FAILING_DISK: lambda finding: finding.open and finding.area == "disks" and Flag.FAILING_NOW in finding.verdict.flags,
    Concern.NO_BACKUP: lambda finding: finding.open and finding.check == "backups.exists",
    Concern.OPEN_CRITICAL: lambda finding: finding.open and finding.severity is Severity.CRITICAL,
    Concern.OPEN_HIGH: lambda finding: finding.open and finding.severity is Severity.HIGH,
    Concern.UNSEEN_CRITICAL: lambda finding: finding.status is Status.UNKNOWN and finding.severity is Severity.CRITICAL,
    Concern.ACCEPTED_CRITICAL: _accepted_critical,
}


class Concerns:
    """The findings behind each concern, worst first; they leave as they are mended."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        notable = [finding for finding in findings if finding.status not in (Status.OK, Status.SKIPPED)]
        ordered = in_order(notable)
        self._held: dict[Concern, dict[Key, Finding]] = {
            concern: {finding.key: finding for finding in ordered if holds(finding)} for concern, holds in _TESTS.items()
        }

    def mend(self, finding: Finding) -> None:
        for held in self._held.values():
            held.pop(finding.key, None)

    def stoppers(self) -> tuple[Finding, ...]:
        """What can stop the business now. A failing disk and a missing backup do so together, not alone."""
        pair = [*self.of(Concern.FAILING_DISK), *self.of(Concern.NO_BACKUP)]
        both = self._held[Concern.FAILING_DISK] and self._held[Concern.NO_BACKUP]
        return (*self.of(Concern.STOPPER), *(pair if both else ()))

    def of(self, concern: Concern) -> tuple[Finding, ...]:
        return tuple(self._held[concern].values())

    def count(self, concern: Concern) -> int:
        return len(self._held[concern])

    def first(self, concern: Concern) -> Finding | None:
        return next(iter(self._held[concern].values()), None)


def caps_of(concerns: Concerns, coverage: Fraction, areas_left_out: Sequence[str] = ()) -> tuple[Cap, ...]:
    """Return every cap that holds, worst first. `coverage` in 0-100.

    "Open" is open, accepted or not: accepting must never score above failing. An acceptance adds its cap and lifts none.
    """
    caps = [
        *_stoppers(concerns),
        *_open(concerns),
        *_critical_and_not_open(concerns),
        *_limits_of_sight(coverage, areas_left_out),
    ]
    # Of equal caps the weightier reason comes first, in the order above; sorting keeps that.
    return tuple(sorted(caps, key=lambda cap: -list(Grade).index(cap.grade)))


def _limits_of_sight(coverage: Fraction, areas_left_out: Sequence[str]) -> Iterable[Cap]:
    if areas_left_out:
        names = ", ".join(sorted(AREA_WORDS.get(area, area) for area in set(areas_left_out)))
        yield Cap(Grade.NONE, f"Only part of the machine was looked at (left out: {names}).")
    seen = f"{floor(coverage)}% of what matters could be checked"
    if coverage < LEAST_COVERAGE:
        yield Cap(Grade.NONE, f"Not enough was checked to grade: only {seen}.")
    elif coverage < 90:
        yield Cap(Grade.C if coverage < 75 else Grade.B, f"Only {seen}.")


def _stoppers(concerns: Concerns) -> Iterable[Cap]:
    stopper = concerns.first(Concern.STOPPER)
    if stopper:
        yield Cap(Grade.F, f"This can stop the business: {_named(stopper)}.")
    disk, backup = concerns.first(Concern.FAILING_DISK), concerns.first(Concern.NO_BACKUP)
    if disk and backup:
        yield Cap(Grade.F, f"A disk is failing and there is no backup of it: {_named(disk)} and {_named(backup)}.")


def _open(concerns: Concerns) -> Iterable[Cap]:
    for concern, word, few, many in (
        (Concern.OPEN_CRITICAL, "critical", Grade.D, Grade.F),
        (Concern.OPEN_HIGH, "serious", Grade.B, Grade.C),
    ):
        worst, count = concerns.first(concern), concerns.count(concern)
        if worst and count == 1:
            yield Cap(few, f"One {word} problem is open: {_named(worst)}.")
        elif worst:
            yield Cap(many if count >= MANY else few, f"{count} {word} problems are open, the first: {_named(worst)}.")


def _critical_and_not_open(concerns: Concerns) -> Iterable[Cap]:
    unseen, accepted = concerns.first(Concern.UNSEEN_CRITICAL), concerns.first(Concern.ACCEPTED_CRITICAL)
    if unseen:
        yield Cap(Grade.C, f"A critical point could not be checked: {_named(unseen)}.")
    if accepted:
        kind = "problem" if accepted.verdict.status is not Status.UNKNOWN or accepted.open else "point that could not be checked"
        yield Cap(Grade.C, f"You chose to live with a critical {kind}: {_named(accepted)}.")


def _named(finding: Finding) -> str:
    """What was found, in the check's own sentence; of what could not be seen now, what should be so, and what is known of it."""
    unseen = finding.verdict.status is Status.UNKNOWN
    if finding.verdict.summary and not unseen:
        return finding.verdict.summary.strip().rstrip(".")
    title = finding.title.strip().rstrip(".")
    name = f'"{title}" ({finding.subject})' if finding.subject else f'"{title}"'
    # A title says what should be so: alone, it would name what is well as the problem.
    return f"{name} failed when last seen, and could not be seen now" if unseen and finding.open else name
