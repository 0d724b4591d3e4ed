from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.jitter import Settings, jitter
from itaudit.facts.line import Echo, Line


def line(*times: float) -> Line:
    return Line("192.0.2.1", Echo("icmp", len(times), len(times), times))


@pytest.mark.parametrize(("times", "status"), [((20, 50, 20), api.Status.OK), ((20, 50.5, 20), api.Status.FAIL)])
def test_a_swing_above_thirty_milliseconds_fails(times: tuple[float, ...], status: api.Status) -> None:
    assert jitter([line(*times)], Settings()).status is status


def test_the_middle_target_decides() -> None:
    verdict = jitter([line(10, 12), line(10, 90), line(10, 15)], Settings())  # swings of 2, 80 and 5
    assert verdict.measurements == (api.Measurement("swing", 5, api.Unit.MILLISECONDS),)


def test_single_answers_have_no_swing_to_judge() -> None:
    with pytest.raises(api.Unreadable):
        jitter([line(10)], Settings())
