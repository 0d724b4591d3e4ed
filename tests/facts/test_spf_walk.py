"""Counts are worked out by hand from RFC 7208 4.6.4: include, a, mx, ptr, exists and redirect cost one look-up each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.lookups import Record, Reply
from itaudit.facts.spf_walk import COUNTED_AT_MOST, Answers, Walk, wanted

ADDRESS = Reply("NOERROR", answer=(Record("x", "A", "192.0.2.1"),))
NOTHING = Reply("NXDOMAIN")


def texts(*records: str) -> Reply:
    return Reply("NOERROR", answer=tuple(Record("x", "TXT", record) for record in records))


def walk(answers: Answers, name: str = "a.example") -> Walk:
    walked = Walk(answers)
    walked.follow(name, ())
    return walked


def test_look_ups_are_counted_through_includes_and_redirects() -> None:
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
    assert (walked.void_lookups, walked.faults, walked.uses_ptr) == (0, [], True)
    assert walked.ending("a.example") == "~"


def test_a_name_with_neither_kind_of_address_is_one_void_look_up() -> None:
    walked = walk(
        {
            ("a.example", "TXT"): texts("v=spf1 a mx -all"),
            ("a.example", "A"): NOTHING,
            ("a.example", "AAAA"): NOTHING,
            ("a.example", "MX"): NOTHING,
        }
    )
    assert (walked.lookups, walked.void_lookups) == (2, 2)


@pytest.mark.parametrize(("servers", "faults"), [(10, []), (11, ["m.example has more than 10 mail servers"])])
def test_a_receiver_looks_up_ten_mail_servers_of_a_term_and_no_more(servers: int, faults: list[str]) -> None:
    exchange = Reply("NOERROR", answer=tuple(Record("m.example", "MX", f"10 mx{number}.example.") for number in range(servers)))
    walked = walk({("a.example", "TXT"): texts("v=spf1 mx:m.example -all"), ("m.example", "MX"): exchange})
    assert (walked.faults, walked.lookups, walked.void_lookups) == (faults, 1, 0)


def test_an_include_of_nothing_is_void_and_a_fault() -> None:
    walked = walk({("a.example", "TXT"): texts("v=spf1 include:b.example -all"), ("b.example", "TXT"): NOTHING})
    assert walked.void_lookups == 1
    assert walked.faults == ["b.example has 0 records where exactly one belongs"]


def test_an_include_without_a_list_among_other_texts_is_a_fault_but_not_void() -> None:
    walked = walk({("a.example", "TXT"): texts("v=spf1 include:b.example -all"), ("b.example", "TXT"): texts("hello")})
    assert (walked.void_lookups, len(walked.faults)) == (0, 1)


def test_a_circle_ends_and_is_a_fault() -> None:
    walked = walk(
        {("a.example", "TXT"): texts("v=spf1 include:b.example"), ("b.example", "TXT"): texts("v=spf1 redirect=a.example")}
    )
    assert walked.faults == ["a.example leads back to itself"]
    assert walked.lookups == 2
    assert walked.ending("a.example") == ""
    assert not walked.lets_everyone("a.example")


def test_a_tree_without_end_is_counted_only_so_far() -> None:
    answers: Answers = {
        (f"n{level}.example", "TXT"): texts("v=spf1" + f" include:n{level + 1}.example" * 20) for level in range(30)
    }
    walked = walk(answers, "n0.example")
    assert walked.lookups == COUNTED_AT_MOST
    assert not walked.lets_everyone("n0.example")


def test_an_answer_that_is_missing_is_kept_as_unseen() -> None:
    walked = walk({("a.example", "TXT"): texts("v=spf1 include:b.example -all"), ("b.example", "TXT"): api.TimedOut("late")})
    assert [type(error) for error in walked.unseen] == [api.TimedOut]
    assert walked.faults == []


@pytest.mark.parametrize(
    ("record", "included", "everyone"),
    [
        ("v=spf1 +all", "", True),
        ("v=spf1 all", "", True),
        ("v=spf1 -all", "", False),
        ("v=spf1 ip4:0.0.0.0/0 -all", "", True),
        ("v=spf1 include:b.example -all", "v=spf1 +all", True),
        ("v=spf1 ?include:b.example -all", "v=spf1 +all", False),
        ("v=spf1 include:b.example -all", "v=spf1 ~all", False),
        ("v=spf1 redirect=b.example", "v=spf1 +all", True),
        ("v=spf1 -all include:b.example", "v=spf1 +all", False),
    ],
)
def test_whether_every_sender_passes(record: str, included: str, everyone: bool) -> None:
    walked = walk({("a.example", "TXT"): texts(record), ("b.example", "TXT"): texts(included)})
    assert walked.lets_everyone("a.example") is everyone


def test_what_a_record_refers_to_is_asked_except_macros() -> None:
    reply = texts("v=spf1 a mx:m.example include:b.example exists:%{i}.e.example ptr redirect=c.example")
    assert list(wanted(("a.example", "TXT"), reply)) == [
        ("a.example", "A"),
        ("a.example", "AAAA"),
        ("m.example", "MX"),
        ("b.example", "TXT"),
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
    assert 0 <= walked.void_lookups <= walked.lookups <= COUNTED_AT_MOST
    assert walked.ending("a.example") in ("", "+", "-", "~", "?")
    assert walked.lets_everyone("a.example") in (True, False)
