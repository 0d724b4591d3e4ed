"""Pings under load."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.internet import Internet, Target
from itaudit.facts.line import lines
from itaudit.facts.loaded_line import LoadedLine, Moment, loaded, loaded_line, parse_moments, while_busy
from itaudit.facts.speed_backends import Figures

SPEED = Figures(80.0, 8.0, 10**8)  # 10 MB/s down, 1 MB/s up


def moments(*phases: tuple[int, float | None, int, int], step: float = 0.1) -> list[Moment]:
    """(how many, ms of each, bytes received and sent in each step of a tenth of a second)."""
    found: list[Moment] = [(0.0, 10.0, 0, 0)]
    for count, milliseconds, received, sent in phases:
        for _ in range(count):
            at, _, before, sent_before = found[-1]
            found.append((round(at + step, 3), milliseconds, before + received, sent_before + sent))
    return found


# Choosing a server, 20 pings down at full speed, a pause, 20 pings up.
TEST = moments((15, 10.0, 2_000, 2_000), (20, 250.0, 1_000_000, 20_000), (10, 11.0, 500, 500), (20, 90.0, 4_000, 100_000))


def test_only_the_pings_under_load_count_in_each_direction() -> None:
    assert while_busy(TEST, 2, SPEED) == 250.0
    assert while_busy(TEST, 3, SPEED) == 90.0


def test_the_direction_that_suffers_more_is_judged() -> None:
    line = loaded("192.0.2.1", 10.0, TEST, SPEED)
    assert line == LoadedLine("internet line", "192.0.2.1", 10.0, 250.0, 90.0)
    assert line.added_ms == 240.0
    assert line.round_trips_per_minute == 240.0  # 60,000 / 250


def test_a_ping_at_half_the_speed_counts_and_one_below_does_not() -> None:
    assert while_busy(moments((5, 99.0, 501_000, 0)), 2, SPEED) == 99.0
    assert while_busy(moments((5, 99.0, 499_000, 0)), 2, SPEED) is None


def test_what_is_sent_back_for_a_fast_download_is_not_taken_for_an_upload() -> None:
    # 80 Mbit/s down, 2 up: the acknowledgements of the download alone are 1.3 Mbit/s. Uploads hold everything up.
    line = moments((60, 20.0, 1_000_000, 16_000), (10, 11.0, 500, 500), (10, 900.0, 3_000, 25_000))
    assert while_busy(line, 2, Figures(80.0, 2.0, 10**8)) == 20.0
    assert while_busy(line, 3, Figures(80.0, 2.0, 10**8)) == 900.0


def test_fewer_than_five_pings_under_load_say_nothing() -> None:
    assert while_busy(moments((4, 99.0, 1_000_000, 0)), 2, SPEED) is None
    with pytest.raises(api.Unreadable, match="too few of 1 pings"):
        loaded("192.0.2.1", 10.0, moments(), SPEED)


def test_lost_pings_count_as_slow() -> None:
    three_lost = moments((4, 99.0, 1_000_000, 0), (3, None, 1_000_000, 0))
    assert while_busy(three_lost, 2, SPEED) == 99.0  # sorted: four of 99, three lost
    even = moments((3, 99.0, 1_000_000, 0), (3, None, 1_000_000, 0))
    assert while_busy(even, 2, SPEED) == (99.0 + 2000.0) / 2
    assert while_busy(moments((3, 99.0, 1_000_000, 0), (4, None, 1_000_000, 0)), 2, SPEED) == 2000.0


def test_a_queue_that_is_longer_than_our_patience_is_not_taken_for_silence() -> None:
    """Each ping waits for two seconds and is given up: few of them fit into a test, and yet they say enough."""
    assert while_busy(moments((3, None, 20_000_000, 0), step=2.0), 2, SPEED) == 2000.0
    assert while_busy(moments((2, None, 20_000_000, 0), step=2.0), 2, SPEED) is None


def test_a_line_that_gets_quicker_under_load_adds_nothing() -> None:
    assert LoadedLine("internet line", "192.0.2.1", 30.0, 25.0, None).added_ms == 0.0


def test_one_speed_test_serves_both_facts_and_nothing_is_pinged_where_nothing_answers(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    internet = Internet(targets=["192.0.2.1:443"], ping_count=2, speedtest=True)
    silent = '{"method": "icmp", "sent": 2, "received": 0, "round_trips_ms": []}'
    ask = recorded({api.Ping("192.0.2.1", 2, interval_seconds=0.05, tcp_port=443, timeout=2.1): silent})
    with pytest.raises(api.Unreachable, match="no target answers pings"):
        facts_of(loaded_line, ask, internet, [Target("192.0.2.1:443", 5.0)])
    with pytest.raises(api.Unreachable):
        facts_of(lines, ask, internet, [Target("192.0.2.1:443", 5.0)])


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        '{"moments": 5}',
        '{"moments": [[0, 1, 2]]}',
        '{"moments": [[0, NaN, 0, 0]]}',
        '{"moments": [[0, 1, -5, 0]]}',
        '{"moments": [[1, 5, 0, 0], [1, 5, 9, 9]]}',
        '{"moments": [[1, 5, 0, 0], [0.5, 5, 9, 9]]}',
    ],
)
def test_moments_that_make_no_sense_are_refused(body: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_moments(api.Answer(body=body))


numbers = st.floats() | st.integers(-10, 2**70) | st.none() | st.text(max_size=3)


@given(st.lists(st.lists(numbers, min_size=3, max_size=5), max_size=20))
def test_any_moments_are_read_or_refused(rows: list[Any]) -> None:
    try:
        found = parse_moments(api.Answer(body=json.dumps({"moments": rows})))
        line = loaded("192.0.2.1", 10.0, found, SPEED)
    except api.Missing:
        return
    assert line.added_ms >= 0
