"""Puts findings into their context: what the store remembers, what the owner accepted, how much the business leans on it.

After this a finding is complete: severity with its moves, first seen, how often it came back, sticky, accepted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase

from itaudit.config import Configuration
from itaudit.config_tables import AcceptedRisk
from itaudit.errors import Missing
from itaudit.evidence.questions import Answer
from itaudit.model import Acceptance, Finding, Flag, Severity, Status
from itaudit.severity import effective_severity, exploited_and_reachable

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
    """(check, subject) -> what is remembered. Empty when nothing is, or when it cannot be read (a recording without it)."""
    try:
        rows = [_past_finding(row) for row in answer.json]
    except (Missing, KeyError, TypeError, ValueError, AttributeError):
        return {}
    return {(row.check, row.subject): row for row in rows}


def _past_finding(row: Mapping[str, str]) -> PastFinding:
    return PastFinding(
        check=row["check"],
        subject=row["subject"],
        status=Status(row["status"]),
        severity=Severity(row["severity"]),
        flags=frozenset(Flag(flag) for flag in row["flags"]),
        first_seen=datetime.fromisoformat(row["first_seen"]) if row["first_seen"] else None,
        earlier=int(row["earlier"]),
        accepted_severity=Severity(row["accepted_severity"]) if row.get("accepted_severity") else None,
        accepted_status=Status(row["accepted_status"]) if row.get("accepted_status") else None,
    )


def stand(
    findings: Iterable[Finding], past: Mapping[tuple[str, str], PastFinding], configuration: Configuration, now: datetime
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Complete the findings; also notes on acceptances that do not hold, in one line each."""
    notes: list[str] = []
    done = [_complete(finding, past.get((finding.check, finding.subject)), configuration, now, notes) for finding in findings]
    return tuple(done), tuple(notes)


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
    first_seen = before.first_seen if before and before.first_seen else now
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
