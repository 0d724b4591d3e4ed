"""Markdown shows what a machine says literally. Checked with a real parser."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from markdown_it import MarkdownIt

from itaudit.outcome import Assessment
from itaudit.reports.markdown import literal, render_markdown


def html(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def test_everything_found_is_told(assessment: Assessment) -> None:
    text = unescape(re.sub("<[^>]+>", "", html(render_markdown(assessment))))
    assert all(finding.verdict.summary in text for finding in assessment.scan.findings)
    assert "Grade F (At risk: needs work now), 59 of 100; 91 % of what matters could be checked; could be up to 78 (C)." in text


def test_hostile_text_makes_no_markup(hostile: Assessment) -> None:
    tags = set(re.findall(r"<(\w+)", html(render_markdown(hostile))))
    assert tags <= {"h1", "h2", "h3", "p", "ul", "ol", "li", "strong", "table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize(
    "text", ["- a", "1. b", "2) c", "# d", "> e", "`f`", "*g*", "<i>h</i>", "[i](j)", "a\\", "+ k", "---", "&lt;"]
)
def test_a_literal_reads_as_it_was(text: str) -> None:
    assert html(literal(text)) == f"<p>{text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</p>\n"


@pytest.mark.parametrize(("text", "shown"), [("http://a.b", "http\\://a.b"), ("WWW.a.b", "WWW\\.a.b"), ("x@y.z", "x\\@y.z")])
def test_addresses_do_not_become_links(text: str, shown: str) -> None:
    assert literal(text) == shown


def test_hostile_text_leaves_no_control_behind(hostile: Assessment) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", render_markdown(hostile))


def test_without_a_grade_no_score_is_promised(part: Assessment) -> None:
    text = unescape(re.sub("<[^>]+>", "", html(render_markdown(replace(part, actions=part.actions * 2)))))
    assert "After that" in text
    assert not re.search(r"then 59|\(-\)|Score after|; then", text)


def test_page_one_says_what_matters_and_was_not_seen(unseen: Assessment) -> None:
    text = unescape(re.sub("<[^>]+>", "", html(render_markdown(unseen))))
    assert "Nothing found that needs you this month; two important things could not be checked. To see more: " in text
