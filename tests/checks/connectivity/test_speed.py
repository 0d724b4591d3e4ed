from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itaudit import api
from itaudit.checks.connectivity.speed import Settings, speed
from itaudit.facts.internet_speed import LineSpeed

NOW = api.Machine("office-server", "linux", datetime(2026, 11, 22, 12, tzinfo=UTC), admin=True)


def judged(
    down: float, up: float, ordered_down: float | None = None, ordered_up: float | None = None, past: api.History | None = None
) -> api.Verdict:
    line = LineSpeed("internet line", down, up, ordered_down, ordered_up, 10**8, "speedtest-cli")
    return speed(line, past or api.History(), NOW, Settings())


def earlier(*seen: tuple[int, float]) -> api.History:
    """(days ago, Mbit/s down), oldest first; a tenth of it up."""
    points = {"down": 1.0, "up": 0.1}
    return api.History(lambda name: [api.Point(NOW.now - timedelta(days=ago), value * points[name]) for ago, value in seen])


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


def test_one_bad_evening_is_not_the_line() -> None:
    verdict = judged(40, 4, 100, 10, past=earlier((20, 98), (10, 95), (5, 97), (1, 99)))
    assert verdict.status is api.Status.OK
    # The middle of 40, 95, 97, 98 and 99; the fifth newest was on 2 November.
    assert verdict.summary == (
        "The internet line moves 97.0 of 100 ordered Mbit/s down and 9.7 of 10 ordered up,"
        " the middle of 5 measurements since 2 November 2026."
    )
    assert [one.value for one in verdict.measurements] == [40, 4], "what is kept is this measurement, not the middle"
    assert "now 40.0 Mbit/s down" in verdict.detail


def test_a_line_that_is_slow_most_of_the_time_fails_even_on_a_good_day() -> None:
    assert judged(100, 10, 100, 10, past=earlier((9, 60), (7, 62), (1, 61))).status is api.Status.FAIL


def test_only_the_newest_measurements_count_and_none_older_than_a_season() -> None:
    assert (
        judged(90, 9, 100, 10, past=earlier(*((day, 10) for day in range(30, 20, -1)), (3, 95), (2, 95), (1, 95))).status
        is api.Status.OK
    )
    assert judged(90, 9, 100, 10, past=earlier((120, 10), (100, 10), (91, 10))).summary.endswith("9.0 of 10 ordered up.")


def test_points_of_a_clock_that_was_ahead_are_left_out() -> None:
    assert judged(90, 9, 100, 10, past=earlier((-400, 10), (-3, 10))).status is api.Status.OK


def test_a_backend_that_tells_no_bytes_is_named_without_them() -> None:
    line = LineSpeed("internet line", 90, 9, None, None, None, "ndt7")
    assert speed(line, api.History(), NOW, Settings()).detail == "now 90.0 Mbit/s down and 9.0 up, by ndt7"
