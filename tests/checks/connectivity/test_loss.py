from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.loss import Settings, loss
from itaudit.facts.line import Echo, Line


def line(lost: int, sent: int = 1000) -> Line:
    return Line("192.0.2.1", Echo("icmp", sent, sent - lost, (5.0,) * (sent - lost)))


@pytest.mark.parametrize(
    ("lost", "status"),
    [(0, api.Status.OK), (10, api.Status.OK), (11, api.Status.WARN), (50, api.Status.WARN), (51, api.Status.FAIL)],
)
def test_more_than_one_percent_warns_and_more_than_five_fails(lost: int, status: api.Status) -> None:
    assert loss([line(lost)], Settings()).status is status


def test_one_bad_target_is_not_the_line() -> None:
    verdict = loss([line(0), line(900), line(0)], Settings())
    assert verdict.status is api.Status.OK
    assert verdict.measurements == (api.Measurement("lost", 0, api.Unit.PERCENT),)


def test_what_two_of_three_lose_is_the_line() -> None:
    verdict = loss([line(0), line(60), line(80)], Settings())
    assert verdict.status is api.Status.FAIL
    assert verdict.summary == "6.0% of what is sent to the internet gets lost."
