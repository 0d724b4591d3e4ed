"""What changed since the last scan: new, fixed, worse, and what keeps coming back. Compared like for like only."""

from __future__ import annotations

from collections.abc import Mapping

from itaudit.model import Finding, Scan, Status, in_order
from itaudit.outcome import Changes
from itaudit.score import assess_score, comparable

_NEEDS_WORK = (Status.WARN, Status.FAIL)


def compare(previous: Scan | None, current: Scan, weights: Mapping[str, float]) -> Changes:
    """Compare over the pairs of check and subject that could be seen both times: newly checked is not newly broken.

    The previous score is worked out again over those pairs; it is left out when either scan looked at a part of the machine only.
    """
    if previous is None:
        return Changes(recurring=_recurring(current))
    before, now = comparable(previous.findings, current.findings)
    pairs = [(old, new) for old, new in zip(before, _in_the_order_of(before, now), strict=True) if _seen(old) and _seen(new)]
    whole = not (previous.areas_left_out or current.areas_left_out)
    score = assess_score(before, weights) if whole and before else None
    return Changes(
        since=previous.id,
        since_day=previous.started.date(),
        previous_score=score.score if score else None,
        previous_grade=score.grade if score else None,
        new=in_order(new for old, new in pairs if _needs_work(new) and not _needs_work(old)),
        fixed=in_order(new for old, new in pairs if _needs_work(old) and not _needs_work(new)),
        worse=in_order(new for old, new in pairs if _needs_work(old) and _needs_work(new) and _worse(old, new)),
        recurring=_recurring(current),
    )


def _in_the_order_of(before: tuple[Finding, ...], now: tuple[Finding, ...]) -> list[Finding]:
    by_key = {finding.key: finding for finding in now}
    return [by_key[finding.key] for finding in before]


def _seen(finding: Finding) -> bool:
    return finding.verdict.status is not Status.UNKNOWN


def _needs_work(finding: Finding) -> bool:
    return finding.status in _NEEDS_WORK


def _worse(old: Finding, new: Finding) -> bool:
    return (new.open, new.severity.rank) > (old.open, old.severity.rank)


def _recurring(scan: Scan) -> tuple[Finding, ...]:
    return in_order(finding for finding in scan.findings if _needs_work(finding) and finding.times_seen > 1)
