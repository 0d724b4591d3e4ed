"""The PDF is tagged, complete, the same every time, and says what the HTML says."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from itaudit.outcome import Assessment
from itaudit.reports import pdf
from itaudit.reports.html import render_html
from itaudit.reports.pdf import PdfUnavailable, PdfWarning, render_pdf


def told(tool: str, *arguments: str) -> str:
    return subprocess.run([tool, *arguments], capture_output=True, check=True, timeout=60).stdout.decode("utf-8")


def words(text: str) -> str:
    """Zero-width spaces are only hints where a line may break."""
    return " ".join(text.replace("\u200b", "").split())


def test_it_is_tagged_titled_and_dated(pdf_path: Path, needs: Any) -> None:
    facts = told(needs("pdfinfo"), str(pdf_path))
    assert re.search(r"Tagged:\s+yes", facts)
    assert re.search(r"Title:\s+IT health report for web-01, 22 November 2026", facts)
    assert re.search(r"CreationDate:.*Nov 22 .*2026", facts)


def test_it_claims_universal_accessibility_and_has_an_outline(pdf_path: Path) -> None:
    import pikepdf

    with pikepdf.open(pdf_path) as document:
        assert "pdfuaid" in str(document.open_metadata())
        with document.open_outline() as outline:
            titles = [str(item.title) for item in outline.root]
    expected = ["Where you stand", "Health by area", "What needs attention", "Risks you chose to live with, and limits"]
    assert titles == [*expected, "Appendix for technicians"]


def test_all_fonts_are_embedded(pdf_path: Path, needs: Any) -> None:
    rows = told(needs("pdffonts"), str(pdf_path)).splitlines()[2:]
    assert {row.split()[0].split("+")[1].split("-")[0] for row in rows} == {"Inter", "RobotoMono"}
    assert all(re.search(r"\s+yes\s+yes\s+yes\s+\d+\s+\d+$", row) for row in rows)


def test_every_result_is_in_it(pdf_path: Path, assessment: Assessment, needs: Any) -> None:
    text = words(told(needs("pdftotext"), str(pdf_path), "-"))
    assert [f.verdict.summary for f in assessment.scan.findings if f.verdict.summary not in text] == []


def test_page_one_is_one_page(pdf_path: Path, hostile: Assessment, needs: Any, tmp_path: Path) -> None:
    other = tmp_path / "hostile.pdf"
    other.write_bytes(render_pdf(hostile))
    for path in (pdf_path, other):
        assert "Health by area" in told(needs("pdftotext"), "-f", "2", "-l", "2", str(path), "-")


@pytest.mark.parametrize("length", [100, 120])
def test_a_full_page_one_is_set_smaller_and_stays_one_page(
    length: int, wordy: Callable[[int], Assessment], needs: Any, tmp_path: Path
) -> None:
    path = tmp_path / "full.pdf"
    path.write_bytes(render_pdf(wordy(length)))
    first, second = (told(needs("pdftotext"), "-f", n, "-l", n, str(path), "-") for n in "12")
    assert "This is the first visit" in first
    assert "Health by area" in second


def test_what_one_page_cannot_hold_moves_on_together(wordy: Callable[[int], Assessment], needs: Any, tmp_path: Path) -> None:
    path = tmp_path / "full.pdf"
    path.write_bytes(render_pdf(wordy(300)))
    second = words(told(needs("pdftotext"), "-f", "2", "-l", "2", str(path), "-"))
    for shown in ("What works well", "Decisions we need from you", "This is the first visit"):
        assert shown in second


@pytest.mark.parametrize("name", ["healthy", "unseen"])
def test_no_page_is_turned_for_a_line_alone(name: str, request: pytest.FixtureRequest, needs: Any, tmp_path: Path) -> None:
    path = tmp_path / "calm.pdf"
    path.write_bytes(render_pdf(request.getfixturevalue(name)))
    pages = words(told(needs("pdftotext"), str(path), "-").replace("\f", " PAGE ")).split(" PAGE ")
    (page,) = (page for page in pages if "What needs attention" in page)
    assert "Does the connection hold?" in page or "Risks you chose to live with" in page


def test_without_a_grade_no_score_is_promised(part: Assessment, needs: Any, tmp_path: Path) -> None:
    path = tmp_path / "part.pdf"
    path.write_bytes(render_pdf(part))
    text = words(told(needs("pdftotext"), str(path), "-"))
    assert "Order of the actions" in text
    assert not re.search(r"then 59|\(-\)|Score after", text)


def test_html_and_pdf_carry_the_same_results_and_numbers(pdf_path: Path, assessment: Assessment, needs: Any) -> None:
    printed = words(told(needs("pdftotext"), str(pdf_path), "-"))
    page = re.sub(
        r"(?s)<style>.*?</style>|<svg.*?</svg>|<table><caption>(Score|Checks).*?</table>|<[^>]+>", " ", render_html(assessment)
    )
    references = re.compile(r"\bR\d+\b")
    assert set(references.findall(printed)) == set(references.findall(page)) == {f"R{n}" for n in range(1, 46)}
    for number in ("59 of 100", "91 %", "78 (C)", "69 (D)", "92 (A)", "80 to 150", "38 of 42"):
        assert number in printed
        assert number in words(page)


def test_two_renderings_are_the_same_bytes(assessment: Assessment, needs: Any) -> None:
    needs("typst", module=True)
    assert render_pdf(assessment) == render_pdf(assessment)


@pytest.mark.parametrize("name", ["hostile", "healthy", "empty", "first_visit", "unseen", "part"])
def test_other_visits_reach_the_highest_rung_too(name: str, request: pytest.FixtureRequest, needs: Any) -> None:
    needs("typst", module=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PdfWarning)
        assert render_pdf(request.getfixturevalue(name)).startswith(b"%PDF-1.7")


def test_hostile_text_is_printed_literally(hostile: Assessment, needs: Any, tmp_path: Path) -> None:
    path = tmp_path / "hostile.pdf"
    path.write_bytes(render_pdf(hostile))
    text = words(told(needs("pdftotext"), str(path), "-"))
    for shown in ('#import "x" *b* _c_', "<script>alert(1)</script>", "[U+1F4F6]", "\\u202e", "\\x1b[31m", "x" * 28):
        assert shown in text


def test_a_fault_of_the_first_rung_is_told_and_the_next_is_tried(
    assessment: Assessment, monkeypatch: pytest.MonkeyPatch, needs: Any
) -> None:
    needs("typst", module=True)
    monkeypatch.setattr(pdf, "for_print", lambda view: view | {"title": "no glyph: 📶"})
    with pytest.warns(PdfWarning, match="only a tagged PDF"):
        assert render_pdf(assessment).startswith(b"%PDF")


def test_where_typst_is_missing_the_way_out_is_said(assessment: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(PdfUnavailable, match="write the HTML and print it from the browser"):
        render_pdf(assessment)
