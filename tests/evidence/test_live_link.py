"""What a card says of its link, against ethtool(8) on the same card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from itaudit.evidence.live import Live
from itaudit.evidence.questions_machine import LinkModes
from itaudit.facts.network import fastest

Tap = Callable[[list[tuple[int, int, list[int], list[int], list[int]]]], list[dict[str, Any]]]
BITS = [1, 3, 5, 12, 15, 18, 23, 31, 34, 36, 41, 44, 47, 48, 54, 62, 67, 73, 75, 80, 85, 90, 92]


def test_the_link_the_card_and_the_other_end_are_told_apart(tap: Tap) -> None:
    # Bits of linux/ethtool.h: 0 to 3 are 10 and 100 Mbit/s, 5 is 1000baseT/Full, 47 is 2500baseT/Full.
    [told] = tap([(100, 0, [0, 1, 2, 3, 5, 47], [2, 3, 5], [2, 3])])
    printed = told.pop("ethtool")
    assert told == {"speed_mbps": 100, "duplex": "half", "supported": "80000000002f", "advertised": "2c", "partner": "c"}
    assert "Speed: 100Mb/s" in printed
    assert "Duplex: Half" in printed
    assert "Link partner advertised link modes:  100baseT/Half 100baseT/Full\n" in printed


def test_the_speed_of_a_mode_is_the_one_that_ethtool_prints(tap: Tap) -> None:
    for told in tap([(1000, 1, [bit], [], []) for bit in BITS]):
        printed = told["ethtool"].partition("Supported link modes:")[2].split()[0]
        assert printed.startswith(f"{fastest(told['supported'])}base")


def test_a_link_that_does_not_tell_is_not_known(tap: Tap) -> None:
    [told] = tap([(2**32 - 1, 255, [], [], [])])
    assert (told["speed_mbps"], told["duplex"], told["supported"]) == (None, None, "0")


def test_no_such_card_and_a_card_without_a_link_differ() -> None:
    assert Live().ask(LinkModes("nocard0")).problem == "not_found"
    assert Live().ask(LinkModes("a-name-that-is-too-long")).problem == "not_found"
    assert Live().ask(LinkModes("lo")).problem == "unreadable"
