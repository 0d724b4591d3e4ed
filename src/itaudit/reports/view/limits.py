"""Page 8: risks the owner chose to live with, and what this report does not know."""

from __future__ import annotations

from itaudit.model import Finding, Status
from itaudit.reports.view.context import LONG, Book
from itaudit.reports.viewmodel import Accepted, Limits, Unlock
from itaudit.reports.words import STATUS, area, counted, day, floored, listed, sentence
from itaudit.text import clean

NO_UNLOCK = "Ask your IT person: no simple step is known."

GUARANTEE = (
    "This report says what could be seen on the day of the visit, on this machine and from it. It is not a guarantee.",
    "What was not looked at may still go wrong, and things change from day to day. Regular visits keep the picture true.",
    "Prices are ranges to plan with, in your currency and without labour. They are not offers.",
)


def build_limits(book: Book) -> Limits:
    """Accepted risks, what was not checked and why, and what this report is not."""
    accepted = tuple(_accepted(book, finding) for finding in book.findings if finding.acceptance)
    skipped = sum(finding.status is Status.SKIPPED for finding in book.findings)
    seen = sum(finding.verdict.status not in (Status.UNKNOWN, Status.SKIPPED) for finding in book.findings)
    coverage = floored(book.assessment.score.coverage)
    weighed = f"; weighted by importance, {coverage} % of what matters" if book.assessment.score.areas else ""
    left_out = listed(area(name) for name in book.scan.areas_left_out)
    return Limits(
        accepted=accepted,
        unlocks=unlock_groups(book),
        left_out=f"Not asked for on this visit: {left_out}." if left_out else "",
        skipped=sentence(f"{counted(skipped, 'check')} did not apply here; the appendix lists them") if skipped else "",
        good=f"{seen} of {len(book.findings) - skipped} results that apply here could be seen{weighed}.",
        guarantee=GUARANTEE,
    )


def unlock_groups(book: Book) -> tuple[Unlock, ...]:
    """What could not be seen, grouped by the one step that makes it visible; the step that shows most comes first."""
    groups: dict[str, list[Finding]] = {}
    for finding in book.findings:
        if finding.verdict.status is Status.UNKNOWN:
            groups.setdefault(sentence(finding.verdict.unlock) or NO_UNLOCK, []).append(finding)
    ordered = sorted(groups.items(), key=lambda item: (item[0] == NO_UNLOCK, -len(item[1]), item[0]))
    return tuple(Unlock(unlock, tuple(book.fact(finding) for finding in findings)) for unlock, findings in ordered)


def _accepted(book: Book, finding: Finding) -> Accepted:
    acceptance = finding.acceptance
    assert acceptance is not None, "the caller chose findings that have one"
    return Accepted(
        ref=book.ref(finding),
        what=book.fact(finding).text,
        by=clean(acceptance.by, 80),
        reason=clean(acceptance.reason, LONG),
        since=day(acceptance.since),
        until=day(acceptance.until),
        now=STATUS[finding.status],
    )
