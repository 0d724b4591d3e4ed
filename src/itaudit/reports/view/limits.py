"""Page 8: risks the owner chose to live with, and what this report does not know."""

from __future__ import annotations

from collections.abc import Iterable

from itaudit.model import Finding, Severity, Status
from itaudit.reports.view.context import LONG, SHORT, Book
from itaudit.reports.viewmodel import Accepted, Limits, Unlock
from itaudit.reports.words import STATUS, area, counted, day, floored, listed, sentence
from itaudit.text import clean

IMPORTANT = (Severity.CRITICAL, Severity.HIGH)

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
    ordered = _by_step(finding for finding in book.findings if finding.verdict.status is Status.UNKNOWN)
    return tuple(Unlock(unlock, book.facts(findings), len(findings)) for unlock, findings in ordered)


def important_unseen(book: Book) -> list[Finding]:
    """What could not be seen and would be critical or serious; without what the owner chose to live with."""
    return [
        finding
        for finding in book.findings
        if finding.verdict.status is Status.UNKNOWN and finding.severity in IMPORTANT and finding.acceptance is None
    ]


def first_step(book: Book) -> str:
    """The step that shows most of what is important and could not be seen; empty when all of it was."""
    return next((step for step, _ in _by_step(important_unseen(book))), "")


def calm(book: Book, when: str) -> str:
    """Where there is no action: that nothing needs the owner, or no more than that nothing was found. Without a full stop."""
    hidden = len(important_unseen(book))
    if not hidden:
        return f"nothing needs you {when}"
    return f"nothing found that needs you {when}; {counted(hidden, 'important thing')} could not be checked"


def nothing_to_do(book: Book, when: str) -> str:
    """`calm` as a sentence, with the step that shows most of what is important."""
    step = first_step(book)
    return sentence(calm(book, when)) + (f" To see more: {clean(step, SHORT)}" if step else "")


def _by_step(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(sentence(finding.verdict.unlock) or NO_UNLOCK, []).append(finding)
    return sorted(groups.items(), key=lambda item: (item[0] == NO_UNLOCK, -len(item[1]), item[0]))


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
