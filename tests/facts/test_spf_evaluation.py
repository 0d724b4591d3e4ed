"""What a suite of cases cannot say: places of faults, counts, which term decided, and hostile answers."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.spf_evaluation import Evaluation, Result, check_host, identity
from itaudit.facts.spf_sender import Lookup


def lookup_in(zones: dict[tuple[str, str], list[str]]) -> Lookup:
    return lambda name, type_: zones.get((name, type_), [])


def check(zones: dict[tuple[str, str], list[str]], ip: str = "192.0.2.1") -> Evaluation:
    return check_host(ip, "a.example", "x@a.example", lookup_in(zones))


def test_a_result_tells_which_terms_decided_and_what_it_cost() -> None:
    zones = {
        ("a.example", "TXT"): ["v=spf1 a:gone.example include:b.example -all"],
        ("b.example", "TXT"): ["v=spf1 redirect=c.example"],
        ("c.example", "TXT"): ["v=spf1 mx ip4:192.0.2.0/24 -all"],
        ("c.example", "MX"): ["10 c.example."],
    }
    found = check(zones)
    assert (found.result, found.lookups, found.void_lookups) == (Result.PASS, 4, 1)
    assert found.matched == ("include:b.example", "redirect=c.example", "ip4:192.0.2.0/24")
    assert check(zones, "192.0.3.1").matched == ("-all",)


@pytest.mark.parametrize(
    ("servers", "text"),
    [
        (["10 mx.example."], ["v=spf1 mx -all"]),
        ([(10, "mx.example.")], [("v=spf1 ", "mx -all")]),
        (([10, "MX.example"],), [[b"v=spf1 ", b"mx -all"]]),
        (iter(["10 mx.example"]), iter([b"v=spf1 mx -all"])),
        ("10 mx.example", "v=spf1 mx -all"),
    ],
)
def test_answers_may_have_the_form_of_any_library(servers: Any, text: Any) -> None:
    zones = {("a.example", "TXT"): text, ("a.example", "MX"): servers, ("mx.example", "A"): ["192.0.2.1"]}
    found = check_host("192.0.2.1", "A.example.", "x@a.example", lambda name, type_: zones.get((name, type_)))
    assert found.result == "pass"
    assert f"{found.result}" == "pass"


def test_a_permanent_error_tells_where_it_stands() -> None:
    found = check({("a.example", "TXT"): ["v=spf1 include:b.example"], ("b.example", "TXT"): ["v=spf1 mx ip4:x"]})
    assert (found.result, str(found.fault)) == (
        Result.PERMERROR,
        "b.example: character 11, 'ip4:x': it is no IPv4 address or network",
    )


@pytest.mark.parametrize(
    "error", [TimeoutError(), OSError("no route"), api.TimedOut("late"), api.Unreachable("no route"), api.Unreadable("SERVFAIL")]
)
def test_what_could_not_be_seen_is_a_temporary_error_with_its_reason(error: Exception) -> None:
    def lookup(name: str, type_: str) -> list[str]:
        raise error

    found = check_host("192.0.2.1", "a.example", "x@a.example", lookup)
    assert found.result is Result.TEMPERROR
    assert isinstance(found.error, api.Missing)


@pytest.mark.parametrize(
    ("mail_from", "helo", "expected"),
    [
        ("x@a.example", "h.example", ("a.example", "x@a.example")),
        ("", "h.example", ("h.example", "postmaster@h.example")),
        ("@a.example", "", ("a.example", "postmaster@a.example")),
        ('"x@y"@a.example', "", ("a.example", '"x@y"@a.example')),
        ("a.example", "", ("a.example", "postmaster@a.example")),
    ],
)
def test_who_is_checked(mail_from: str, helo: str, expected: tuple[str, str]) -> None:
    assert identity(mail_from, helo) == expected


def test_eleventh_and_further_names_of_an_address_are_not_looked_at() -> None:
    zones = {
        ("a.example", "TXT"): ["v=spf1 ptr -all"],
        ("1.2.0.192.in-addr.arpa", "PTR"): [*(f"x{number}.example." for number in range(10)), "mail.a.example."],
        ("mail.a.example", "A"): ["192.0.2.1"],
    }
    assert check(zones).result is Result.FAIL
    zones["1.2.0.192.in-addr.arpa", "PTR"].pop(0)
    assert check(zones).result is Result.PASS


def test_receiver_and_time_appear_in_explanations() -> None:
    zones = {("a.example", "TXT"): ["v=spf1 -all exp=why.example"], ("why.example", "TXT"): ["%{r} at %{t}: %{p2}"]}
    found = check_host("192.0.2.1", "a.example", "x@a.example", lookup_in(zones), receiver="mx.example", timestamp=1700000000)
    assert found.explanation == "mx.example at 1700000000: unknown"


def test_the_own_name_is_preferred_for_the_macro_p() -> None:
    zones = {
        ("a.example", "TXT"): ["v=spf1 -all exp=why.example"],
        ("why.example", "TXT"): ["%{p}"],
        ("1.2.0.192.in-addr.arpa", "PTR"): ["other.example.", "below.a.example.", "a.example."],
        **{(name, "A"): ["192.0.2.1"] for name in ("other.example", "below.a.example", "a.example")},
    }
    assert check(zones).explanation == "a.example"
    del zones["a.example", "A"]
    assert check(zones).explanation == "below.a.example"
    del zones["below.a.example", "A"]
    assert check(zones).explanation == "other.example"


def test_an_address_that_is_none_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match=r"not.*address"):
        check_host("mail.example", "a.example", "", lookup_in({}))


TEXT = st.text(max_size=40) | st.text(alphabet="v=spf1 aimx4:%{}dl0/.-", max_size=40).map(lambda text: "v=spf1 " + text)


@settings(max_examples=300)
@given(
    answers=st.lists(st.lists(TEXT | st.just("192.0.2.1") | st.just("10 a.example"), max_size=3), min_size=1, max_size=8),
    ip=st.ip_addresses(),
    sender=st.text(max_size=30),
    helo=st.text(max_size=30),
)
def test_answers_of_any_kind_give_a_result(
    answers: list[list[str]], ip: ipaddress.IPv4Address | ipaddress.IPv6Address, sender: str, helo: str
) -> None:
    given = iter(answers * 100)
    found = check_host(str(ip), "a.example", sender, lambda name, type_: next(given), helo)
    assert found.result in Result
    assert found.lookups <= 11


def test_a_name_that_cannot_be_asked_matches_nobody_and_is_no_void_look_up() -> None:
    found = check({("a.example", "TXT"): ["v=spf1 a:x..example exists:y..example a:z..example mx:w..example -all"]})
    assert (found.result, found.lookups, found.void_lookups) == (Result.FAIL, 4, 0)


def test_a_tree_without_end_costs_eleven_questions() -> None:
    asked: list[str] = []

    def lookup(name: str, type_: str) -> list[str]:
        asked.append(name)
        return [f"v=spf1 include:x.{name} include:y.{name}"]

    assert check_host("192.0.2.1", "a.example", "", lookup).result is Result.PERMERROR
    assert len(asked) == 11  # the name itself and ten look-ups
