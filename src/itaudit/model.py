"""The words of itaudit. Every other module speaks them; this one imports nothing of ours.

A check makes a Verdict. The engine, and nobody else, makes it a Finding: so no check can forge a host, an id or its evidence.
All times are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum


class Status(StrEnum):
    """The outcome of one check on one subject. unknown: it matters here and could not be seen. skipped: proved not to apply."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


_BADNESS = (Status.SKIPPED, Status.OK, Status.WARN, Status.UNKNOWN, Status.FAIL)


def worst(*statuses: Status) -> Status:
    """Return the worst status: skipped < ok < warn < unknown < fail. With none given, skipped."""
    return max(statuses, key=_BADNESS.index, default=Status.SKIPPED)


class Severity(StrEnum):
    """How bad it is when a check fails. The tests for each are in the manual, "How the score is made"."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def points(self) -> int:
        return (0, 1, 3, 6, 10)[self.rank]

    @property
    def days(self) -> int | None:
        """Days after first sight within which it should be mended; None for info."""
        return (None, 180, 90, 30, 14)[self.rank]

    @property
    def rank(self) -> int:
        """0 for info to 4 for critical. Strings do not sort by badness; this does."""
        return list(Severity).index(self)

    def moved(self, steps: int) -> Severity:
        """The severity `steps` higher (or lower when negative), kept between info and critical."""
        return list(Severity)[min(4, max(0, self.rank + steps))]


class Unit(StrEnum):
    """Units of a Measurement."""

    BYTES = "B"
    PERCENT = "%"
    COUNT = "count"
    SECONDS = "s"
    MILLISECONDS = "ms"
    DAYS = "d"
    HOURS = "h"
    CELSIUS = "°C"
    MEGABITS_PER_SECOND = "Mbit/s"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One point of a series; the store keeps it so that later scans can forecast."""

    name: str
    value: float
    unit: Unit


class Effort(Enum):
    """Work that a remedy takes: (weight in the ranking, words for people)."""

    MINUTES = (1, "30 minutes")
    HOURS = (2, "2 hours")
    DAY = (3, "a day")
    WEEK = (5, "a week")
    PROJECT = (8, "a project")

    @property
    def weight(self) -> int:
        return self.value[0]

    @property
    def words(self) -> str:
        return self.value[1]


class LeadTime(Enum):
    """Days between deciding and having it, by what must be bought or arranged."""

    SETTING = 0
    LICENCE = 7
    COMPUTER = 14
    FIREWALL = 21
    SERVER_OR_LINE = 60

    @property
    def days(self) -> int:
        return self.value


@dataclass(frozen=True, slots=True)
class Remedy:
    """What cures a finding. Findings with the same `action` are one action in the plan.

    action: one plain-English sentence in the imperative, for the owner.
    steps, undo, verify: for the technician; commands as they are typed.
    cost: lowest and highest price in whole units of the owner's currency, without labour; None when it costs only time.
    if_you_wait: one plain sentence on what happens when nothing is done.
    """

    action: str
    effort: Effort = Effort.MINUTES
    cost: tuple[int, int] | None = None
    steps: tuple[str, ...] = ()
    undo: str = ""
    verify: str = ""
    if_you_wait: str = ""
    who: str = "your IT person"
    lead: LeadTime = LeadTime.SETTING


class Flag(StrEnum):
    """Named facts on a verdict that move caps, deadlines and rank."""

    BUSINESS_STOPPER = "business stopper"
    EXPLOITED = "known to be exploited"
    REACHABLE = "reachable from the internet"
    FAILING_NOW = "failing now"
    EARLY_WARNING = "early warning"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of one subject.

    summary: one sentence the owner understands, with the number that decided. detail: for the technician, with the raw record.
    severity: only when this case is worse or milder than the check's base severity. due: when it will hurt, if that is known.
    unlock: for unknown, what makes it visible ("run itaudit as root").
    """

    status: Status
    summary: str
    detail: str = ""
    measurements: tuple[Measurement, ...] = ()
    remedy: Remedy | None = None
    severity: Severity | None = None
    due: date | None = None
    flags: frozenset[Flag] = frozenset()
    unlock: str = ""


class Importance(Enum):
    """How much the business leans on an asset (C in the ranking, and the weight of a subject within its check)."""

    SPARE = 0.5
    NORMAL = 1.0
    IMPORTANT = 1.5
    VITAL = 2.0


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A risk the owner chose to live with: who, why, until when (that day included)."""

    by: str
    reason: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. `key` names it across scans. `severity` is the effective one; `base_severity` carries the points of the score.

    sticky: it is unknown now but failed when last seen, so it counts as fail.
    moves: why the severity differs from the base, in words. evidence: keys of the answers it rests on.
    times_seen: how often it came anew within 12 months, this time included (2 = recurring).
    """

    host: str
    check: str
    subject: str
    title: str
    base_severity: Severity
    severity: Severity
    verdict: Verdict
    evidence: tuple[str, ...] = ()
    importance: Importance = Importance.NORMAL
    moves: tuple[str, ...] = ()
    first_seen: datetime | None = None
    times_seen: int = 1
    sticky: bool = False
    acceptance: Acceptance | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.host, self.check, self.subject)

    @property
    def area(self) -> str:
        return self.check.split(".", 1)[0]

    @property
    def status(self) -> Status:
        """The status that counts: an unknown that failed when last seen is a fail until it is seen again."""
        return Status.FAIL if self.sticky and self.verdict.status is Status.UNKNOWN else self.verdict.status

    @property
    def open(self) -> bool:
        """It failed (or last failed and could not be seen since). Accepted or not: accepting does not mend."""
        return self.status is Status.FAIL


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that was asked. `now` is the recorded clock, so that a replay judges with the date of the visit."""

    host: str
    system: str
    """linux, windows or macos"""
    now: datetime
    admin: bool
    """May it read everything (root, Administrator)?"""
    release: str = ""
    """Readable name of the operating system, for example Debian GNU/Linux 12 (bookworm)"""


@dataclass(frozen=True, slots=True)
class CheckCard:
    """What a report needs to know of a check, kept with the scan so that it renders after a plugin is gone."""

    id: str
    title: str
    why: str
    severity: Severity
    sources: tuple[str, ...] = ()
    limits: str = ""
    """The limits in force, readable: free_percent: warn below 25, fail below 10"""


@dataclass(frozen=True, slots=True)
class NodeTiming:
    """How long one provider or check ran, in seconds, and whether it was abandoned at its deadline."""

    name: str
    seconds: float
    abandoned: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """One part of the machine, for the register of assets. kind: "computer", "processor", "memory", "drive", "network card".

    name: how the machine calls it, "" where there is one only. size_bytes: of memory and drives. details: (label, value).
    """

    kind: str
    name: str = ""
    model: str = ""
    serial: str = ""
    size_bytes: int | None = None
    details: tuple[tuple[str, str], ...] = ()

    @property
    def subject(self) -> str:
        return f"{self.kind} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything one run found. `areas_left_out`: areas the caller did not ask for (`--only`); then no grade is given."""

    id: str
    machine: Machine
    started: datetime
    ended: datetime
    version: str
    rule_set: str
    findings: tuple[Finding, ...]
    cards: tuple[CheckCard, ...] = ()
    partial: bool = False
    """Interrupted: what had not run is unknown."""
    areas_left_out: tuple[str, ...] = ()
    timings: tuple[NodeTiming, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    evidence_sha256: str = ""
    notes: tuple[str, ...] = field(default_factory=tuple)
    """What the reader must know of how it ran: replayed, no configuration, a plugin refused"""
    assets: tuple[Asset, ...] = ()
    """What the machine is made of; empty where nothing told"""

    def card(self, check: str) -> CheckCard | None:
        return next((card for card in self.cards if card.id == check), None)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the one order used everywhere: worst status, highest severity, then id and subject."""
    return tuple(sorted(findings, key=lambda f: (-_BADNESS.index(f.status), -f.severity.rank, f.check, f.subject, f.host)))
