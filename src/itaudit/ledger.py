"""The running account behind a score, in exact fractions: what each check earns, what is mended, and the grade that follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from itaudit.caps import Concerns, caps_of
from itaudit.model import Finding, Status
from itaudit.outcome import AreaScore, Cap, CheckScore, Grade

DEFAULT_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "backups": 25,
        "patches": 20,
        "security": 15,
        "disks": 15,
        "dns": 10,
        "connectivity": 5,
        "lifecycle": 5,
        "services": 5,
    }
)
OTHER_WEIGHT = 5.0
"""Weight of an area that plugins bring."""

_LETTERS = ((90, Grade.A), (80, Grade.B), (70, Grade.C), (60, Grade.D))
_CEILINGS = {Grade.A: 100, Grade.B: 89, Grade.C: 79, Grade.D: 69, Grade.F: 59, Grade.NONE: 59}
_HALVES = {Status.OK: 2, Status.WARN: 1}
"""Credit in halves; fail and unknown earn none."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a ledger stands, in exact numbers, 0-100."""

    raw: Fraction
    score: Fraction
    grade: Grade
    coverage: Fraction
    caps: tuple[Cap, ...]


@dataclass(slots=True)
class _Tally:
    """One check over its subjects. Weights in halves of importance, credits in halves of it again: whole numbers stay exact."""

    area: str
    points: int
    weight: int = 0
    credit: int = 0
    best: int = 0
    seen: int = 0
    subjects: int = 0
    share: Fraction = Fraction(0)
    """What full credit of this check adds to the overall score, 0-100."""

    def add(self, finding: Finding) -> None:
        weight, unseen = _weight(finding), finding.verdict.status is Status.UNKNOWN
        self.weight += weight
        self.credit += weight * _credit(finding)
        self.best += weight * (2 if unseen else _credit(finding))
        self.seen += 0 if unseen else weight
        self.subjects += 1

    def earned(self) -> Fraction:
        return Fraction(self.credit, 2 * self.weight)

    def judged(self) -> Fraction:
        return Fraction(self.seen, self.weight)


class Ledger:
    """The running account behind a score: findings can be mended one by one, and the mark read after each, without a recount."""

    def __init__(
        self, findings: Iterable[Finding], weights: Mapping[str, float] = DEFAULT_WEIGHTS, areas_left_out: Sequence[str] = ()
    ) -> None:
        findings = tuple(findings)
        self.concerns = Concerns(findings)
        self._areas_left_out = tuple(areas_left_out)
        self._checks = _tallies(findings)
        points: dict[str, int] = defaultdict(int)
        for tally in self._checks.values():
            points[tally.area] += tally.points
        self._weights = {area: _weight_of(area, weights) for area in sorted(points)}
        total = sum(self._weights.values())
        for tally in self._checks.values():
            part = self._weights[tally.area] / total if total else Fraction(0)
            tally.share = 100 * part * tally.points / points[tally.area]
        self._raw = sum((tally.share * tally.earned() for tally in self._checks.values()), Fraction(0))
        self._coverage = sum((tally.share * tally.judged() for tally in self._checks.values()), Fraction(0))

    def mend(self, finding: Finding) -> None:
        """Count `finding`, one of those given, as ok from now on. Mend each at most once."""
        self.concerns.mend(finding)
        tally = self._checks.get(finding.check)
        if tally is None or finding.status is Status.SKIPPED:
            return
        weight = _weight(finding)
        self._raw += tally.share * Fraction(weight * (2 - _credit(finding)), 2 * tally.weight)
        if finding.verdict.status is Status.UNKNOWN:
            self._coverage += tally.share * Fraction(weight, tally.weight)

    def mark(self) -> Mark:
        """Return score and grade as they stand: the raw score, clipped by the lowest cap."""
        caps = caps_of(self.concerns, self._coverage, self._areas_left_out)
        score = min([self._raw, *(Fraction(_CEILINGS[cap.grade]) for cap in caps)])
        grade = max([letter(self._raw), *(cap.grade for cap in caps)], key=list(Grade).index)
        return Mark(self._raw, score, grade, self._coverage, caps)

    def areas(self) -> tuple[AreaScore, ...]:
        """Return the arithmetic line by line as the findings were given (mending does not show here), heaviest area first."""
        by_area: dict[str, list[CheckScore]] = defaultdict(list)
        for check, tally in sorted(self._checks.items()):
            best = Fraction(tally.best, 2 * tally.weight)
            line = CheckScore(check, tally.points, float(tally.earned()), float(best), float(tally.judged()), tally.subjects)
            by_area[tally.area].append(line)
        heaviest_first = sorted(by_area, key=lambda area: (-self._weights[area], area))
        return tuple(_area_score(area, self._weights[area], by_area[area]) for area in heaviest_first)


def letter(score: Fraction | float) -> Grade:
    """The letter of a score without caps: by floor, never rounded up."""
    return next((grade for least, grade in _LETTERS if score >= least), Grade.F)


def _tallies(findings: Sequence[Finding]) -> dict[str, _Tally]:
    """One tally for each check that has points and a subject left. All its subjects, also those that left, decide its points."""
    points: dict[str, int] = defaultdict(int)
    for finding in findings:
        points[finding.check] = max(points[finding.check], finding.base_severity.points)
    tallies: dict[str, _Tally] = {}
    for finding in findings:
        if finding.status is not Status.SKIPPED and points[finding.check]:
            tallies.setdefault(finding.check, _Tally(finding.area, points[finding.check])).add(finding)
    return tallies


def _area_score(area: str, weight: Fraction, checks: Sequence[CheckScore]) -> AreaScore:
    points = sum(check.points for check in checks)

    def mean(shares: Iterable[float]) -> float:
        earned = sum(check.points * Fraction(share) for check, share in zip(checks, shares, strict=True))
        return float(100 * earned / points)

    return AreaScore(
        area=area,
        weight=float(weight),
        score=mean(check.credit for check in checks),
        could_be=mean(check.best_credit for check in checks),
        coverage=mean(check.seen for check in checks),
        points=points,
        checks=tuple(checks),
    )


def _weight_of(area: str, weights: Mapping[str, float]) -> Fraction:
    weight = weights.get(area, DEFAULT_WEIGHTS.get(area, OTHER_WEIGHT))
    if not 0 <= weight < float("inf"):
        raise ValueError(f"the weight of {area} must be zero or more, not {weight}")
    return Fraction(str(weight))


def _weight(finding: Finding) -> int:
    return round(2 * finding.importance.value)


def _credit(finding: Finding) -> int:
    return _HALVES.get(finding.status, 0)
