"""The words of ranking: what the score, the plan and the comparison with the last scan hand to the reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum

from itaudit.model import Finding, Scan


class Grade(StrEnum):
    """Letters by score: A >= 90, B >= 80, C >= 70, D >= 60, else F. NONE: not enough was checked to grade."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"
    NONE = "-"


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit on the grade and its reason, in words for the owner."""

    grade: Grade
    reason: str


@dataclass(frozen=True, slots=True)
class CheckScore:
    """One line of the score arithmetic: points x credit."""

    check: str
    points: int
    credit: float
    """0 to 1: the mean of its subjects, weighted by importance"""
    best_credit: float
    """the same with unknown counted as ok"""
    seen: float
    """0 to 1: the share of its subjects that could be judged"""
    subjects: int


@dataclass(frozen=True, slots=True)
class AreaScore:
    """score, could_be and coverage in 0-100. An area with no points that apply is left out."""

    area: str
    weight: float
    score: float
    could_be: float
    coverage: float
    points: int
    checks: tuple[CheckScore, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """The whole: `raw` before and `score` after the caps; `caps` worst first. Numbers in 0-100."""

    raw: float
    score: float
    grade: Grade
    coverage: float
    could_be: float
    could_be_grade: Grade
    caps: tuple[Cap, ...]
    areas: tuple[AreaScore, ...]


class Tier(Enum):
    """When, in the owner's words, with the largest slack in days that belongs to it."""

    FIX_NOW = ("Fix now", 7)
    THIS_MONTH = ("This month", 30)
    THIS_QUARTER = ("This quarter", 90)
    PLAN = ("Plan and budget", 100_000)

    @property
    def words(self) -> str:
        return self.value[0]

    @property
    def slack_days(self) -> int:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: all findings that one remedy cures.

    score_after and grade_after: recomputed with this action and all before it done.
    """

    title: str
    findings: tuple[Finding, ...]
    tier: Tier
    due: date
    start_by: date
    priority: float
    arithmetic: str
    """P = S x C x L x B x U / E, with the numbers"""
    score_after: float
    grade_after: Grade


@dataclass(frozen=True, slots=True)
class Changes:
    """Against the previous scan of the same host, over the check x subject pairs known both times. Empty on the first scan."""

    since: str = ""
    """id of the previous scan; empty when there is none"""
    since_day: date | None = None
    previous_score: float | None = None
    previous_grade: Grade | None = None
    new: tuple[Finding, ...] = ()
    fixed: tuple[Finding, ...] = ()
    worse: tuple[Finding, ...] = ()
    recurring: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """A scan with everything worked out from it: what every report is made of."""

    scan: Scan
    score: Score
    actions: tuple[Action, ...]
    changes: Changes
