"""Loss, delay and jitter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.internet import Internet, Target
from itaudit.facts.line import Echo, Line, echo, lines

SECTION = Internet(targets=["192.0.2.1:443", "192.0.2.2:443"], ping_count=4)
BOTH = [Target("192.0.2.1:443", 5.0), Target("192.0.2.2:443", 6.0)]


def pings(host: str, count: int) -> api.Ping:
    return api.Ping(host, count, interval_seconds=0.05, tcp_port=443, timeout=1.05 * count)


def body(sent: int, times: list[float], method: str = "icmp") -> str:
    return json.dumps({"method": method, "sent": sent, "received": len(times), "round_trips_ms": times})


def test_the_figures_of_a_line_are_worked_out() -> None:
    line = Line("192.0.2.1", Echo("icmp", 5, 4, (10.0, 30.0, 20.0, 24.0)))
    assert line.loss_percent == 20.0  # 1 of 5
    assert line.delay_ms == 22.0  # between 20 and 24
    assert line.jitter_ms == pytest.approx((20 + 10 + 4) / 3)


def test_one_answer_has_no_jitter() -> None:
    assert Line("192.0.2.1", Echo("icmp", 2, 1, (10.0,))).jitter_ms is None


def test_a_handshake_that_had_to_be_sent_again_counts_as_lost() -> None:
    assert echo(api.Answer(body=body(3, [10.0, 1012.0, 11.0], "tcp"))) == Echo("tcp", 3, 2, (10.0, 11.0))
    assert echo(api.Answer(body=body(3, [10.0, 1012.0, 11.0], "icmp"))).received == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        body(3, [1.0, 2.0, 3.0, 4.0]),
        '{"method": "icmp", "sent": 4, "received": 2, "round_trips_ms": [1]}',
        '{"method": "icmp", "sent": 0, "received": 0, "round_trips_ms": []}',
        '{"method": "icmp", "sent": 1, "received": 1, "round_trips_ms": [NaN]}',
        '{"method": "icmp", "sent": 1, "received": 1, "round_trips_ms": [-1]}',
        '{"method": "icmp", "sent": true, "received": 1, "round_trips_ms": [1]}',
        '{"method": "smoke", "sent": 1, "received": 1, "round_trips_ms": [1]}',
    ],
)
def test_figures_that_contradict_each_other_are_refused(text: str) -> None:
    with pytest.raises(api.Unreadable):
        echo(api.Answer(body=text))


def test_each_target_that_answers_is_a_line(recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]) -> None:
    ask = recorded(
        {
            pings("192.0.2.1", 2): body(2, [5.0, 5.0]),
            pings("192.0.2.2", 2): body(2, []),
            pings("192.0.2.1", 4): body(4, [5.0, 7.0, 6.0]),
        }
    )
    assert facts_of(lines, ask, SECTION, BOTH) == [Line("192.0.2.1", Echo("icmp", 4, 3, (5.0, 7.0, 6.0)))]


def longer(host: str, count: int) -> api.Ping:
    return api.Ping(host, count, interval_seconds=0.05, tcp_port=443, timeout=0.55 * count)


OFTEN = Internet(targets=["192.0.2.1:443", "192.0.2.2:443"], ping_count=25)


def losing(one: int, two: int, more: dict[api.Question, str]) -> dict[api.Question, str]:
    """The answers of two targets that lose so many of 25 pings."""
    found: dict[api.Question, str] = {pings(host, 2): body(2, [5.0, 5.0]) for host in ("192.0.2.1", "192.0.2.2")}
    found |= {pings("192.0.2.1", 25): body(25, [5.0] * (25 - one)), pings("192.0.2.2", 25): body(25, [5.0] * (25 - two))}
    return {**found, **more}


@pytest.mark.parametrize(("later", "lost"), [(0, 1.0), (7, 8.0)])
def test_where_few_are_lost_a_longer_look_tells_chance_from_a_bad_line(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]], later: int, lost: float
) -> None:
    more: dict[api.Question, str] = {longer(host, 75): body(75, [6.0] * (75 - later)) for host in ("192.0.2.1", "192.0.2.2")}
    found = facts_of(lines, recorded(losing(1, 1, more)), OFTEN, BOTH)
    assert [(line.echo.sent, line.loss_percent) for line in found] == [(100, lost), (100, lost)]
    assert found[0].echo.round_trips_ms[-1] == 6.0


@pytest.mark.parametrize(
    ("one", "two", "more"),
    [
        (0, 0, {longer("192.0.2.1", 75): body(75, [])}),  # nothing is in doubt
        (5, 5, {longer("192.0.2.1", 75): body(75, [])}),  # nothing is in doubt here either
        (1, 1, {}),  # an older recording
        (1, 1, {longer("192.0.2.1", 75): body(75, [5.0] * 75, "tcp"), longer("192.0.2.2", 75): "{}"}),
    ],
)
def test_where_nothing_is_in_doubt_or_nothing_more_is_seen_the_first_look_stays(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]], one: int, two: int, more: dict[api.Question, str]
) -> None:
    found = facts_of(lines, recorded(losing(one, two, more)), OFTEN, BOTH)
    assert [(line.echo.sent, line.echo.received) for line in found] == [(25, 25 - one), (25, 25 - two)]


def test_a_line_whose_answers_take_long_is_not_looked_at_with_less_patience(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    slow: dict[api.Question, str] = {pings(host, 25): body(25, [650.0] * 24) for host in ("192.0.2.1", "192.0.2.2")}
    more: dict[api.Question, str] = {longer(host, 75): body(75, []) for host in ("192.0.2.1", "192.0.2.2")}
    assert [line.echo.sent for line in facts_of(lines, recorded(losing(1, 1, {**more, **slow})), OFTEN, BOTH)] == [25, 25]


def test_a_line_that_was_not_recorded_is_a_gap(recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]) -> None:
    ask = recorded({pings("192.0.2.1", 2): body(2, [5.0]), pings("192.0.2.1", 4): body(4, [5.0])})
    line, gap = facts_of(lines, ask, SECTION, BOTH)
    assert line.loss_percent == 75.0
    assert (gap.subject, type(gap.error)) == ("192.0.2.2", api.NotRecorded)


def test_without_the_internet_the_line_is_unknown(recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]) -> None:
    with pytest.raises(api.Unreachable, match="internet does not answer"):
        facts_of(lines, recorded({}), SECTION, [Target("192.0.2.1:443", None, "no answer")])


def test_filtered_pings_are_unknown_and_not_a_loss(recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]) -> None:
    ask = recorded({pings(host, 2): body(2, []) for host in ("192.0.2.1", "192.0.2.2")})
    with pytest.raises(api.Unreachable, match="no target answers pings") as raised:
        facts_of(lines, ask, SECTION, BOTH)
    assert "firewall" in raised.value.unlock


def test_loopback_loses_nothing(live: api.Ask, open_port: int, facts_of: Callable[..., list[Any]]) -> None:
    name = f"127.0.0.1:{open_port}"
    [line] = facts_of(lines, live, Internet(targets=[name], ping_count=5), [Target(name, 1.0)])
    assert line.echo.sent == 5
    assert line.loss_percent == 0
    assert 0 < line.delay_ms < 1000


@given(
    st.text()
    | st.dictionaries(st.sampled_from(["method", "sent", "received", "round_trips_ms"]), st.integers() | st.text()).map(
        json.dumps
    )
)
def test_any_answer_gives_lines_gaps_or_a_missing(
    always: Callable[[str], api.Ask], facts_of: Callable[..., list[Any]], text: str
) -> None:
    try:
        found = facts_of(lines, always(text), SECTION, BOTH)
    except api.Missing:
        return
    assert all(isinstance(one, Line | api.Gap) for one in found)
