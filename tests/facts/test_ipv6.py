"""IPv6 addresses and whether they lead anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.internet import Internet
from itaudit.facts.ipv6 import linux_ipv6, parse_addresses

PRIVATE = (
    "00000000000000000000000000000001 01 80 10 80       lo\n"
    "fd000000000000000000000000000002 04 40 00 80     eth0\n"
    "fe8000000000000000fc00fffe000001 04 40 20 80     eth0\n"
)
PUBLIC = PRIVATE + "20010db8000000000000000000000005 04 40 00 00     eth0\n"
FILE = api.ReadFile("/proc/net/if_inet6")
SECTION = Internet(targets_ipv6=["[2001:db8::9]:443"])
Collect = Callable[..., list[Any]]


def test_only_public_addresses_count() -> None:
    assert parse_addresses(PUBLIC) == ["2001:db8::5"]


def test_a_public_address_is_tried(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    [fact] = facts_of(linux_ipv6, recorded({FILE: PUBLIC, api.TcpConnect("2001:db8::9", 443): '{"milliseconds": 4}'}), SECTION)
    assert fact.addresses == ("2001:db8::5",)
    assert [target.reached for target in fact.targets] == [True]


@pytest.mark.parametrize("answer", [PRIVATE, "", api.Answer.missing(api.NotFound())])
def test_without_a_public_address_there_is_nothing_to_judge(
    recorded: Callable[..., api.Ask], facts_of: Collect, answer: str | api.Answer
) -> None:
    with pytest.raises(api.NotApplicable):
        facts_of(linux_ipv6, recorded({FILE: answer}), SECTION)


def test_what_kept_us_from_trying_is_not_an_outage(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    with pytest.raises(api.NotRecorded):
        facts_of(linux_ipv6, recorded({FILE: PUBLIC}), SECTION)


@given(st.text() | st.text("0123456789abcdef \n"))
def test_any_table_is_read_or_refused(text: str) -> None:
    try:
        assert all(":" in address for address in parse_addresses(text))
    except api.Unreadable:
        return
