from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.speed import Settings, speed
from itaudit.facts.internet_speed import LineSpeed


def judged(down: float, up: float, ordered_down: float | None = None, ordered_up: float | None = None) -> api.Verdict:
    return speed(LineSpeed("internet line", down, up, ordered_down, ordered_up, 10**8), Settings())


@pytest.mark.parametrize(
    ("down", "up", "status"),
    [(80, 32, api.Status.OK), (79.9, 32, api.Status.FAIL), (80, 31.9, api.Status.FAIL)],
)
def test_eighty_percent_of_what_was_ordered_is_due(down: float, up: float, status: api.Status) -> None:
    assert judged(down, up, 100, 40).status is status


@pytest.mark.parametrize(
    ("down", "up", "status"),
    [
        (100, 20, api.Status.OK),
        (99, 20, api.Status.WARN),
        (100, 19, api.Status.WARN),
        (24, 20, api.Status.FAIL),
        (100, 2, api.Status.FAIL),
    ],
)
def test_without_a_contract_general_figures_count(down: float, up: float, status: api.Status) -> None:
    assert judged(down, up).status is status


def test_a_small_line_that_keeps_its_contract_is_fine() -> None:
    assert judged(15, 1.9, 16, 2).status is api.Status.OK


def test_one_ordered_figure_leaves_the_other_to_the_general_one() -> None:
    assert judged(15, 1.9, 16, None).status is api.Status.FAIL


def test_a_broken_contract_is_claimed_and_a_slow_line_is_replaced() -> None:
    claim, faster = judged(50, 40, 100, 40).remedy, judged(50, 40).remedy
    assert claim
    assert faster
    assert "what was ordered" in claim.action
    assert faster.lead is api.LeadTime.SERVER_OR_LINE


def test_both_figures_are_told_and_kept() -> None:
    verdict = judged(93.44, 38, 100)
    assert verdict.summary == "The internet line moves 93.4 of 100 ordered Mbit/s down and 38.0 up."
    assert [(one.name, one.value) for one in verdict.measurements] == [("down", 93.44), ("up", 38)]
