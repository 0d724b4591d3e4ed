"""Network cards."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.network import Counters, Interface, fastest, interface_names, linux_interfaces, parse_counters

HEADING = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
)
DEV = (
    HEADING
    + "    lo:     100      10    0    0    0     0          0         0      100      10    0    0    0     0       0    0\n"
    + "enp3s0: 9000000    5000    7    2    0     7          0        30   800000    4000    3    0    0     1       0    0\n"
    + " wlan0:     200      20    0    0    0     0          0         0      200      20    0    0    0     0       0    0\n"
)
EINVAL = api.Answer.missing(api.Unreadable("/sys/class/net/wlan0/speed: Invalid argument"))


def files(name: str, state: str, speed: str | api.Answer, duplex: str | api.Answer) -> dict[api.Question, str | api.Answer]:
    values = {"operstate": state, "speed": speed, "duplex": duplex}
    values |= {"statistics/rx_missed_errors": "4\n", "statistics/tx_dropped": "3\n"}
    return {api.ReadFile(f"/sys/class/net/{name}/{tail}"): value for tail, value in values.items()}


def machine_with(cards: list[str], wireless: list[str]) -> dict[api.Question, str | api.Answer]:
    return {
        api.ReadFile("/proc/net/dev"): DEV,
        api.Glob("/sys/class/net/*/device"): json.dumps([f"/sys/class/net/{name}/device" for name in cards]),
        api.Glob("/sys/class/net/*/phy80211"): json.dumps([f"/sys/class/net/{name}/phy80211" for name in wireless]),
    }


def test_received_and_sent_are_added() -> None:
    assert parse_counters(DEV)["enp3s0"] == Counters(packets=9000, errors=10, collisions=1)


def test_the_loopback_is_no_interface_of_the_machine() -> None:
    assert interface_names(DEV) == ["enp3s0", "wlan0"]


@pytest.mark.parametrize(
    ("mask", "speed"),
    [
        ("0", None),
        ("3", 10),
        ("f", 100),
        ("2f", 1000),  # bits 0 to 3 and 5: 1000baseT/Full
        ("80000000002f", 2500),  # and 47: 2500baseT/Full
        ("c0", None),  # 6 and 7 are no speeds: automatic choice, twisted pair
        (f"{1 << 300:x}", None),  # a mode of a later kernel
    ],
)
def test_the_fastest_mode_of_a_mask_counts(mask: str, speed: int | None) -> None:
    assert fastest(mask) == speed


def test_a_slow_link_is_compared_with_what_the_card_and_the_other_end_can_do(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    modes = '{"speed_mbps": 100, "duplex": "full", "supported": "2f", "advertised": "2f", "partner": "f"}'
    ask = recorded(machine_with(["enp3s0"], []) | files("enp3s0", "up\n", "100\n", "full\n") | {api.LinkModes("enp3s0"): modes})
    assert facts_of(linux_interfaces, ask) == [Interface("enp3s0", False, True, 100, True, 1000, 9000, 10, 1, 7, 100)]


def test_where_the_card_names_no_modes_the_speed_is_known_all_the_same(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    ask = recorded(
        machine_with(["enp3s0"], [])
        | files("enp3s0", "up\n", "10\n", "half\n")
        | {api.LinkModes("enp3s0"): api.Answer.missing(api.Unreadable("enp3s0: Operation not supported"))}
    )
    [card] = facts_of(linux_interfaces, ask)
    assert (card.speed_mbps, card.full_duplex, card.fastest_mbps) == (10, False, None)


@pytest.mark.parametrize("speed", ["-1\n", "4294967295\n", "", EINVAL])
def test_a_card_that_does_not_tell_its_speed(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]], speed: str | api.Answer
) -> None:
    [card] = facts_of(linux_interfaces, recorded(machine_with(["enp3s0"], []) | files("enp3s0", "up\n", speed, "unknown\n")))
    assert (card.connected, card.speed_mbps, card.full_duplex) == (True, None, None)


def test_wireless_and_unplugged_cards_are_told_apart(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    ask = recorded(
        machine_with(["enp3s0", "wlan0"], ["wlan0"])
        | files("enp3s0", "down\n", "-1\n", "unknown\n")
        | files("wlan0", "up\n", EINVAL, EINVAL)
    )
    cable, air = facts_of(linux_interfaces, ask)
    assert (cable.connected, cable.wireless) == (False, False)
    assert (air.connected, air.wireless, air.speed_mbps) == (True, True, None)


def test_one_card_that_cannot_be_read_costs_only_itself(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    ask = recorded(machine_with(["enp3s0", "wlan0"], ["wlan0"]) | files("wlan0", "up\n", EINVAL, EINVAL))
    gap, air = facts_of(linux_interfaces, ask)
    assert (gap.subject, type(gap.error)) == ("enp3s0", api.NotRecorded)
    assert air.subject == "wlan0"


def test_this_machine_can_be_read(live: api.Ask, facts_of: Callable[..., list[Any]]) -> None:
    assert all(isinstance(card, Interface) and card.packets >= 0 for card in facts_of(linux_interfaces, live))


@pytest.mark.parametrize(
    "text", ["", "a\nb", HEADING + "eth0", HEADING + "eth0: 1 2", HEADING + "../x: " + "0 " * 16, HEADING + "e: " + "-1 " * 16]
)
def test_broken_counters_are_refused(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_counters(text)


@given(st.text(), st.text("0123456789 -:\n./ée"))
def test_any_counters_are_read_or_refused(text: str, tail: str) -> None:
    for one in (text, HEADING + tail):
        try:
            assert all(found.packets >= 0 for found in parse_counters(one).values())
        except api.Unreadable:
            continue


@given(st.text() | st.text("0123456789abcdef"))
def test_any_mask_is_read_or_refused(text: str) -> None:
    try:
        assert (fastest(text) or 0) >= 0
    except api.Unreadable:
        return


@pytest.mark.parametrize("text", ["-1\n", "many\n", "1" * 21])
def test_a_counter_that_is_none_is_a_gap(recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]], text: str) -> None:
    missed = {api.ReadFile("/sys/class/net/enp3s0/statistics/rx_missed_errors"): text}
    [gap] = facts_of(linux_interfaces, recorded(machine_with(["enp3s0"], []) | files("enp3s0", "down\n", "", "") | missed))
    assert isinstance(gap.error, api.Unreadable)
