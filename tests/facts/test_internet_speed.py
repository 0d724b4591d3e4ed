"""The speed of the line, by the real speedtest-cli."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.internet import Internet
from itaudit.facts.internet_speed import LineSpeed, line_speed, parse_speed

ASKED_FOR = Internet(speedtest=True, down_mbps=100, up_mbps=40)
GOOD = '{"download": 93500000.5, "upload": 38000000, "ping": 9.1, "bytes_received": 117000000, "bytes_sent": 48000000}'
Collect = Callable[..., list[Any]]
SpeedServer = Callable[[str], str]


def test_bits_become_megabits_and_the_contract_stands_beside(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    [line] = facts_of(line_speed, recorded({api.Speed(): GOOD}), ASKED_FOR)
    assert line == LineSpeed("internet line", 93.5000005, 38.0, 100, 40, 165_000_000)


def test_nothing_is_measured_unless_asked_for(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    with pytest.raises(api.NotApplicable, match="--speedtest"):
        facts_of(line_speed, recorded({api.Speed(): GOOD}), Internet())


@pytest.mark.parametrize("name", ["download", "upload", "bytes_received", "bytes_sent"])
def test_a_figure_of_nothing_is_not_a_speed(name: str) -> None:
    body = {"download": 1e8, "upload": 4e7, "bytes_received": 10**8, "bytes_sent": 10**7, name: 0}
    with pytest.raises(api.Unreadable, match="moved"):
        parse_speed(api.Answer(body=str(body).replace("'", '"')), ASKED_FOR)


def through(url: str) -> Internet:
    return Internet(speedtest=True, speedtest_mini_url=url)


def test_a_real_measurement_is_read(speed_server: SpeedServer, live: api.Ask, facts_of: Collect) -> None:
    [line] = facts_of(line_speed, live, through(speed_server("works")))
    assert line.down_mbps > 1
    assert line.up_mbps > 1
    assert line.bytes_moved > 250_000


def test_a_real_measurement_that_moved_nothing_is_unknown_though_it_claims_an_upload(
    speed_server: SpeedServer, live: api.Ask, facts_of: Collect
) -> None:
    settings = through(speed_server("no transfers"))
    answer = live(api.Speed(mini_url=settings.speedtest_mini_url))
    assert answer.exit_code == 0
    assert answer.json["upload"] > 0
    with pytest.raises(api.Unreadable, match="moved 0 bytes down"):
        facts_of(line_speed, live, settings)


def test_a_service_that_turns_us_away_is_unknown(speed_server: SpeedServer, live: api.Ask, facts_of: Collect) -> None:
    with pytest.raises(api.Unreadable):
        facts_of(line_speed, live, through(speed_server("forbidden")))


@given(
    st.text() | st.sampled_from(["[]", "null", GOOD.replace("93500000.5", "NaN"), GOOD.replace("38000000", "1e99"), GOOD[:-5]])
)
def test_any_other_answer_is_unknown(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_speed(api.Answer(body=text), ASKED_FOR)
