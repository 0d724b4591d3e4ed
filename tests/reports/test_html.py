"""The HTML is one file that runs nothing and fetches nothing, and what a machine says stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from itaudit.outcome import Assessment
from itaudit.reports.html import render_html
from itaudit.reports.view import build_view

NEVER = re.compile(
    r"(?i)\b(patch(es)?|CVE|KB|EOL|unsupported|KEV|CVSS|SPF|DMARC|spoofing|DNS|TLS|domains?|immutable|RTO|RPO|pending sectors?"
    r"|local admin|drift(ed)?|N/A|suppressed|P[1-4]|job successful|expired|0x[0-9a-f]+)\b"
)


class Page(HTMLParser):
    """Tags, attributes, text, and the text of the owner's pages."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.owner: list[str] = []
        self._in_owner = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag == "section":
            self._in_owner = "data-owner" in dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._in_owner:
            self.owner.append(data)


def words(parts: list[str]) -> str:
    return " ".join(" ".join(parts).split())


def test_every_result_is_in_the_appendix_with_its_sentence(assessment: Assessment) -> None:
    page = Page(render_html(assessment))
    assert {f"R{number}" for number in range(1, 46)} <= set(page.ids)
    assert all(finding.verdict.summary in words(page.text) for finding in assessment.scan.findings)


def test_no_technician_word_reaches_the_owner(assessment: Assessment) -> None:
    page = Page(render_html(assessment))
    assert NEVER.search(words(page.text)), "the appendix speaks technician, so this test can fail"
    assert not NEVER.findall(words(page.owner))


def test_the_page_runs_nothing_and_fetches_nothing(assessment: Assessment) -> None:
    page = Page(render_html(assessment))
    assert not {"script", "iframe", "object", "link", "img", "form", "base"} & set(page.tags)
    policy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
    assert ("content", policy) in page.attributes
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert {value for name, value in page.attributes if name in ("href", "src")} == {
        value for name, value in page.attributes if name in ("href", "src") and value and value.startswith("#")
    }


def test_hostile_text_adds_no_tag_and_no_attribute(hostile: Assessment, assessment: Assessment) -> None:
    page, usual = Page(render_html(hostile)), Page(render_html(assessment))
    assert set(page.tags) <= set(usual.tags)
    assert {name for name, _ in page.attributes} <= {name for name, _ in usual.attributes}
    assert "<script>alert(1)</script>" in words(page.text)
    assert "{{ 7*7 }}" in words(page.text)


def test_hostile_text_leaves_no_control_behind(hostile: Assessment) -> None:
    html = render_html(hostile)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    html.encode("utf-8")


def test_every_reference_leads_somewhere(assessment: Assessment) -> None:
    page = Page(render_html(assessment))
    links = {value[1:] for name, value in page.attributes if name == "href" and value}
    assert links <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_the_same_scan_gives_the_same_page(assessment: Assessment) -> None:
    assert render_html(assessment) == render_html(assessment)


@pytest.mark.parametrize("name", ["healthy", "empty", "huge", "first_visit", "unseen", "part"])
def test_other_visits_render_too(name: str, request: pytest.FixtureRequest) -> None:
    visit: Assessment = request.getfixturevalue(name)
    assert build_view(visit).page_one.verdict in words(Page(render_html(visit)).text)


def test_without_a_grade_no_score_is_promised(part: Assessment) -> None:
    many = replace(part, actions=part.actions * 2)
    text = words(Page(render_html(many)).text)
    assert "After that" in text
    assert not re.search(r"then 59|\(-\)|Score after", text)


def test_page_one_says_what_matters_and_was_not_seen(unseen: Assessment) -> None:
    said = "Nothing found that needs you this month; two important things could not be checked. To see more: Name the backup"
    assert said in words(Page(render_html(unseen)).owner)


def test_the_register_of_assets_is_for_the_technician(assessment: Assessment) -> None:
    page = Page(render_html(assessment))
    shown = "WDC WD20EFRX; serial number WD-WCC4; 2.0 TB; Kind: hard disk"
    assert shown in words(page.text)
    assert shown not in words(page.owner)
