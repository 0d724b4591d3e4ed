"""Valid and invalid terms are those of RFC 7208, sections 4.6, 5, 6 and 7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.spf_records import is_spf, parse


@pytest.mark.parametrize(
    "term",
    [
        "all", "-all", "?ALL", "a", "a/24", "a//64", "a/24//64", "a:example.com", "+a:example.com/0", "mx", "mx/32",
        "mx:example.com//128", "ptr", "ptr:example.com", "ip4:192.0.2.1", "ip4:192.0.2.0/24", "ip6:2001:db8::1",
        "ip6:2001:db8::/32", "include:_spf.example.com", "exists:%{ir}.%{v}._spf.%{d2}", "redirect=_spf.example.com",
        "exp=explain._spf.%{d}", "unknown=anything", "include:example.com.",
        "exists:%{l1r-}.example.com", "a:museum.x--y",
    ],
)  # fmt: skip
def test_terms_of_the_standard_are_accepted(term: str) -> None:
    assert parse(f"v=spf1 {term}").faults == ()


@pytest.mark.parametrize(
    "term",
    [
        "ipv4:192.0.2.1", "ip4", "ip4:", "ip4:192.0.2.256", "ip4:192.0.2.1/33", "ip4:192.0.2.0/024", "ip4:192.0.2.1/",
        "ip4:2001:db8::1", "ip6:192.0.2.1", "ip6:2001:db8::/129", "include", "include:", "include:example", "exists",
        "include:example.com/24", "a:", "a/33", "a//129", "a/024", "all:example.com", "all/8", "ptr/24", "mx:example.123",
        "include:%{x}.example.com", "-redirect=a.example",
        "redirect=", "redirect=example", "foo", "%all", "a:exa mple", "--all", "include:%", "+",
    ],
)  # fmt: skip
def test_terms_outside_the_standard_are_faults(term: str) -> None:
    assert parse(f"v=spf1 {term}").faults


def test_a_modifier_that_must_be_unique_and_comes_twice_is_a_fault() -> None:
    assert parse("v=spf1 redirect=a.example redirect=b.example").faults == ("redirect or exp twice",)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("v=spf1", True), ("V=SPF1 -all", True), ("v=spf10 -all", False), ("v=spf1-all", False), (" v=spf1", False)],
)
def test_the_version_stands_alone_at_the_start(text: str, is_one: bool) -> None:
    assert is_spf(text) is is_one


def test_what_follows_all_is_ignored() -> None:
    record = parse("v=spf1 a ~all mx +all redirect=b.example")
    assert [term.name for term in record.mechanisms] == ["a", "all"]
    assert record.all_qualifier == "~"
    assert record.redirect is None


def test_names_are_compared_in_lower_case_and_macros_are_seen() -> None:
    first, second = parse("v=spf1 include:_SPF.Example.com exists:%{i}.example.com").mechanisms
    assert (first.target, first.has_macro) == ("_spf.example.com", False)
    assert second.has_macro


@pytest.mark.parametrize(
    ("term", "everyone"), [("ip4:0.0.0.0/0", True), ("ip6::: /0", False), ("ip6:::/0", True), ("ip4:10.0.0.0/8", False)]
)
def test_a_network_of_the_whole_world_matches_everyone(term: str, everyone: bool) -> None:
    assert any(each.everyone for each in parse(f"v=spf1 {term}").mechanisms) is everyone


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_crash(text: str) -> None:
    record = parse("v=spf1 " + text)
    assert record.all_qualifier in ("", "+", "-", "~", "?")
