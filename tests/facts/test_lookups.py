import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.lookups import Record, Reply, holds, parent_of, parse, proved_zone

START = "ns1.example.com. hostmaster.example.com. 1 2 3 4 5"
EXISTS = Reply("NOERROR", answer=(Record("example.com", "SOA", START),))
NO_NAME = Reply("NXDOMAIN")


def test_a_response_is_typed_with_plain_names() -> None:
    body = {
        "rcode": "NOERROR",
        "flags": ["QR", "AA"],
        "answer": [{"name": "Example.COM.", "type": "MX", "ttl": 5, "data": ["10 Mx1.example.com."]}],
    }
    reply = parse(api.Answer(body=json.dumps(body)))
    assert reply.answer == (Record("example.com", "MX", "10 Mx1.example.com."),)
    assert reply.hosts("MX") == ("mx1.example.com",)
    assert reply.data("A") == ()


@given(
    st.one_of(
        st.binary().map(lambda raw: raw.decode("latin-1")),
        st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps),
    )
)
def test_hostile_bodies_are_unreadable(body: str) -> None:
    with pytest.raises(api.Missing):
        parse(api.Answer(body=body))


def test_the_recorded_failure_is_raised() -> None:
    with pytest.raises(api.TimedOut):
        parse(api.Answer.missing(api.TimedOut("late")))


def test_parents_end_at_the_root() -> None:
    assert parent_of("www.example.com") == "example.com"
    assert parent_of("com") == "."
    assert parent_of(".") == "."


def test_a_zone_holds_itself_and_what_is_below_but_no_lookalike() -> None:
    assert holds("example.com", "example.com")
    assert holds("example.com", "www.example.com")
    assert holds(".", "example.com")
    assert not holds("example.com", "badexample.com")


def test_the_zone_of_a_name_inside_is_the_one_in_the_authority() -> None:
    inside = Reply("NOERROR", authority=(Record("example.com", "SOA", START),))
    assert proved_zone("www.example.com", inside, EXISTS) == "example.com"


def test_no_such_name_is_believed_only_from_a_resolver_that_knows_the_ending() -> None:
    with pytest.raises(api.NotFound):
        proved_zone("gone.com", NO_NAME, Reply("NOERROR"))
    with pytest.raises(api.Unreadable, match="cannot be believed"):
        proved_zone("gone.com", NO_NAME, NO_NAME)
    with pytest.raises(api.TimedOut):
        proved_zone("gone.com", NO_NAME, api.TimedOut("late"))


@pytest.mark.parametrize("code", ["SERVFAIL", "REFUSED", "NOTIMP"])
def test_a_failing_resolver_proves_nothing(code: str) -> None:
    with pytest.raises(api.Unreadable, match=code):
        proved_zone("example.com", Reply(code), EXISTS)


def test_an_empty_yes_proves_nothing() -> None:
    with pytest.raises(api.Unreadable, match="no zone"):
        proved_zone("example.com", Reply("NOERROR"), EXISTS)


def test_a_start_of_another_zone_proves_nothing() -> None:
    with pytest.raises(api.Unreadable, match="no zone"):
        proved_zone("other.com", EXISTS, EXISTS)
