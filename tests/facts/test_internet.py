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


UNREACHABLE = api.Answer.missing(api.Unreachable("192.0.2.1 port 443: Network is unreachable"))
SILENT = api.Answer.missing(api.TimedOut("192.0.2.1 port 443 did not answer within 3 s"))
SECTION = Internet(
    targets=["192.0.2.1:443"], targets_ipv6=["[2001:db8::1]:443", "[2001:db8::2]:443"], portal_url="http://page.test/204"
)
CONNECTED = '{"milliseconds": 4}'
OLD, NEW, OTHER = (api.TcpConnect(host, 443) for host in ("192.0.2.1", "2001:db8::1", "2001:db8::2"))
PAGE, AT_PAGE = api.Http("http://page.test/204"), api.TcpConnect("page.test", 80)
AS_SENT = '{"status": 204, "headers": {}, "text": "", "url": "http://page.test/204"}'


def test_a_network_with_the_newer_addresses_alone_reaches_the_internet(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    found = facts_of(targets, recorded({OLD: UNREACHABLE, NEW: CONNECTED, OTHER: SILENT}), SECTION)
    assert [(one.subject, one.reached) for one in found] == [("[2001:db8::1]:443", True), ("[2001:db8::2]:443", False)]


def test_a_line_whose_older_addresses_are_silent_is_not_saved_by_the_newer_ones(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    found = facts_of(targets, recorded({OLD: SILENT, NEW: CONNECTED, OTHER: CONNECTED}), SECTION)
    assert [(one.subject, one.reached) for one in found] == [("192.0.2.1:443", False)]


def test_where_the_well_known_addresses_are_blocked_a_page_that_arrives_proves_the_internet(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    [found] = facts_of(targets, recorded({OLD: SILENT, PAGE: AS_SENT, AT_PAGE: CONNECTED}), SECTION)
    assert (found.subject, found.reached) == ("page.test:80", True)
    assert found.why == "instead of those that do not answer: 192.0.2.1:443"


@pytest.mark.parametrize(
    "page",
    [
        AS_SENT.replace("204,", "200,"),
        AS_SENT.replace('"text": ""', '"text": "sign in"'),
        "[]",
        api.Answer.missing(api.TimedOut()),
        api.Answer.missing(api.NotRecorded()),
    ],
)
def test_a_sign_in_page_proves_no_internet(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]], page: str | api.Answer
) -> None:
    [found] = facts_of(targets, recorded({OLD: SILENT, PAGE: page, AT_PAGE: CONNECTED}), SECTION)
    assert (found.subject, found.reached) == ("192.0.2.1:443", False)


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
