"""The table [internet] and the TCP targets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from itaudit import api
from itaudit.facts.internet import Internet, connect, endpoint, targets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.1.1.1:443", ("1.1.1.1", 443)),
        ("www.example.com:80", ("www.example.com", 80)),
        ("[2001:db8::1]:443", ("2001:db8::1", 443)),
    ],
)
def test_host_and_port_are_split(text: str, expected: tuple[str, int]) -> None:
    assert endpoint(text) == expected


def test_a_lone_host_gets_the_default_port() -> None:
    assert endpoint("time.example.com", 123) == ("time.example.com", 123)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":443",
        "1.1.1.1",
        "1.1.1.256:443",
        "2001:db8::1:443",
        "[1.1.1.1]:443",
        "[]:443",
        "a b:1",
        "-x:1",
        "host:0",
        "host:65536",
        "x\n:1",
    ],
)
def test_what_is_no_endpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        endpoint(text)


@given(st.text(max_size=300))
def test_any_text_is_an_endpoint_or_refused(text: str) -> None:
    try:
        host, port = endpoint(text)
    except ValueError:
        return
    assert host
    assert 0 < port < 65536


@pytest.mark.parametrize(
    "table",
    [
        {"targets": ["nowhere"]},
        {"targets": []},
        {"time_servers": ["two words"]},
        {"speedtest_mini_url": "ftp://x"},
        {"portal_url": "no url"},
        {"down_mbps": 0},
        {"up_mbps": float("inf")},
        {"ping_count": 1},
        {"tragets": ["1.1.1.1:443"]},
    ],
)
def test_a_wrong_table_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Internet.model_validate(table)


def test_an_open_port_is_reached_and_a_closed_one_is_not(
    live: api.Ask, open_port: int, closed_port: int, facts_of: Callable[..., list[Any]]
) -> None:
    names = [f"127.0.0.1:{open_port}", f"127.0.0.1:{closed_port}"]
    opened, closed = facts_of(targets, live, Internet(targets=[*names, names[0]]))
    assert (opened.subject, opened.reached) == (names[0], True)
    assert (closed.subject, closed.reached) == (names[1], False)
    assert "refused" in closed.why


def test_what_kept_us_from_trying_is_a_gap_and_not_an_outage(recorded: Callable[..., api.Ask]) -> None:
    ask = recorded({api.TcpConnect("192.0.2.1", 443): api.Answer.missing(api.AccessDenied("forbidden"))})
    [gap] = connect(ask, ["192.0.2.1:443"])
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.AccessDenied)


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "{}", '{"milliseconds": true}', '{"milliseconds": -1}', '{"milliseconds": NaN}']
)
def test_an_answer_without_a_duration_is_a_gap(always: Callable[[str], api.Ask], body: str) -> None:
    [gap] = connect(always(body), ["192.0.2.1:443"])
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.Unreadable)
