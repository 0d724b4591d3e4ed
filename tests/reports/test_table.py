"""The CSV holds every result, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from itaudit.outcome import Assessment
from itaudit.reports.table import COLUMNS, render_csv


def rows(assessment: Assessment) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(assessment), newline="")))


def test_there_is_one_line_per_result(assessment: Assessment) -> None:
    found = rows(assessment)
    assert [row["result"] for row in found] == [f"R{number}" for number in range(1, 46)]
    worst = found[0]
    assert (worst["check"], worst["subject"], worst["status"], worst["severity"]) == (
        "disks.failing",
        "/dev/sdb",
        "fail",
        "critical",
    )
    assert (worst["cost from"], worst["cost to"], worst["effort"]) == ("80", "150", "a day")


def test_an_accepted_risk_names_its_accepter(assessment: Assessment) -> None:
    accepted = [row for row in rows(assessment) if row["accepted by"]]
    assert [(row["subject"], row["accepted by"], row["accepted until"]) for row in accepted] == [
        ("old.example.com", "Ada Owner", "2026-12-15")
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "\uff1d1"])
def test_a_formula_becomes_text(text: str, assessment: Assessment) -> None:
    finding = replace(assessment.scan.findings[0], subject=text)
    changed = replace(assessment, scan=replace(assessment.scan, findings=(finding,)))
    cell = rows(changed)[0]["subject"]
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))


def test_hostile_text_breaks_no_line(hostile: Assessment) -> None:
    text = render_csv(hostile)
    assert len(text.split("\r\n")) == len(hostile.scan.findings) + 2
    assert all(list(row) == list(COLUMNS) and None not in row.values() for row in rows(hostile))
    assert "\x1b" not in text
