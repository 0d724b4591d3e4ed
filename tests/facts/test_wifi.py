"""Wi-Fi signals. No Wi-Fi card could be had where this was written (nor mac80211_hwsim): the texts have the shape that the kernel
(net/wireless/wext-proc.c) and iw 5.19 give them, with figures of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.wifi import WifiLink, parse_link, parse_wireless, wifi_links

HEADING = (
    "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n"
    " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n"
)
WIRELESS = HEADING + "wlp2s0: 0000   54.  -56.  -256        0      0      0      0      0        0\n"
IW = """Connected to 02:00:00:00:01:00 (on wlp2s0)
\tSSID: office \\xf0\\x9f\\x93\\xb6
\tfreq: 5180
\tRX: 12345 bytes (67 packets)
\tTX: 2345 bytes (56 packets)
\tsignal: -71 dBm
\trx bitrate: 6.0 MBit/s
"""
ABSENT = api.Answer.missing(api.NotFound("/proc/net/wireless"))
Collect = Callable[..., list[Any]]


def machine_with(*cards: str, state: str = "up\n", wireless: api.Answer | str = WIRELESS) -> dict[api.Question, str | api.Answer]:
    return {
        api.Glob("/sys/class/net/*/phy80211"): json.dumps([f"/sys/class/net/{name}/phy80211" for name in cards]),
        api.Glob("/sys/class/net/*/wireless"): "[]",
        api.ReadFile("/proc/net/wireless"): wireless,
        **{api.ReadFile(f"/sys/class/net/{name}/operstate"): state for name in cards},
    }


def iw(name: str) -> api.Command:
    return api.Command(("iw", "dev", name, "link"), timeout=5.0)


def test_the_kernel_tells_the_signal(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    assert facts_of(wifi_links, recorded(machine_with("wlp2s0"))) == [WifiLink("wlp2s0", -56)]


def test_where_the_kernel_is_silent_iw_is_asked(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    for kernel in (ABSENT, HEADING):
        assert facts_of(wifi_links, recorded(machine_with("wlp2s0", wireless=kernel) | {iw("wlp2s0"): IW})) == [
            WifiLink("wlp2s0", -71)
        ]


def test_a_card_that_is_not_connected_has_no_signal(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    assert facts_of(wifi_links, recorded(machine_with("wlp2s0", state="down\n"))) == [WifiLink("wlp2s0", None)]
    assert parse_link("Not connected.\n") is None


def test_a_machine_without_wifi_is_left_out(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    with pytest.raises(api.NotApplicable):
        facts_of(wifi_links, recorded(machine_with()))


def test_a_card_that_nothing_can_be_known_of_is_a_gap(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    missing = {iw("wlp3s0"): api.Answer.missing(api.ToolMissing("iw"))}
    link, gap = facts_of(wifi_links, recorded(machine_with("wlp2s0", "wlp3s0") | missing))
    assert link == WifiLink("wlp2s0", -56)
    assert (gap.subject, type(gap.error)) == ("wlp3s0", api.ToolMissing)


def test_levels_that_are_not_in_decibels_are_no_signal() -> None:
    assert parse_wireless(WIRELESS.replace("-56.", " 60.")) == {}
    assert parse_wireless(WIRELESS.replace("-56.", "-256")) == {}


def test_two_signals_are_not_believed() -> None:
    with pytest.raises(api.Unreadable):
        parse_link(IW + "\tsignal: -20 dBm\n")


@pytest.mark.parametrize(("signal", "strength"), [(-40, 100), (-50, 100), (-70, 60), (-80, 40), (-100, 0), (-110, 0), (None, 0)])
def test_the_strength_is_told_of_a_hundred(signal: int | None, strength: int) -> None:
    assert WifiLink("wlp2s0", signal).strength == strength


@given(st.text(), st.text("0123456789.:- wlan\n"))
def test_any_text_is_read_or_refused(text: str, tail: str) -> None:
    for parse, whole in ((parse_wireless, text), (parse_wireless, HEADING + tail), (parse_link, text), (parse_link, IW + tail)):
        try:
            found = parse(whole)
        except api.Unreadable:
            continue
        levels = found.values() if isinstance(found, dict) else [found]
        assert all(level is None or -120 <= level <= 0 for level in levels)
