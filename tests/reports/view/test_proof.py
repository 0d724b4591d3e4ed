"""The page of restore certificates."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from itaudit.facts.backups.drills import signed_bytes
from itaudit.model import Finding, Severity, Status, Verdict
from itaudit.outcome import Assessment
from itaudit.reports.html import render_html
from itaudit.reports.markdown import render_markdown
from itaudit.reports.pdf import render_pdf
from itaudit.reports.view import build_view
from itaudit.reports.viewmodel import Certificate

LINE: dict[str, Any] = {
    "time": "2026-11-03T09:00:00+00:00",
    "backup": "office",
    "restored": 30,
    "same": 28,
    "sampled": 30,
    "seconds": 42.5,
    "bytes": 12_000_000,
    "who": "ada",
    "host": "web-01",
    "saved": "2026-11-02T23:00:00+00:00",
    "all_files": 81_000,
    "all_bytes": 214_000_000_000,
    "estimate": [4000, 9000],
}


def with_tests(assessment: Assessment, *lines: dict[str, Any] | str, status: Status = Status.OK) -> Assessment:
    """The assessment with a finding for each line of the log, as backups.restore_proven makes them."""
    found = tuple(
        Finding(
            "web-01",
            "backups.restore_proven",
            f"backup {number}",
            "Files were brought back",
            Severity.MEDIUM,
            Severity.MEDIUM,
            Verdict(status, "Files were last brought back.", line if isinstance(line, str) else json.dumps(line)),
        )
        for number, line in enumerate(lines)
    )
    return replace(assessment, scan=replace(assessment.scan, findings=(*assessment.scan.findings, *found)))


def certificates(assessment: Assessment, *lines: dict[str, Any] | str, status: Status = Status.OK) -> tuple[Certificate, ...]:
    return build_view(with_tests(assessment, *lines, status=status)).proof.certificates


def test_a_certificate_says_what_was_proved_by_whom_and_how_long_all_would_take(assessment: Assessment) -> None:
    [one] = certificates(assessment, LINE)
    assert one.age == "Tested on 3 November 2026."
    assert one.verdict == (
        "30 files came back; 28 of them equal their originals to the last character, "
        "and the originals of the other 2 are changed, gone or closed to us."
    )
    assert {(row.label, row.value) for row in one.rows} >= {
        ("Tested by", "ada"),
        ("Saved on", "2 November 2026"),
        ("Brought back", "30 files (12.0 MB)"),
        ("All of it would take", "between 67 minutes and 2.5 hours"),
    }
    assert ("Signature", "none: noted by hand") in {(row.label, row.value) for row in one.technical}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"same": 30}, "30 files came back, and every one equals its original to the last character."),
        ({"same": 0}, "30 files came back, and none has an original left to compare it with."),
        ({"same": 29}, "and the original of the other one is changed, gone or closed to us."),
        ({"same": None}, "30 files came back."),
    ],
)
def test_the_verdict_claims_no_more_than_was_compared(assessment: Assessment, change: dict[str, Any], words: str) -> None:
    [one] = certificates(assessment, LINE | change)
    assert one.verdict.endswith(words)


@pytest.mark.parametrize("line", [LINE | {"failed": 1}, LINE | {"different": 1}, LINE | {"restored": 0}, "raw record", ""])
def test_what_is_not_proven_has_no_certificate_and_without_any_there_is_no_page(
    assessment: Assessment, line: dict[str, Any] | str
) -> None:
    changed = with_tests(assessment, line)
    assert build_view(changed).proof.certificates == ()
    assert "Proof that your data" not in render_html(changed) + render_markdown(changed)


def test_an_old_test_is_said_to_be_old(assessment: Assessment) -> None:
    [one] = certificates(assessment, LINE, status=Status.FAIL)
    assert (one.tone, one.age) == ("fail", "Tested on 3 November 2026, which is long ago: it is time for the next test.")


def test_many_backups_fill_no_book(assessment: Assessment) -> None:
    proof = build_view(with_tests(assessment, *[LINE] * 14)).proof
    assert len(proof.certificates) == 12
    assert proof.more == "Two more certificates can be made from the lines in the appendix."


def test_every_form_of_the_report_shows_it_and_hostile_text_stays_text(assessment: Assessment) -> None:
    hostile = LINE | {"backup": "<b>off*ice</b>", "who": "\x1b[2J\u202e", "place": "{{ 7*7 }}"}
    changed = with_tests(assessment, hostile)
    page, text = render_html(changed), render_markdown(changed)
    assert "Restore certificate: &lt;b&gt;off*ice&lt;/b&gt;" in page
    assert "{{ 7*7 }}" in page
    assert "Restore certificate: \\<b\\>off\\*ice" in text
    assert "\x1b" not in page + text
    assert "\u202e" not in page + text


def test_the_printed_report_shows_it_with_the_signature_in_full(
    assessment: Assessment, needs: Callable[..., str], tmp_path: Path
) -> None:
    key = Ed25519PrivateKey.generate()
    line = LINE | {"key": key.public_key().public_bytes_raw().hex()}
    line |= {"signature": key.sign(signed_bytes(line)).hex(), "backup": LINE["backup"]}
    (tmp_path / "report.pdf").write_bytes(render_pdf(with_tests(assessment, line)))
    printed = subprocess.check_output((needs("pdftotext", "poppler-utils"), "-raw", tmp_path / "report.pdf", "-"), text=True)
    page = next(page for page in printed.split("\f") if "Restore certificate: office" in page)
    assert "Ed25519, and it fits" in page
    # Long words may be broken anywhere, by a sign that takes no space.
    assert line["signature"] in "".join(page.replace("\u200b", "").split())
    assert "30 files came back; 28 of them equal" in page


def test_the_day_is_that_of_the_test_and_not_of_the_visit(assessment: Assessment) -> None:
    assert assessment.scan.machine.now.date() != date(2026, 11, 3)
    assert "3 November 2026" in certificates(assessment, LINE)[0].age
