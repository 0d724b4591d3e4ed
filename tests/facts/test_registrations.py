from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from itaudit import api
from itaudit.facts.registrations import RegisteredName, bought_name, day_of, registrations
from itaudit.facts.targets import Targets

Facts = Callable[..., list[Any]]


@pytest.fixture
def told(registry_url: str, live: api.Ask, facts_of: Facts) -> Callable[..., list[Any]]:
    def look(*names: str, **said: date) -> list[Any]:
        days = {f"{kind}.test": day for kind, day in said.items()}
        return facts_of(registrations, live, Targets(domains=names, registry_url=registry_url, registrations=days))

    return look


def test_the_day_the_state_and_the_registrar_are_read(told: Callable[..., list[Any]]) -> None:
    (found,) = told("good.test")
    assert isinstance(found, RegisteredName)
    assert found.expires is not None
    assert abs(found.expires - (datetime.now(UTC) + timedelta(days=200)).date()) <= timedelta(days=1)
    assert (found.since, found.states, found.registrar, found.said_by_owner) == (
        *(date(2015, 1, 31), ("client transfer prohibited",), "Example Registrar Ltd.", False),
    )


def test_states_are_read_whatever_their_case(told: Callable[..., list[Any]]) -> None:
    assert told("held.test")[0].states == ("client hold",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("clientHold", "client hold"),
        ("REDEMPTION PERIOD", "redemption period"),
        ("pendingDelete", "pending delete"),
        ("ok", "ok"),
    ],
)
def test_states_as_registrars_write_them_are_read_too(
    always: Callable[[str], api.Ask], facts_of: Facts, written: str, read: str
) -> None:
    (found,) = facts_of(registrations, always(json.dumps({"status": [written]})), Targets(domains=("example.com",)))
    assert found.states == (read,)


def test_names_beyond_the_bound_are_told(always: Callable[[str], api.Ask], facts_of: Facts) -> None:
    found = facts_of(registrations, always("{}"), Targets(domains=tuple(f"a{number}.com" for number in range(52))))
    assert [isinstance(each, api.Gap) for each in found] == [False] * 50 + [True] * 2
    assert (found[50].subject, found[51].subject) == ("a50.com", "a51.com")


def test_a_registered_name_is_asked_for_once(told: Callable[..., list[Any]]) -> None:
    assert [found.name for found in told("good.test", "www.good.test", "shop.good.test", "near.test")] == [
        "good.test",
        "near.test",
    ]


def test_an_untold_day_is_none_and_the_state_is_known_all_the_same(told: Callable[..., list[Any]]) -> None:
    assert [(found.expires, found.states) for found in told("untold.test", "heldanduntold.test")] == [
        (None, ("client transfer prohibited",)),
        (None, ("pending delete",)),
    ]


def test_the_owner_says_the_day_where_the_registry_does_not(told: Callable[..., list[Any]]) -> None:
    day = date(2027, 3, 1)
    untold, unknown, good = told("untold.test", "unknown.test", "good.test", untold=day, unknown=day, good=day)
    assert (untold.expires, untold.said_by_owner) == (day, True)
    assert (unknown.expires, unknown.said_by_owner) == (day, True)
    assert (good.expires == day, good.said_by_owner) == (False, False)


@pytest.mark.parametrize(
    ("kind", "error"),
    [("unknown", api.NotFound), ("broken", api.Unreachable), ("html", api.Unreadable), ("loop", api.Unreadable)],
)
def test_a_failure_is_a_gap_that_says_what_helps(told: Callable[..., list[Any]], kind: str, error: type[api.Missing]) -> None:
    (gap,) = told(f"{kind}.test")
    assert isinstance(gap.error, error)
    assert ("[targets] registrations" in gap.error.unlock) is (error is not api.Unreachable)


def test_without_any_name_it_does_not_apply(recorded: Callable[..., api.Ask], facts_of: Facts) -> None:
    with pytest.raises(api.NotApplicable):
        facts_of(registrations, recorded({}), Targets())


@pytest.mark.parametrize(
    ("name", "bought"),
    [
        ("example.com", "example.com"),
        ("www.example.co.uk", "example.co.uk"),
        ("shop.github.io", ""),
        ("co.uk", ""),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("www.office.lan", "office.lan"),
    ],
)
def test_what_a_registry_sold(name: str, bought: str) -> None:
    assert bought_name(name) == bought


@pytest.mark.parametrize("name", ["shop.github.io", "office.lan", "good.test", "shop.example"])
def test_a_name_that_no_registry_sold_is_not_asked_for(recorded: Callable[..., api.Ask], facts_of: Facts, name: str) -> None:
    (gap,) = facts_of(registrations, recorded({}), Targets(domains=(name,)))
    assert isinstance(gap.error, api.NotApplicable)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-12-05T00:00:00Z", date(2026, 12, 5)),
        ("2026-12-05T23:30:00-05:00", date(2026, 12, 6)),
        ("2026-12-05T23:30:00.123456Z", date(2026, 12, 5)),
        ("2026-12-05", date(2026, 12, 5)),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
        ("", None),
    ],
)
def test_days_are_read_in_the_worlds_time(written: str, day: date | None) -> None:
    assert day_of(written) == day


@given(some.text(max_size=40))
def test_whatever_is_written_is_a_day_or_none(written: str) -> None:
    assert day_of(written) is None or isinstance(day_of(written), date)


@given(
    some.recursive(
        some.none() | some.text(max_size=4),
        lambda inner: (
            some.lists(inner)
            | some.dictionaries(some.sampled_from(["status", "events", "eventAction", "eventDate", "registrar"]), inner)
        ),
        max_leaves=8,
    )
)
def test_whatever_the_recording_holds_is_a_fact_or_a_gap(always: Callable[[str], api.Ask], facts_of: Facts, body: Any) -> None:
    (found,) = facts_of(registrations, always(json.dumps(body)), Targets(domains=("example.com",)))
    assert isinstance(found, RegisteredName | api.Gap)
