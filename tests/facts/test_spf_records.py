"""Valid and invalid terms are those of RFC 7208, sections 4.6, 5, 6, 7 and 12."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.spf_records import FAULTS_AT_MOST, is_spf, parse
from itaudit.facts.spf_terms import SpfFault


@pytest.mark.parametrize(
    "term",
    [
        "all", "-all", "?ALL", "a", "a/24", "a//64", "a/24//64", "a:example.com", "+a:example.com/0", "mx", "mx/32",
        "mx:example.com//128", "ptr", "ptr:example.com", "ip4:192.0.2.1", "ip4:192.0.2.0/24", "ip6:2001:db8::1",
        "ip6:2001:db8::/32", "ip6:::ffff:192.0.2.1", "include:_spf.example.com", "exists:%{ir}.%{v}._spf.%{d2}",
        "redirect=_spf.example.com", "exp=explain._spf.%{d}", "unknown=anything", "unknown=", "x=%{c}", "include:example.com.",
        "exists:%{l1r-}.example.com", "a:museum.x--y", "a:%{d}/24//64", "a:foo:bar/baz.example.com", "a:%{d/}", "exists:a%_",
    ],
)  # fmt: skip
def test_terms_of_the_standard_are_accepted(term: str) -> None:
    assert parse(f"v=spf1 {term}").faults == ()


@pytest.mark.parametrize(
    "term",
    [
        "ipv4:192.0.2.1", "ip4", "ip4:", "ip4:192.0.2.256", "ip4:192.0.2.1/33", "ip4:192.0.2.0/024", "ip4:192.0.2.1/",
        "ip4:192.0.2.0/255.255.255.0", "ip4:192.0.2", "ip4:192.0.2.01", "ip4:192.0.2.1:25", "ip4:192.0.2.1//24",
        "ip4:3221225985", "ip4:2001:db8::1", "ip6:192.0.2.1", "ip6:2001:db8::/129", "ip6:fe80::1%eth0", "ip6::::1", "include",
        "include:", "include:example", "exists", "include/24", "include:example.com/24", "a:", "a/33", "a//129", "a/024", "a/",
        "a/24/64", "a/x", "a:example.com:8080", "all:example.com", "all/8", "ptr/24", "ptr:", "mx:example.123",
        "include:%{x}.example.com", "a:%{c}.com", "-redirect=a.example", "redirect=", "redirect=example", "redirect:a.example",
        "exp=", "exp=-all", "foo", "%all", "--all", "include:%", "+", "x=%", "1x=a", "=a", "-all.", "all,", "v=spf1%",
        "a:\u00e4.example.com", "\u200ball", "a:foo}", "\tall", "\u017fx=a\u00e4",
    ],
)  # fmt: skip
def test_terms_outside_the_standard_are_faults(term: str) -> None:
    (fault,) = parse(f"v=spf1 {term}", "a.example").faults
    assert (fault.name, fault.position, fault.term) == ("a.example", 8, term)
    assert fault.reason


def test_each_fault_says_where_it_stands_in_the_order_of_the_text() -> None:
    record = parse("v=spf1  ipv4:192.0.2.1 mx redirect=a.example redirect=b.example ip4: -all", "a.example")
    assert record.faults == (
        SpfFault("a.example", 9, "ipv4:192.0.2.1", "there is no such mechanism"),
        SpfFault("a.example", 46, "redirect=b.example", "redirect= stands twice"),
        SpfFault("a.example", 65, "ip4:", "it is no IPv4 address or network"),
    )
    assert str(record.faults[0]) == "a.example: character 9, 'ipv4:192.0.2.1': there is no such mechanism"


def test_a_long_term_is_shown_shortened() -> None:
    assert len(str(parse("v=spf1 " + "x" * 9000, "a.example").faults[0])) < 200


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("v=spf1", True),
        ("V=SPF1 -all", True),
        ("v=spf10 -all", False),
        ("v=spf1-all", False),
        (" v=spf1", False),
        ("v=spf1\tall", False),
    ],
)
def test_the_version_stands_alone_at_the_start(text: str, is_one: bool) -> None:
    assert is_spf(text) is is_one


def test_what_follows_all_is_ignored() -> None:
    record = parse("v=spf1 a ~all mx +all redirect=b.example")
    assert [term.name for term in record.mechanisms] == ["a", "all"]
    assert record.all_qualifier == "~"
    assert record.redirect is None
    assert [term.text for term in record.ignored] == ["mx", "+all", "redirect=b.example"]


def test_what_follows_both_whole_worlds_is_ignored_too() -> None:
    record = parse("v=spf1 ip4:0.0.0.0/0 a ip6:::/0 mx redirect=b.example")
    assert [term.text for term in record.terms] == ["ip4:0.0.0.0/0", "a", "ip6:::/0"]


def test_a_modifier_that_looks_like_a_mechanism_is_valid_and_told() -> None:
    record = parse("v=spf1 ip4=192.0.2.1 all=no x=y -all")
    assert record.faults == ()
    assert [term.text for term in record.misread] == ["ip4=192.0.2.1", "all=no"]
    assert [term.text for term in record.mechanisms] == ["-all"]


@pytest.mark.parametrize(
    ("term", "families"),
    [("ip4:0.0.0.0/0", {4}), ("ip6:::/0", {6}), ("ip4:10.0.0.0/8", set()), ("-all", {4, 6}), ("a/0", set())],
)
def test_some_terms_match_everybody_by_themselves(term: str, families: set[int]) -> None:
    (found,) = parse(f"v=spf1 {term}").mechanisms
    assert found.families == families


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_crash_and_every_place_is_right(text: str) -> None:
    record = parse("v=spf1 " + text)
    assert record.all_qualifier in ("", "+", "-", "~", "?")
    for fault in record.faults:
        assert record.text[fault.position - 1 :].startswith(fault.term)
    for term in (*record.terms, *record.ignored):
        assert record.text[term.position - 1 :].startswith(term.text)


@given(st.text(alphabet=" +-~?:=/%{}dri4a6lmx.0", max_size=60))
def test_texts_of_the_signs_of_the_language_are_read_without_a_crash(text: str) -> None:
    parse("v=spf1 " + text)


@pytest.mark.parametrize("word", ["a", "ip4:192.0.2.1", "x=%{d0}", "%", "include:a.b", "b=c"])
def test_records_of_64_kilobytes_are_read(word: str) -> None:
    record = parse("v=spf1 " + f"{word} " * (65_000 // (len(word) + 1)))
    assert len(record.faults) <= FAULTS_AT_MOST
    assert bool(record.faults) is (word in ("x=%{d0}", "%"))
