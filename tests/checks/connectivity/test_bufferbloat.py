from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from itaudit import api
from itaudit.checks.connectivity.bufferbloat import Settings, bufferbloat
from itaudit.facts.loaded_line import LoadedLine


def line(rest: float, down: float | None, up: float | None) -> LoadedLine:
    return LoadedLine("internet line", "192.0.2.1", rest, down, up)


@pytest.mark.parametrize(
    ("busy", "status"),
    [(10, api.Status.OK), (80, api.Status.OK), (80.1, api.Status.WARN), (220, api.Status.WARN), (220.1, api.Status.FAIL)],
)
def test_what_the_load_adds_is_judged(busy: float, status: api.Status) -> None:
    assert bufferbloat(line(20, busy, None), Settings()).status is status
    assert bufferbloat(line(20, None, busy), Settings()).status is status


def test_the_slower_direction_and_the_responsiveness_are_told() -> None:
    verdict = bufferbloat(line(20, 100, 500), Settings())
    assert verdict.summary == "While the line is busy, the internet answers after 500 ms instead of 20 ms."
    assert [(one.name, one.value) for one in verdict.measurements] == [("added", 480), ("round_trips_per_minute", 120)]
    assert "down 100.0 ms, up 500.0 ms; 120 round trips/min (RPM)" in verdict.detail


def test_a_line_that_stays_quick_needs_no_remedy() -> None:
    verdict = bufferbloat(line(20, 25, None), Settings())
    assert verdict.summary == "The internet stays quick while large files arrive: 25 ms. While they are sent was not measured."
    assert verdict.remedy is None
    assert "up not measured" in verdict.detail
    sent = bufferbloat(line(20, None, 25), Settings())
    assert sent.summary == "The internet stays quick while large files are sent: 25 ms. While they arrive was not measured."
    both = bufferbloat(line(20, 25, 22), Settings())
    assert both.summary == "The internet stays quick while the line is busy: 25 ms."


BusyLine = Callable[[int], dict[str, Any]]


def test_a_real_line_with_a_long_queue_keeps_everybody_waiting(busy_line: BusyLine) -> None:
    found = busy_line(600)
    assert found["bufferbloat"] in ("warn", "fail")
    assert found["busy_ms"] > found["rest_ms"] + 60
    assert found["per_minute"] == pytest.approx(60_000 / found["busy_ms"])
    # The contract of 20 Mbit/s is the one that the queue lets through, with its headers.
    assert found["speed"] == "ok"
    assert 15 < found["down_mbps"] < 21
    assert 15 < found["up_mbps"] < 21
    assert found["asked"] == 1, "one speed test serves both checks"
    assert found["replayed"]


def test_the_same_line_with_a_short_queue_stays_quick(busy_line: BusyLine) -> None:
    found = busy_line(10)
    assert found["bufferbloat"] == "ok"
    assert found["busy_ms"] < 60


def test_no_step_would_throttle_the_line_to_a_speed_of_ours() -> None:
    remedy = bufferbloat(line(20, None, 500), Settings()).remedy
    assert remedy is not None
    assert not [
        step for step in remedy.steps if "bandwidth" in step and any(sign.isdigit() for sign in step.split("bandwidth")[1])
    ]
