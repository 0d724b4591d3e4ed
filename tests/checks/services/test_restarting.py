from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.services.restarting import Settings, restarting
from itaudit.facts.repetitions import Item, Kind, Repetition


def judged(kind: Kind, a_day: float, *, complete: bool = True) -> api.Verdict:
    items = (Item("shop.service", a_day, round(a_day), "it fell"),) if a_day else ()
    return restarting(Repetition(kind, items, round(a_day), complete), Settings())


@pytest.mark.parametrize(
    ("a_day", "status"),
    [(0, api.Status.OK), (5, api.Status.OK), (6, api.Status.WARN), (50, api.Status.WARN), (51, api.Status.FAIL)],
)
def test_restarts_are_judged_by_the_day(a_day: float, status: api.Status) -> None:
    assert judged(Kind.RESTARTS, a_day).status is status


@pytest.mark.parametrize(
    ("a_day", "status"), [(0, api.Status.OK), (100, api.Status.OK), (101, api.Status.WARN), (1001, api.Status.FAIL)]
)
def test_errors_are_judged_by_a_usual_day(a_day: float, status: api.Status) -> None:
    assert judged(Kind.ERRORS, a_day).status is status


def test_errors_that_could_not_all_be_read_only_warn() -> None:
    verdict = judged(Kind.ERRORS, 5000, complete=False)
    assert verdict.status is api.Status.WARN
    assert "more than could be read" in verdict.detail
    assert judged(Kind.RESTARTS, 5000, complete=False).status is api.Status.FAIL


def test_it_says_what_comes_back_and_how_often() -> None:
    assert judged(Kind.ERRORS, 250).summary == "The same error of shop.service comes back about 250 times a day."
    assert judged(Kind.RESTARTS, 7).summary == "shop.service fell over and was started again 7 times in the last 24 hours."
    assert "it fell" in judged(Kind.RESTARTS, 7).detail


def test_once_is_said_as_once() -> None:
    assert judged(Kind.RESTARTS, 1).summary == "No service had to be started again and again (at most once in 24 hours)."
    assert judged(Kind.RESTARTS, 0).summary == "No service had to be started again in the last 24 hours."
    assert judged(Kind.RESTARTS, 3).summary == "No service had to be started again and again (at most 3 times in 24 hours)."
