from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.clock import Settings, clock
from itaudit.facts.clock import Clock


def judged(offset: float | None) -> api.Verdict:
    return clock(Clock("clock", offset, "192.0.2.1"), Settings())


@pytest.mark.parametrize(
    ("offset", "status", "severity"),
    [
        (0.002, api.Status.OK, None),
        (-1.0, api.Status.OK, None),
        (1.1, api.Status.WARN, None),
        (-5.0, api.Status.WARN, None),
        (5.1, api.Status.FAIL, None),
        (300.0, api.Status.FAIL, None),
        (-300.5, api.Status.FAIL, api.Severity.CRITICAL),
    ],
)
def test_the_offset_is_judged_either_way(offset: float, status: api.Status, severity: api.Severity | None) -> None:
    verdict = judged(offset)
    assert (verdict.status, verdict.severity) == (status, severity)


def test_slow_and_fast_are_told_apart() -> None:
    assert judged(7.0).summary == "The clock is 7.0 seconds slow."
    assert judged(-5400.0).summary == "The clock is 1.5 hours fast."
    assert judged(240.0).summary == "The clock is 4.0 minutes slow."
    assert judged(0.012).summary == "The clock is right to 12 ms."


def test_without_a_reference_the_time_service_is_believed() -> None:
    assert judged(None).status is api.Status.OK


def test_whoever_sets_the_clock_hears_first_that_a_jump_stops_services() -> None:
    remedy = judged(7.0).remedy
    assert remedy is not None
    steps = list(remedy.steps)
    warned, jumps = (next(index for index, step in enumerate(steps) if word in step) for word in ("jumps back", "makestep"))
    assert warned < jumps
