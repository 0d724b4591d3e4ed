from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.latency import Settings, latency
from itaudit.facts.line import Echo, Line


def line(delay: float) -> Line:
    return Line("192.0.2.1", Echo("icmp", 3, 3, (delay, delay, delay)))


@pytest.mark.parametrize(
    ("delay", "status"),
    [(20, api.Status.OK), (150, api.Status.OK), (150.1, api.Status.WARN), (300, api.Status.WARN), (300.1, api.Status.FAIL)],
)
def test_the_delay_is_judged_there_and_back(delay: float, status: api.Status) -> None:
    assert latency([line(delay)], Settings()).status is status


def test_a_far_target_does_not_make_the_line_slow() -> None:
    verdict = latency([line(20), line(30), line(900)], Settings())
    assert verdict.status is api.Status.OK
    assert verdict.summary == "The internet answers after 30 ms."
