"""Default routes and their routers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.internet import Target
from itaudit.facts.routes import DefaultRoute, Router, WayOut, linux_way_out, parse_ipv6_routes, parse_routes

HEADING = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
# As a Debian machine with one card printed it: 192.0.2.1 is C0 00 02 01, lowest byte first.
ROUTES = (
    HEADING
    + "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    + "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
)
ZEROS = "0" * 32
IPV6 = (
    f"fe800000000000000000000000000000 40 {ZEROS} 00 {ZEROS} 00000100 00000002 00000000 00000001     eth0\n"
    f"{ZEROS} 00 {ZEROS} 00 fe800000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n"
    f"{ZEROS} 00 {ZEROS} 00 {ZEROS} ffffffff 00000001 00000000 00200200       lo\n"
)
DEV = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
    "    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
)
CARD = DEV + "  eth0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
ANSWER = '{"method": "icmp", "sent": 4, "received": 2, "round_trips_ms": [0.5, 0.25]}'
SILENCE = '{"method": "icmp", "sent": 4, "received": 0, "round_trips_ms": []}'
NO_IPV6 = api.Answer.missing(api.NotFound())
FOUR = DefaultRoute("192.0.2.1", "eth0", 100)
SIX = DefaultRoute("fe80::1%eth0", "eth0", 1024)
Collect = Callable[..., list[Any]]


def asked(dev: str, routes: str, ipv6: str | api.Answer, **pings: str | api.Answer) -> dict[api.Question, str | api.Answer]:
    hosts = {"four": "192.0.2.1", "six": "fe80::1%eth0"}
    return {
        api.ReadFile("/proc/net/dev"): dev,
        api.ReadFile("/proc/net/route"): routes,
        api.ReadFile("/proc/net/ipv6_route"): ipv6,
        **{api.Ping(hosts[name], count=3, tcp_port=80, timeout=1.5): answer for name, answer in pings.items()},
    }


def test_the_default_route_is_found_among_the_others() -> None:
    assert parse_routes(ROUTES) == [FOUR]


def test_a_route_that_is_down_or_rejects_leads_nowhere() -> None:
    assert parse_routes(HEADING + "eth0\t00000000\t010200C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n") == []
    assert parse_routes(HEADING + "lo\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n") == []


def test_a_link_that_itself_leads_out_has_no_router() -> None:
    assert parse_routes(HEADING + "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n") == [DefaultRoute("", "ppp0", 0)]


def test_an_ipv6_router_carries_its_link_and_the_reject_route_is_left_out() -> None:
    assert parse_ipv6_routes(IPV6) == [SIX]


@pytest.mark.parametrize(
    "text", ["", "hello", HEADING + "eth0\tzz", HEADING + "eth0 0 -1 3 0 0 0 0", HEADING + f"eth0 0 {'F' * 9} 3 0 0 0 0"]
)
def test_a_broken_table_is_refused(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_routes(text)


def test_the_way_out_lists_the_routers_ipv4_first(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    ask = recorded(asked(CARD, ROUTES, IPV6, four=ANSWER, six=SILENCE))
    [way] = facts_of(linux_way_out, ask, [Target("192.0.2.9:443", 3.0)])
    assert way == WayOut("router", (Router(FOUR, True, 0.25), Router(SIX, False)), internet_works=True)


def test_a_router_that_we_may_not_ask_is_neither_silent_nor_answering(
    recorded: Callable[..., api.Ask], facts_of: Collect
) -> None:
    for answer in (api.Answer.missing(api.AccessDenied()), SILENCE.replace("icmp", "tcp")):
        [way] = facts_of(linux_way_out, recorded(asked(CARD, ROUTES, NO_IPV6, four=answer)), [])
        assert way.routers == (Router(FOUR, None),)
        assert not way.internet_works


def test_an_unreachable_router_is_silent(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    ask = recorded(asked(CARD, ROUTES, NO_IPV6, four=api.Answer.missing(api.Unreachable("no route"))))
    assert facts_of(linux_way_out, ask, [])[0].routers == (Router(FOUR, False),)


def test_no_default_route_is_a_fact(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    assert facts_of(linux_way_out, recorded(asked(CARD, HEADING, "")), []) == [WayOut("router", (), internet_works=False)]


def test_a_machine_without_a_card_needs_no_router(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    with pytest.raises(api.NotApplicable):
        facts_of(linux_way_out, recorded(asked(DEV, HEADING, "")), [])


@given(
    st.text()
    | st.text("0123456789abcdefFE \t\n:").map(lambda tail: HEADING + tail)
    | st.text("0f \n:e").map(lambda tail: CARD + tail)
)
def test_any_table_is_read_or_refused(always: Callable[[str], api.Ask], facts_of: Collect, text: str) -> None:
    for parse in (parse_routes, parse_ipv6_routes):
        try:
            assert all(isinstance(route, DefaultRoute) for route in parse(text))
        except api.Unreadable:
            continue
    try:
        facts_of(linux_way_out, always(text), [])
    except api.Missing:
        return
