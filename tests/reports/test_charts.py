"""Charts are valid SVG, say in words what they show, and their table says the same."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from itaudit.reports import charts
from itaudit.reports.viewmodel import Chart, Count

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = (Count("fail", "✗", "Needs work", 2), Count("ok", "✓", "Good", 6))


def texts(chart: Chart) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(chart.svg).iter(f"{SVG}text")]


def boxes(chart: Chart, name: str) -> list[float]:
    found = ElementTree.fromstring(chart.svg).iter(f"{SVG}rect")
    return [float(box.get("width", "")) for box in found if box.get("class") == name]


def test_the_score_bar_is_as_long_as_the_score() -> None:
    chart = charts.score_bar(59.9, 80, "F", "fail")
    assert boxes(chart, "i-fail") == [pytest.approx(640 * 0.599, abs=0.1)]
    assert boxes(chart, "i-quiet") == [512.0]
    assert chart.rows == (("Score", "59"), ("Grade", "F"), ("Could be up to", "80"))
    assert texts(chart) == ["F", "D", "C", "B", "A", "59"]


def test_bars_share_one_scale_and_carry_their_numbers() -> None:
    chart = charts.count_bars(
        [("Sound?", COUNTS), ("Locked?", (Count("fail", "✗", "Needs work", 1), Count("ok", "✓", "Good", 0)))]
    )
    assert boxes(chart, "f-fail") == [158.0, 78.0]  # two and one of eight parts of 640, less the gap of 2
    assert texts(chart) == ["Sound?", "✗ 2", "✓ 6", "Locked?", "✗ 1"]
    assert chart.headers == ("Question", "Needs work", "Good")
    assert chart.rows == (("Sound?", "2", "6"), ("Locked?", "1", "0"))
    assert chart.alt == "Sound? 2 needs work, 6 good. Locked? 1 needs work."


def test_the_waterfall_has_one_column_per_step() -> None:
    chart = charts.waterfall([("Now", 59.0, "F"), ("After 1", 71.9, "C")])
    assert texts(chart) == ["59 F", "Now", "71 C", "After 1"]
    assert chart.alt == "Score now 59 (F), after 1 71 (C)."


@pytest.mark.parametrize("chart", [charts.count_bars([]), charts.waterfall([]), charts.score_bar(0, 0, "-", "unknown")])
def test_a_chart_of_nothing_is_still_valid(chart: Chart) -> None:
    root = ElementTree.fromstring(chart.svg)
    assert root.find(f"{SVG}title") is not None
    assert root.find(f"{SVG}desc") is not None


def test_words_in_a_chart_never_become_markup() -> None:
    hostile = '</text><script>alert("1")</script>\x00\x1b\ud800\uffff'
    chart = charts.count_bars([(hostile, COUNTS)])
    assert texts(chart)[0] == '</text><script>alert("1")</script>\\x00\\x1b\\ud800\\uffff'
    assert not list(ElementTree.fromstring(chart.svg).iter(f"{SVG}script"))
