from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.portal import portal
from itaudit.facts.portal import WebProbe


@pytest.mark.parametrize(
    ("status", "length", "expected"),
    [(204, 0, api.Status.OK), (200, 500, api.Status.FAIL), (302, 0, api.Status.FAIL), (204, 3, api.Status.FAIL)],
)
def test_only_an_empty_answer_was_left_alone(status: int, length: int, expected: api.Status) -> None:
    assert portal(WebProbe("web", "http://probe.example.com/", status, length, "")).status is expected


def test_where_the_sign_in_page_is_goes_to_the_technician() -> None:
    verdict = portal(WebProbe("web", "http://probe.example.com/", 302, 5, "http://hotel.example.com/"))
    assert "http://hotel.example.com/" in verdict.detail
    assert "hotel" not in verdict.summary


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_test_page_that_is_out_of_order_says_nothing_of_the_way(status: int) -> None:
    with pytest.raises(api.Unreadable):
        portal(WebProbe("web", "http://probe.example.com/", status, 10, ""))


def test_a_sign_in_page_by_the_book_fails() -> None:
    assert portal(WebProbe("web", "http://probe.example.com/", 511, 10, "")).status is api.Status.FAIL
