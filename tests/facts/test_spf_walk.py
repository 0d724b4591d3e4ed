"""Counts are worked out by hand from RFC 7208 4.6.4: include, a, mx, ptr, exists and redirect cost one look-up each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.lookups import Record, Reply
from itaudit.facts.spf_answers import Answers, wanted
from itaudit.facts.spf_walk import COUNTED_AT_MOST, Walk

ADDRESS = Reply("NOERROR", answer=(Record("x", "A", "192.0.2.1"),))
NOTHING = Reply("NXDOMAIN")


def texts(*records: str) -> Reply:
    return Reply("NOERROR", answer=tuple(Record("x", "TXT", record) for record in records))


def walk(answers: Answers, name: str = "a.example") -> Walk:
    walked = Walk(answers, name)
    walked.follow()
    return walked


def faults(walked: Walk) -> list[str]:
    return [str(fault) for fault in walked.faults]


def test_look_ups_are_counted_through_includes_and_redirects_and_shown_as_a_tree() -> None:
    walked = walk(
        {
            ("a.example", "TXT"): texts("other", "v=spf1 ip4:192.0.2.1 a include:b.example redirect=c.example"),
            ("a.example", "A"): ADDRESS,
            ("a.example", "AAAA"): NOTHING,
            ("b.example", "TXT"): texts("v=spf1 ptr exists:%{i}.b.example -all"),
            ("c.example", "TXT"): texts("v=spf1 ~all"),
        }
    )
    assert walked.lookups == 5  # a, include, ptr, exists, redirect
    assert (walked.voids.most, walked.faults, walked.uses_ptr) == (0, [], True)
    assert walked.depends_on_sender == ["exists:%{i}.b.example"]
    assert str(walked.tree) == "a.example 5 (a 1, include:b.example 3 (ptr 1, exists:%{i}.b.example 1), redirect=c.example 1)"


def test_the_eleventh_look_up_is_named() -> None:
    walked = walk(
        {
            ("a.example", "TXT"): texts("v=spf1 include:b.example include:b.example"),
            ("b.example", "TXT"): texts("v=spf1 a a a a mx"),
            ("b.example", "A"): ADDRESS,
            ("b.example", "AAAA"): ADDRESS,
            ("b.example", "MX"): Reply("NOERROR", answer=(Record("x", "MX", "10 mx.example."),)),
        }
    )
    assert walked.lookups == 12
    assert str(walked.eleventh) == "b.example: character 14, 'a': this is look-up 11, and 10 are allowed"
    assert walked.faults == []


def test_a_name_with_neither_kind_of_address_is_one_void_look_up() -> None:
    walked = walk(
        {
            ("a.example", "TXT"): texts("v=spf1 a mx -all"),
            ("a.example", "A"): NOTHING,
            ("a.example", "AAAA"): NOTHING,
            ("a.example", "MX"): NOTHING,
        }
    )
    assert (walked.lookups, walked.voids.most, walked.voids.worst) == (2, 2, 2)


@pytest.mark.parametrize(
    ("record", "most", "worst"),
    [
        ("v=spf1 a a a -all", 0, 3),  # nobody with an IPv6 address passes anyway
        ("v=spf1 a a a ip6:2001:db8::/32 -all", 3, 3),
        ("v=spf1 a a a -ip6:2001:db8::/32 -all", 0, 3),
        ("v=spf1 a ip6:2001:db8::/32 a a -all", 1, 3),
        ("v=spf1 a exists:%{i}.example -all", 0, 2),
    ],
)
def test_what_senders_of_ipv6_miss_does_harm_only_where_one_of_them_would_pass_later(record: str, most: int, worst: int) -> None:
    answers: Answers = {("a.example", "TXT"): texts(record), ("a.example", "A"): ADDRESS, ("a.example", "AAAA"): NOTHING}
    walked = walk(answers)
    assert (walked.voids.most, walked.voids.worst) == (most, worst)


@pytest.mark.parametrize(
    ("servers", "expected"),
    [(10, []), (11, ["a.example: character 8, 'mx:m.example': 11 mail servers, and 10 are allowed"])],
)
def test_a_receiver_looks_up_ten_mail_servers_of_a_term_and_no_more(servers: int, expected: list[str]) -> None:
    exchange = Reply("NOERROR", answer=tuple(Record("m.example", "MX", f"10 mx{number}.example.") for number in range(servers)))
    walked = walk({("a.example", "TXT"): texts("v=spf1 mx:m.example -all"), ("m.example", "MX"): exchange})
    assert (faults(walked), walked.lookups, walked.voids.most) == (expected, 1, 0)


LOST = "a.example: character 8, 'include:b.example': there is no SPF record at the name to which it leads"


def test_an_include_of_nothing_is_void_and_a_fault() -> None:
    walked = walk({("a.example", "TXT"): texts("v=spf1 include:b.example -all"), ("b.example", "TXT"): NOTHING})
    assert (walked.voids.most, faults(walked)) == (1, [LOST])


def test_an_include_without_a_list_among_other_texts_is_a_fault_but_not_void() -> None:
    walked = walk({("a.example", "TXT"): texts("v=spf1 include:b.example -all"), ("b.example", "TXT"): texts("hello")})
    assert (walked.voids.most, faults(walked)) == (0, [LOST])


def test_an_include_of_two_lists_is_a_fault_of_that_name() -> None:
    answers: Answers = {
        ("a.example", "TXT"): texts("v=spf1 include:b.example"),
        ("b.example", "TXT"): texts("v=spf1 a", "v=spf1 mx"),
    }
    assert faults(walk(answers)) == ["b.example: 2 SPF records where exactly one belongs"]


def test_a_name_that_cannot_be_asked_is_a_fault_only_where_a_record_is_needed() -> None:
    assert len(walk({("a.example", "TXT"): texts("v=spf1 include:b..example")}).faults) == 1
    assert walk({("a.example", "TXT"): texts("v=spf1 a:b..example exists:b..example")}).never_rejected


def test_a_fault_within_an_include_is_told_once_though_it_is_met_twice() -> None:
    walked = walk(
        {("a.example", "TXT"): texts("v=spf1 include:b.example include:b.example"), ("b.example", "TXT"): texts("v=spf1 ip4:x")}
    )
    assert faults(walked) == ["b.example: character 8, 'ip4:x': it is no IPv4 address or network"]


def test_a_circle_ends_and_is_a_fault() -> None:
    walked = walk({("a.example", "TXT"): texts("v=spf1 include:b.example"), ("b.example", "TXT"): texts("v=spf1 redirect=%{o}")})
    assert faults(walked) == ["b.example: character 8, 'redirect=%{o}': it leads back to itself"]
    assert walked.lookups == 2


def test_a_tree_without_end_is_counted_only_so_far() -> None:
    answers: Answers = {
        (f"n{level}.example", "TXT"): texts("v=spf1" + f" include:n{level + 1}.example" * 20) for level in range(30)
    }
    assert walk(answers, "n0.example").lookups == COUNTED_AT_MOST


@pytest.mark.parametrize("answers", [{("b.example", "TXT"): api.TimedOut("late")}, {("b.example", "TXT"): Reply("SERVFAIL")}, {}])
def test_an_answer_that_is_missing_is_kept_as_unseen(answers: Answers) -> None:
    walked = walk({("a.example", "TXT"): texts("v=spf1 include:b.example -all"), **answers})
    assert len(walked.unseen) == 1
    assert walked.faults == []
    assert not walked.never_rejected


@pytest.mark.parametrize(
    ("term", "certain"),
    [
        ("include:%{l}.example", False),
        ("redirect=%{h}.example", False),
        ("mx:%{i}.example", False),
        ("exists:%{i}.example", True),
    ],
)
def test_where_the_sender_leads_to_other_records_nothing_is_certain(term: str, certain: bool) -> None:
    walked = walk({("a.example", "TXT"): texts(f"v=spf1 {term}")})
    assert (walked.faults, walked.lookups, walked.never_rejected) == ([], 1, certain)


def test_what_a_record_refers_to_is_asked_unless_it_depends_on_the_sender() -> None:
    reply = texts(
        "v=spf1 a mx:m.example include:b.%{d2} exists:%{i}.e.example exists:%{o}.e.example ptr a:x..example redirect=c.example"
    )
    assert list(wanted(("a.example", "TXT"), reply, "a.example")) == [
        ("a.example", "A"),
        ("a.example", "AAAA"),
        ("m.example", "MX"),
        ("b.a.example", "TXT"),
        ("a.example.e.example", "A"),
        ("c.example", "TXT"),
    ]


NAMES = [f"{letter}.example" for letter in "abcd"]
TERMS = st.sampled_from(
    [*(f"{kind}{name}" for kind in ("include:", "redirect=", "a:", "mx:") for name in NAMES), "ptr", "-all", "+all", "?all", "x"]
)


@given(st.dictionaries(st.sampled_from(NAMES), st.lists(TERMS, max_size=8).map(lambda terms: "v=spf1 " + " ".join(terms))))
def test_any_tangle_of_records_ends_with_a_bounded_count(records: dict[str, str]) -> None:
    answers: Answers = {(name, "TXT"): texts(record) for name, record in records.items()}
    walked = walk(answers)
    assert 0 <= walked.voids.most <= walked.lookups <= COUNTED_AT_MOST
    assert walked.tree.lookups == walked.lookups
