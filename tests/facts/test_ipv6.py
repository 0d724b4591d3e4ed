"""IPv6 addresses and whether they lead anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.internet import Internet, Target
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
REACHED, SILENT = [Target("192.0.2.1:443", 5.0)], [Target("192.0.2.1:443", None, "it did not answer in time")]


def test_only_public_addresses_count() -> None:
    assert parse_addresses(PUBLIC) == ["2001:db8::5"]


def test_a_public_address_is_tried(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    answers = {FILE: PUBLIC, api.TcpConnect("2001:db8::9", 443): '{"milliseconds": 4}'}
    [fact] = facts_of(linux_ipv6, recorded(answers), SECTION, SILENT)
    assert fact.addresses == ("2001:db8::5",)
    assert [target.reached for target in fact.targets] == [True]


@pytest.mark.parametrize("answer", [PRIVATE, "", api.Answer.missing(api.NotFound())])
def test_without_a_public_address_there_is_nothing_to_judge(
    recorded: Callable[..., api.Ask], facts_of: Collect, answer: str | api.Answer
) -> None:
    with pytest.raises(api.NotApplicable):
        facts_of(linux_ipv6, recorded({FILE: answer}), SECTION, REACHED)


def test_what_kept_us_from_trying_is_not_an_outage(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    with pytest.raises(api.NotRecorded):
        facts_of(linux_ipv6, recorded({FILE: PUBLIC}), SECTION, REACHED)


DEAD = {FILE: PUBLIC, api.TcpConnect("2001:db8::9", 443): api.Answer.missing(api.TimedOut("no answer"))}


def test_one_way_that_works_makes_the_other_a_fault(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    [fact] = facts_of(linux_ipv6, recorded(DEAD), SECTION, REACHED)
    assert [target.reached for target in fact.targets] == [False]


def test_a_dead_line_is_not_blamed_on_the_newer_addresses(recorded: Callable[..., api.Ask], facts_of: Collect) -> None:
    with pytest.raises(api.Unreachable, match="the internet does not answer"):
        facts_of(linux_ipv6, recorded(DEAD), SECTION, SILENT)


@pytest.mark.parametrize(
    ("flags", "counts"),
    [
        ("80", True),  # permanent
        ("01", True),  # temporary, for privacy
        ("a0", False),  # deprecated: the network took it back
        ("c0", False),  # tentative: not in use yet
        ("88", False),  # another machine has it
        ("48", False),
    ],
)
def test_addresses_that_are_not_in_use_do_not_count(flags: str, counts: bool) -> None:
    assert bool(parse_addresses(PRIVATE + f"20010db8000000000000000000000005 04 40 00 {flags}     eth0\n")) is counts


@given(st.text() | st.text("0123456789abcdef \n"))
def test_any_table_is_read_or_refused(text: str) -> None:
    try:
        assert all(":" in address for address in parse_addresses(text))
    except api.Unreadable:
        return
