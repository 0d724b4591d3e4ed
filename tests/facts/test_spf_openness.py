"""What a record says of all others, and if it lets everybody in: worked out by hand from RFC 7208 4.6.2, 5.1, 5.2 and 6.1."""

import pytest

from itaudit.facts.lookups import Record, Reply
from itaudit.facts.spf_answers import Answers
from itaudit.facts.spf_openness import DEPENDS, ending, lets_everyone
from itaudit.facts.spf_walk import Walk


def reply(type_: str, data: str) -> Reply:
    return Reply("NOERROR", answer=(Record("x", type_, data),) if data else ())


def walk(record: str, included: str = "") -> Walk:
    answers: Answers = {
        ("a.example", "TXT"): reply("TXT", record),
        ("b.example", "TXT"): reply("TXT", included),
        ("four.example", "A"): reply("A", "192.0.2.1"),
        ("four.example", "AAAA"): reply("AAAA", ""),
        ("four.example", "MX"): reply("MX", "10 four.example."),
    }
    walked = Walk(answers, "a.example")
    walked.follow()
    return walked


@pytest.mark.parametrize(
    ("record", "included", "everyone"),
    [
        ("v=spf1 +all", "", True),
        ("v=spf1 all", "", True),
        ("v=spf1 -all", "", False),
        ("v=spf1 ?all", "", False),
        ("v=spf1 ip4:0.0.0.0/0 -all", "", True),
        ("v=spf1 ip6:::/0 -all", "", True),
        ("v=spf1 -ip4:0.0.0.0/0 ip4:0.0.0.0/0 -all", "", False),
        ("v=spf1 ?ip4:0.0.0.0/0 -all", "", False),
        ("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", "", True),
        ("v=spf1 ip4:0.0.0.0/2 ip4:64.0.0.0/2 -all", "", True),
        ("v=spf1 ip4:0.0.0.0/2 ip4:64.0.0.0/3 -all", "", False),
        ("v=spf1 ip6:2000::/3 -all", "", True),
        ("v=spf1 ip6:2000::/5 -all", "", False),
        ("v=spf1 ip4:0.0.0.0/2 ip4:0.0.0.0/2 -all", "", False),
        ("v=spf1 include:b.example -all", "v=spf1 +all", True),
        ("v=spf1 ?include:b.example -all", "v=spf1 +all", False),
        ("v=spf1 include:b.example -all", "v=spf1 ~all", False),
        ("v=spf1 redirect=b.example", "v=spf1 +all", True),
        ("v=spf1 -all include:b.example", "v=spf1 +all", False),
        ("v=spf1 exists:four.example -all", "", True),
        ("v=spf1 exists:gone.example -all", "", False),
        ("v=spf1 exists:%{i}.example -all", "", False),
        ("v=spf1 a:four.example/0 -all", "", True),
        ("v=spf1 a:four.example//0 -all", "", False),
        ("v=spf1 a:four.example/1 -all", "", False),
        ("v=spf1 mx:four.example/0 -all", "", True),
        ("v=spf1 include:a.example +all", "", True),
    ],
)
def test_whether_every_sender_passes(record: str, included: str, everyone: bool) -> None:
    walked = walk(record, included)
    assert lets_everyone("a.example", walked.records, walked.answers) is everyone


@pytest.mark.parametrize(
    ("record", "included", "expected"),
    [
        ("v=spf1 ~all", "", "~"),
        ("v=spf1 mx", "", ""),
        ("v=spf1 redirect=b.example", "v=spf1 -all", "-"),
        ("v=spf1 redirect=b.example", "v=spf1 a", ""),
        ("v=spf1 redirect=b.example", "v=spf1 redirect=a.example", ""),
        ("v=spf1 redirect=%{l}.example", "", DEPENDS),
        ("v=spf1 redirect=b.%{d1}", "v=spf1 ?all", "?"),
        ("v=spf1 ?all redirect=b.example", "v=spf1 -all", "?"),
    ],
)
def test_what_is_said_of_all_others(record: str, included: str, expected: str) -> None:
    assert ending("a.example", walk(record, included).records) == expected
