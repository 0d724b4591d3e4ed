"""The validator and the evaluator agree: over thousands of generated records, each sender's result fits what was said."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from itaudit.facts.lookups import settled
from itaudit.facts.spf_answers import NAMES_ASKED_AT_MOST, fetch, lookup_with
from itaudit.facts.spf_evaluation import Evaluation, Result, check_host
from itaudit.facts.spf_openness import DEPENDS, ending, lets_everyone
from itaudit.facts.spf_records import is_spf
from itaudit.facts.spf_walk import Walk
from lab._spf_answers import Zones, lookups_in

STRANGERS = ("198.51.100.77", "2001:db8:ffff::77")
SENDERS = (*STRANGERS, "192.0.2.1", "192.0.2.130", "2001:db8::1")
NAMES = [f"{letter}.example" for letter in "abcde"]
SOUND = [
    *("a", "mx", "a/24//64", "ip4:192.0.2.0/25", "-ip4:192.0.2.128/25", "ip6:2001:db8::/48", "exists:%{ir}.x.example"),
    *("include:%{d}", "redirect=b.%{o1}", "exp=a.example", "unknown=%{l}", "a:gone.example", "a:x..example", "exists:a.example"),
    *("include:gone.example", "ptr", "ip4:0.0.0.0/0", "ip6:::/0", "redirect=x..example"),
]
FAULTY = ["ipv4:192.0.2.1", "a:", "-all:x", "redirect=", "ip4:192.0.2.0/33", "mx/", "%", "exp=a.example"]
ENDS = ["-all", "~all", "?all", "+all", ""]
TARGETS = [f"{kind}{name}" for kind in ("include:", "redirect=", "a:", "mx:") for name in NAMES]


def records(terms: list[str]) -> st.SearchStrategy[str]:
    signed = st.tuples(st.sampled_from(["", "", "", "-", "?"]), st.sampled_from(terms)).map(
        lambda pair: pair[1] if "=" in pair[1] or pair[1][0] in "-+%" else "".join(pair)
    )
    body = st.lists(signed, max_size=6).map(" ".join)
    return st.tuples(body, st.sampled_from(ENDS)).map(lambda pair: " ".join(["v=spf1", *pair]))


def zones(terms: list[str]) -> st.SearchStrategy[dict[str, dict[str, list[str]]]]:
    one = st.fixed_dictionaries(
        {
            "TXT": st.lists(records(terms), min_size=1, max_size=1) | st.just(["no record"]) | st.just(["v=spf1 a", "v=spf1 mx"]),
            "A": st.sampled_from([[], ["192.0.2.1"], ["203.0.113.1", "192.0.2.130"]]),
            "AAAA": st.sampled_from([[], ["2001:db8::1"]]),
            "MX": st.sampled_from([[], ["0 ."], ["10 a.example."], [f"{number} a.example." for number in range(11)]]),
        }
    )
    return st.fixed_dictionaries({"a.example": one}, optional=dict.fromkeys(NAMES[1:], one))


def walked(found: Zones) -> Walk:
    lookups = lookups_in(found)
    walk = Walk(fetch(lookups, "a.example", settled(lookups.many(("a.example", "TXT"))[0])), "a.example")
    walk.follow()
    return walk


def evaluated(found: Zones, sender: str) -> Evaluation:
    return check_host(sender, "a.example", "x@a.example", lookup_with(lookups_in(found), {}), helo="h.example")


def of_one_record(found: Zones) -> bool:
    texts = found["a.example"]["TXT"]
    return isinstance(texts, list) and sum(map(is_spf, texts)) == 1


@settings(max_examples=200)
@given(zones(SOUND + TARGETS))
def test_what_is_called_free_of_faults_is_rejected_for_no_sender(found: dict[str, dict[str, list[str]]]) -> None:
    walk = walked(found)
    if of_one_record(found) and walk.never_rejected:
        for sender in SENDERS:
            assert evaluated(found, sender).result is not Result.PERMERROR, sender


@settings(max_examples=150)
@given(zones(SOUND + TARGETS + FAULTY))
def test_a_mistake_in_the_record_itself_is_a_permanent_error_for_every_sender_and_at_the_same_place(
    found: dict[str, dict[str, list[str]]],
) -> None:
    walk = walked(found)
    own = walk.records["a.example"].faults if of_one_record(found) else ()
    for sender in SENDERS:
        if own:
            assert evaluated(found, sender).fault == own[0]


@settings(max_examples=200)
@given(zones(["a", "mx", "ip4:192.0.2.0/25", "ip6:2001:db8::/48", *TARGETS, *FAULTY]))
def test_each_fault_and_limit_that_is_told_rejects_the_mail_of_some_stranger(found: dict[str, dict[str, list[str]]]) -> None:
    walk = walked(found)
    ends = [ending(name, walk.records) for name in walk.records]
    if not of_one_record(found) or "+" in ends or lets_everyone("a.example", walk.records, walk.answers):
        return  # somewhere everybody passes, so that what follows is never reached
    results = [evaluated(found, sender).result for sender in STRANGERS]
    if walk.faults or walk.eleventh or walk.voids.most > 2:
        assert Result.PERMERROR in results
    else:
        assert Result.PERMERROR not in results or walk.voids.worst > 2


@settings(max_examples=150)
@given(zones(SOUND + TARGETS))
def test_what_is_said_to_let_everybody_in_lets_strangers_in_and_the_ending_is_theirs(
    found: dict[str, dict[str, list[str]]],
) -> None:
    walk = walked(found)
    if not of_one_record(found) or not walk.never_rejected:
        return
    results = {evaluated(found, sender).result for sender in STRANGERS}
    if lets_everyone("a.example", walk.records, walk.answers):
        assert Result.PASS in results
    elif (end := ending("a.example", walk.records)) != DEPENDS and not walk.depends_on_sender:
        expected = {"-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL, "": Result.NEUTRAL, "+": Result.PASS}[end]
        decided_before = any(
            term.families for record in walk.records.values() for term in record.mechanisms if term.name != "all"
        )
        assert results == {expected} or decided_before or "exists:a.example" in str(found)


@given(zones(SOUND + TARGETS))
def test_the_number_of_questions_is_bounded(found: dict[str, dict[str, list[str]]]) -> None:
    asked: list[tuple[str, str]] = []
    lookups = lookups_in(found, asked)
    fetch(lookups, "a.example", settled(lookups.many(("a.example", "TXT"))[0]))
    assert len(asked) <= NAMES_ASKED_AT_MOST + 1
