"""The score: what was measured, turned into one number and one letter by arithmetic that anyone can redo.

All sums are exact fractions, so that 89.99 stays a B, the order of results changes nothing, and mending one thing never
lowers the rest by a rounding error. The decisions behind the arithmetic:

- A check's points are those of its base severity, never of a verdict: else hiding a result could raise the score.
- unknown earns nothing and stays in the denominator. What last failed and cannot be seen now counts as failed, and as unseen.
- Subjects proved not to apply leave; a check without subjects left leaves; info checks have no points and do not count.
- No letter (too little was seen, or areas were left out on purpose) ranks below F and clips the score as F does:
  who looks away must not win.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from itaudit.ledger import DEFAULT_WEIGHTS, OTHER_WEIGHT, Ledger
from itaudit.model import Finding, Status
from itaudit.outcome import Score

__all__ = ["DEFAULT_WEIGHTS", "OTHER_WEIGHT", "assess_score", "comparable"]


def assess_score(
    findings: Sequence[Finding], weights: Mapping[str, float] = DEFAULT_WEIGHTS, areas_left_out: Sequence[str] = ()
) -> Score:
    """Work out the score of `findings` (each key once, any order).

    `weights` overrides the default weight of the areas it names; a weight below zero or not finite is a ValueError.
    `could_be` is the same with everything that could not be seen found in order.
    """
    ledger = Ledger(findings, weights, areas_left_out)
    mark = ledger.mark()
    best = Ledger(findings, weights, areas_left_out)
    for finding in findings:
        if finding.verdict.status is Status.UNKNOWN:
            best.mend(finding)
    could_be = best.mark()
    return Score(
        raw=float(mark.raw),
        score=float(mark.score),
        grade=mark.grade,
        coverage=float(mark.coverage),
        could_be=float(could_be.score),
        could_be_grade=could_be.grade,
        caps=mark.caps,
        areas=ledger.areas(),
    )


def comparable(earlier: Iterable[Finding], later: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return the findings of two scans that may be compared: those whose host, check and subject are known both times.

    Scores of different rule sets are never compared. So the earlier findings take the points of the later rules (their statuses
    and severities stay those of their day), and a check that came or went between them moves nothing.
    """
    now = {finding.key: finding for finding in later}
    before = {finding.key: finding for finding in earlier if finding.key in now}
    return (
        tuple(replace(finding, base_severity=now[key].base_severity) for key, finding in before.items()),
        tuple(finding for key, finding in now.items() if key in before),
    )
