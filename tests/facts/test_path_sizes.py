"""The answers of paths. The paths themselves are real in tests/evidence/test_live_path.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.internet import Target
from itaudit.facts.path_sizes import PathSize, PathSizes, parse_path, path_sizes

TARGETS = [
    Target("192.0.2.1:443", 5.0),
    Target("192.0.2.2:443", 6.0),
    Target("[2001:db8::1]:443", 6.0),
    Target("192.0.2.4:443", None),
]


def body(mtu: int | None, black_hole: bool = False) -> str:
    return json.dumps({"mtu": mtu, "black_hole": black_hole, "told": []})


def test_targets_that_answer_are_ways(recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]) -> None:
    ask = recorded({api.PathMtu("192.0.2.1"): body(1500), api.PathMtu("192.0.2.2"): body(1400, black_hole=True)})
    ways = (PathSize("192.0.2.1", 1500, False), PathSize("192.0.2.2", 1400, True))
    assert facts_of(path_sizes, ask, TARGETS) == [PathSizes("path", ways)]


def test_one_that_is_silent_or_cannot_be_asked_does_not_hide_the_other(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    for other in (body(None), api.Answer.missing(api.TimedOut(""))):
        [sizes] = facts_of(path_sizes, recorded({api.PathMtu("192.0.2.1"): other, api.PathMtu("192.0.2.2"): body(1500)}), TARGETS)
        assert [way.host for way in sizes.ways] == ["192.0.2.2"]


def test_without_any_answer_it_is_unknown_why_that_is(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    with pytest.raises(api.Unreachable, match="no target answers pings"):
        facts_of(path_sizes, recorded({api.PathMtu(f"192.0.2.{n}"): body(None) for n in (1, 2)}), TARGETS)
    denied = api.Answer.missing(api.AccessDenied(""))
    with pytest.raises(api.AccessDenied):
        facts_of(path_sizes, recorded({api.PathMtu(f"192.0.2.{n}"): denied for n in (1, 2)}), TARGETS)
    with pytest.raises(api.Unreachable):
        facts_of(path_sizes, recorded({}), [])


def test_a_network_without_the_older_addresses_is_told_why(
    recorded: Callable[..., api.Ask], facts_of: Callable[..., list[Any]]
) -> None:
    with pytest.raises(api.Unreachable, match="only over IPv4"):
        facts_of(path_sizes, recorded({}), [Target("[2001:db8::1]:443", 6.0), Target("192.0.2.4:443", None)])


@given(
    st.text()
    | st.fixed_dictionaries({"mtu": st.integers() | st.none() | st.text(), "black_hole": st.booleans() | st.text()}).map(
        json.dumps
    )
)
def test_any_answer_is_read_or_refused(text: str) -> None:
    try:
        found = parse_path(api.Answer(body=text), "192.0.2.1")
    except api.Unreadable:
        return
    assert found is None or 68 <= found.largest_bytes <= 65535
