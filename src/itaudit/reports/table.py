"""Every result as one CSV line, for a spreadsheet. Source: RFC 4180; OWASP, "CSV Injection"."""

from __future__ import annotations

import csv
import io

from itaudit.model import Finding
from itaudit.outcome import Assessment
from itaudit.reports.view.context import Book, said
from itaudit.text import clean

COLUMNS = (
    "result", "host", "area", "check", "subject", "status", "severity", "title", "summary", "detail", "action", "effort",
    "cost from", "cost to", "expected", "first seen", "times in 12 months", "accepted by", "accepted until", "unlock", "evidence",
)  # fmt: skip

_FORMULA = tuple("=+-@＝＋－＠|%")  # noqa: RUF001 - the wide forms are meant: some spreadsheets take them for the plain ones


def render_csv(assessment: Assessment) -> str:
    """Return a header and one line per result, in the order of the report. Money is in whole units of the owner's currency."""
    book = Book(assessment)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(value) for value in _row(book, finding)] for finding in book.findings)
    return written.getvalue()


def _row(book: Book, finding: Finding) -> tuple[object, ...]:
    verdict, remedy, accepted = finding.verdict, finding.verdict.remedy, finding.acceptance
    low, high = remedy.cost if remedy and remedy.cost else ("", "")
    return (
        book.ref(finding), finding.host, finding.area, finding.check, finding.subject, finding.status.value,
        finding.severity.value, finding.title, said(finding), verdict.detail,
        remedy.action if remedy else "", remedy.effort.words if remedy else "", low, high,
        verdict.due or "", finding.first_seen.isoformat() if finding.first_seen else "", finding.times_seen,
        accepted.by if accepted else "", accepted.until if accepted else "", verdict.unlock, " ".join(finding.evidence),
    )  # fmt: skip


def _harmless(value: object) -> str:
    """The text of a cell; what a spreadsheet would run as a formula begins with an apostrophe instead."""
    text = clean(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) and not isinstance(value, int) else text
