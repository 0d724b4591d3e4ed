"""The speed of the line, by the real speedtest-cli, and when it is measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from itaudit import api
from itaudit.facts.internet import Internet, Target
from itaudit.facts.internet_speed import LineSpeed, line_speed, loading
from itaudit.facts.speed_backends import figures

ASKED_FOR = Internet(targets=["192.0.2.1:443", "192.0.2.2:443"], ping_count=2, speedtest=True, down_mbps=100, up_mbps=40)
GOOD = '{"download": 93500000.5, "upload": 38000000, "ping": 9.1, "bytes_received": 117000000, "bytes_sent": 48000000}'
BODY = json.dumps({"outputs": [{"text": GOOD, "errors": "", "exit_code": 0}], "moments": []})
Collect = Callable[..., list[Any]]
SpeedServer = Callable[[str], str]


def pings(host: str, *times: float) -> dict[api.Question, str]:
    body = json.dumps({"method": "icmp", "sent": 2, "received": len(times), "round_trips_ms": times})
    return {api.Ping(host, 2, interval_seconds=0.05, tcp_port=443, timeout=2.1): body}


def test_bits_become_megabits_and_the_contract_stands_beside(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    [line] = facts_of(line_speed, recorded({api.Speed(): BODY}), ASKED_FOR, [])
    assert line == LineSpeed("internet line", 93.5000005, 38.0, 100, 40, 165_000_000, "speedtest-cli")


def test_nothing_is_measured_unless_asked_for(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    with pytest.raises(api.NotApplicable, match="--speedtest"):
        facts_of(line_speed, recorded({api.Speed(): BODY}), Internet(), [])


def test_the_target_that_answers_soonest_is_pinged_meanwhile(recorded: Callable[..., api.Ask]) -> None:
    ask = recorded(pings("192.0.2.1", 20.0, 21.0) | pings("192.0.2.2", 9.0, 8.0))
    load = loading(ask, ASKED_FOR, [Target("192.0.2.1:443", 20.0), Target("192.0.2.2:443", 9.0)])
    assert load.question == api.Speed(ping_host="192.0.2.2")
    assert load.at_rest
    assert load.at_rest.round_trips_ms == (9.0, 8.0)


def test_what_the_load_would_disturb_is_asked_before(recorded: Callable[..., api.Ask]) -> None:
    ask = recorded({})
    ask(loading(ask, ASKED_FOR, [Target("192.0.2.1:443", 20.0)]).question)
    first, path = next(iter(pings("192.0.2.1"))).key, api.PathMtu("192.0.2.1").key
    assert ask.taken_keys() == (first, path, api.Speed().key)


def test_iperf3_is_given_the_server_and_other_backends_are_not(recorded: Callable[..., api.Ask]) -> None:
    own = Internet(speedtest=True, speed_backend="iperf3", iperf3_server="[2001:db8::7]:5299", speed_seconds=30)
    assert loading(recorded({}), own, []).question == api.Speed("iperf3", "", "2001:db8::7", 5299, 30, timeout=80.0)
    other = Internet(speedtest=True, speed_backend="ndt7", iperf3_server="speed.example.com", speedtest_mini_url="http://x.test/")
    assert loading(recorded({}), other, []).question == api.Speed("ndt7")


def test_iperf3_without_a_server_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="iperf3_server"):
        Internet(speed_backend="iperf3")


def through(url: str) -> Internet:
    return Internet(speedtest=True, speedtest_mini_url=url)


def test_a_real_measurement_is_read(speed_server: SpeedServer, live: api.Ask, facts_of: Collect) -> None:
    [line] = facts_of(line_speed, live, through(speed_server("works")), [])
    assert line.down_mbps > 1
    assert line.up_mbps > 1
    assert line.bytes_moved > 250_000


def test_a_real_measurement_that_moved_nothing_is_unknown_though_it_claims_an_upload(
    speed_server: SpeedServer, live: api.Ask
) -> None:
    answer = live(loading(live, through(speed_server("no transfers")), []).question)
    [output] = answer.json["outputs"]
    assert output["exit_code"] == 0
    assert json.loads(output["text"])["upload"] > 0
    with pytest.raises(api.Unreadable, match="moved 0 bytes down"):
        figures(answer, "speedtest-cli")


def test_a_service_that_turns_us_away_is_unknown(speed_server: SpeedServer, live: api.Ask, facts_of: Collect) -> None:
    with pytest.raises(api.Unreadable):
        facts_of(line_speed, live, through(speed_server("forbidden")), [])
