"""The appendix, for technicians: every result with what it rests on. Nothing is shortened for looks here."""

from __future__ import annotations

from itaudit.model import Acceptance, Asset, Finding, Measurement, Remedy
from itaudit.reports.view.arithmetic import HEADERS, overall, sums
from itaudit.reports.view.context import Book, said
from itaudit.reports.viewmodel import ActionCard, Appendix, Result, Row
from itaudit.reports.words import DASH, MARK, STATUS, day, moment
from itaudit.text import readable_bytes

SLOWEST = 12
PRIORITY = ("Number", "Action", "When", "Priority")


def build_appendix(book: Book, cards: tuple[ActionCard, ...]) -> Appendix:
    """Run data, the register of assets, results, arithmetic, changes and timings."""
    slowest = sorted(book.scan.timings, key=lambda timing: (-timing.seconds, timing.name))[:SLOWEST]
    return Appendix(
        run=_run(book),
        notes=book.scan.notes,
        assets=tuple(Row(asset.subject, _asset(asset)) for asset in book.scan.assets),
        results=tuple(_result(book, finding) for finding in book.findings),
        sum_headers=HEADERS,
        sums=sums(book.assessment.score),
        overall=overall(book.assessment.score),
        priority_headers=(*PRIORITY, *(["Score after"] if book.graded else [])),
        priorities=tuple(
            (str(card.number), card.title, card.tier, card.arithmetic, *([card.after] if book.graded else [])) for card in cards
        ),
        changes=_changes(book),
        timings=tuple(Row(t.name, f"{t.seconds:.2f} s{', abandoned at its deadline' if t.abandoned else ''}") for t in slowest),
    )


def _run(book: Book) -> tuple[Row, ...]:
    scan = book.scan
    rows = (
        ("Host", scan.machine.host),
        ("System", f"{scan.machine.release or scan.machine.system} ({scan.machine.system})"),
        ("Privileges", "administrator, may read everything" if scan.machine.admin else "ordinary user, could not read all"),
        ("Clock of the machine", moment(scan.machine.now)),
        ("Started", moment(scan.started)),
        ("Ended", moment(scan.ended)),
        ("Duration", f"{(scan.ended - scan.started).total_seconds():.1f} s"),
        ("Complete", "no: interrupted, what had not run is unknown" if scan.partial else "yes"),
        ("Areas left out", ", ".join(scan.areas_left_out)),
        ("itaudit", f"{scan.version}, rule set {scan.rule_set}"),
        ("Scan", scan.id),
        ("SHA-256 of the evidence", scan.evidence_sha256),
    )
    return tuple(Row(label, value) for label, value in rows if value)


def _asset(asset: Asset) -> str:
    """One line: "WDC WD20EFRX; serial number W1; 2.0 TB; Kind: hard disk"."""
    serial = f"serial number {asset.serial}" if asset.serial else ""
    size = "" if asset.size_bytes is None else readable_bytes(asset.size_bytes)
    more = (f"{label}: {value}" for label, value in asset.details)
    return "; ".join(filter(None, (asset.model, serial, size, *more))) or DASH


def _result(book: Book, finding: Finding) -> Result:
    verdict, remedy = finding.verdict, finding.verdict.remedy
    return Result(
        ref=book.ref(finding),
        check=finding.check,
        subject=finding.subject,
        host=finding.host,
        tone=finding.status.value,
        mark=MARK[finding.status],
        status=STATUS[finding.status],
        severity=finding.severity.value,
        title=finding.title,
        summary=said(finding),
        detail=verdict.detail,
        rows=tuple(Row(label, value) for label, value in (*_facts(book, finding), *_remedy(remedy)) if value),
        steps=remedy.steps if remedy else (),
    )


def _facts(book: Book, finding: Finding) -> tuple[tuple[str, str], ...]:
    verdict, card = finding.verdict, book.scan.card(finding.check)
    moved = f" (base {finding.base_severity.value})" if finding.severity is not finding.base_severity else ""
    return (
        ("Status", f"{verdict.status.value}{', counted as fail: failed when last seen' if finding.sticky else ''}"),
        ("Severity", finding.severity.value + moved),
        ("Moved because", "; ".join(finding.moves)),
        ("Importance", finding.importance.name.lower()),
        ("Flags", ", ".join(sorted(verdict.flags))),
        ("Measured", ", ".join(map(_measurement, verdict.measurements))),
        ("Limits", card.limits if card else ""),
        ("Sources", "; ".join(card.sources) if card else ""),
        ("Expected to matter", day(verdict.due) if verdict.due else ""),
        ("First seen", f"{moment(finding.first_seen)}" if finding.first_seen else ""),
        ("Times within 12 months", str(finding.times_seen) if finding.times_seen > 1 else ""),
        ("Accepted", _accepted(finding.acceptance)),
        ("To see it", verdict.unlock),
        ("Evidence", ", ".join(finding.evidence)),
    )


def _remedy(remedy: Remedy | None) -> tuple[tuple[str, str], ...]:
    return (("Remedy", remedy.action), ("Undo", remedy.undo), ("Verify", remedy.verify)) if remedy else ()


def _measurement(measurement: Measurement) -> str:
    return f"{measurement.name} {measurement.value:,.10g} {measurement.unit.value}"


def _accepted(acceptance: Acceptance | None) -> str:
    if acceptance is None:
        return ""
    return f"by {acceptance.by}, {day(acceptance.since)} to {day(acceptance.until)}: {acceptance.reason}"


def _changes(book: Book) -> tuple[tuple[str, ...], ...]:
    changes = book.assessment.changes
    groups = (("new", changes.new), ("fixed", changes.fixed), ("worse", changes.worse), ("keeps coming back", changes.recurring))
    return tuple((word, book.ref(f) or DASH, f.check, f.subject, f.title) for word, findings in groups for f in findings)
