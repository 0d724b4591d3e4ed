"""Puts findings into their context: what the store remembers, what the owner accepted, how much the business leans on it.

After this a finding is complete: severity with its moves, first seen, how often it came back, sticky, accepted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from itaudit.config import Configuration
from itaudit.config_tables import AcceptedRisk
from itaudit.errors import Missing
from itaudit.evidence.questions import Answer
from itaudit.model import Acceptance, Finding, Flag, Severity, Status
from itaudit.severity import effective_severity, exploited_and_reachable

EARLIEST_YEAR = 1990
"""No computer that is audited has seen anything before."""
LONGEST_ACCEPTANCE_DAYS = {Severity.CRITICAL: 90, Severity.HIGH: 180}
_OTHER_ACCEPTANCE_DAYS = 365


@dataclass(frozen=True, slots=True)
class PastFinding:
    """What the store remembers of one finding. `status`, `severity` and `flags` are of when it was last seen (not unknown).

    first_seen: start of the episode that is still open, if one is; earlier: how many episodes began in the 12 months before now,
    an open one included. accepted_severity: how bad it was when its acceptance took effect.
    """

    check: str
    subject: str
    status: Status
    severity: Severity
    flags: frozenset[Flag]
    first_seen: datetime | None
    earlier: int
    accepted_severity: Severity | None = None
    accepted_status: Status | None = None


def write_past(rows: Iterable[PastFinding]) -> str:
    """The body of a PastFindings answer."""
    return json.dumps(
        [
            {
                "check": row.check,
                "subject": row.subject,
                "status": row.status,
                "severity": row.severity,
                "flags": sorted(row.flags),
                "first_seen": row.first_seen.isoformat() if row.first_seen else None,
                "earlier": row.earlier,
                "accepted_severity": row.accepted_severity,
                "accepted_status": row.accepted_status,
            }
            for row in rows
        ]
    )


def read_past(answer: Answer) -> dict[tuple[str, str], PastFinding]:
    """(check, subject) -> what is remembered. Empty when nothing is; rows that make no sense are left out."""
    try:
        rows = answer.json
    except Missing:
        return {}
    found = [_past_finding(row) for row in rows] if isinstance(rows, list) else []
    return {(row.check, row.subject): row for row in found if row}


def _past_finding(row: Any) -> PastFinding | None:
    try:
        first_seen = datetime.fromisoformat(row["first_seen"]) if row["first_seen"] else None
        if first_seen and (first_seen.tzinfo is None or first_seen.year < EARLIEST_YEAR):
            return None
        return PastFinding(
            check=str(row["check"]),
            subject=str(row["subject"]),
            status=Status(row["status"]),
            severity=Severity(row["severity"]),
            flags=frozenset(Flag(flag) for flag in row["flags"]),
            first_seen=first_seen,
            earlier=int(row["earlier"]),
            accepted_severity=Severity(row["accepted_severity"]) if row.get("accepted_severity") else None,
            accepted_status=Status(row["accepted_status"]) if row.get("accepted_status") else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def stand(
    findings: Sequence[Finding], past: Mapping[tuple[str, str], PastFinding], configuration: Configuration, now: datetime
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Complete the findings; also notes on acceptances that do not hold, in one line each."""
    notes: list[str] = []
    findings = [*findings, *_out_of_sight(findings, past)]
    done = [_complete(finding, past.get((finding.check, finding.subject)), configuration, now, notes) for finding in findings]
    return tuple(done), tuple(notes)


def _out_of_sight(findings: Iterable[Finding], past: Mapping[tuple[str, str], PastFinding]) -> Iterator[Finding]:
    """What failed when last seen and has no result now, while its check could not see everything: unknown, so that it sticks.

    Else a provider that breaks as a whole would take every failure behind it out of the score.
    """
    blind = {finding.check: finding for finding in findings if finding.verdict.status is Status.UNKNOWN}
    seen = {(finding.check, finding.subject) for finding in findings}
    for (check, subject), before in sorted(past.items()):
        if check in blind and before.status is Status.FAIL and (check, subject) not in seen:
            verdict = replace(blind[check].verdict, summary="It failed when it was last seen, and could not be seen now.")
            yield replace(blind[check], subject=subject, verdict=verdict)


def _complete(
    finding: Finding, before: PastFinding | None, configuration: Configuration, now: datetime, notes: list[str]
) -> Finding:
    verdict = finding.verdict
    status = verdict.status
    sticky = status is Status.UNKNOWN and before is not None and before.status is Status.FAIL
    needs_work = status in (Status.WARN, Status.FAIL) or sticky
    continues = before is not None and before.first_seen is not None
    times = (before.earlier if before else 0) + (0 if continues else 1) if needs_work else 1
    importance = configuration.importance_of(finding.subject)
    moves: tuple[str, ...]
    if sticky and before:
        # Not seeing it does not make it milder: what was known of it still holds.
        severity, moves = before.severity, ("as when last seen: it could not be seen now",)
        verdict = replace(verdict, flags=before.flags)
    elif needs_work:
        severity, moves = effective_severity(finding.base_severity, verdict.severity, status, importance, times, verdict.flags)
    else:
        severity, moves = finding.base_severity, ()
    # A clock that was wrong once must not put a first sight into the future, and all its deadlines after it.
    first_seen = min(before.first_seen, now) if before and before.first_seen else now
    stood = replace(
        finding,
        verdict=verdict,
        severity=severity,
        moves=moves,
        importance=importance,
        first_seen=first_seen if needs_work else None,
        times_seen=max(1, times),
        sticky=sticky,
    )
    return replace(stood, acceptance=_acceptance(stood, before, configuration.accepted, now.date(), notes))


def _acceptance(
    finding: Finding, before: PastFinding | None, risks: Iterable[AcceptedRisk], today: date, notes: list[str]
) -> Acceptance | None:
    if finding.status not in (Status.WARN, Status.FAIL, Status.UNKNOWN):
        return None
    for risk in risks:
        if risk.check != finding.check or not fnmatchcase(finding.subject, risk.subject):
            continue
        if reason := _why_not(finding, before, risk, today):
            notes.append(f"The accepted risk {finding.check} ({finding.subject}) does not hold: {reason}.")
            continue
        return Acceptance(risk.by, risk.reason, risk.since or today, risk.until)
    return None


def _why_not(finding: Finding, before: PastFinding | None, risk: AcceptedRisk, today: date) -> str:
    longest = LONGEST_ACCEPTANCE_DAYS.get(finding.severity, _OTHER_ACCEPTANCE_DAYS)
    if risk.until < today:
        return f"it ended on {risk.until}"
    if risk.since and risk.since > today:
        return f"it begins on {risk.since}"
    if risk.until > (risk.since or today) + timedelta(days=longest):
        return f"a {finding.severity} risk can be accepted for {longest} days at most; set since and until accordingly"
    if exploited_and_reachable(finding.verdict.flags):
        return "a flaw that criminals use and can reach cannot be accepted"
    if before and before.accepted_severity and finding.severity.rank > before.accepted_severity.rank:
        return f"it got worse since it was accepted ({before.accepted_severity} then, {finding.severity} now)"
    if before and before.accepted_status is Status.WARN and finding.status is Status.FAIL:
        return "it got worse since it was accepted (a warning then, a failure now)"
    return ""
