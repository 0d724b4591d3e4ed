import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.lookups import Record, Reply, belonging, holds, parent_of, parse, proved_zone

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


def alias(name: str, target: str) -> Record:
    return Record(name, "CNAME", f"{target}.")


def test_records_of_other_names_do_not_count() -> None:
    own, stranger = Record("example.com", "MX", "10 mx1.example.com."), Record("other.com", "MX", "10 evil.com.")
    assert belonging(Reply("NOERROR", answer=(stranger, own)), "Example.com.") == Reply("NOERROR", answer=(own,))
    assert belonging(Reply("NOERROR", answer=(stranger,)), "example.com") == Reply("NOERROR")


def test_records_at_the_end_of_aliases_count_in_any_order() -> None:
    answer = (Record("c.com", "A", "192.0.2.1"), alias("b.com", "c.com"), alias("a.com", "b.com"), alias("x.com", "y.com"))
    assert belonging(Reply("NOERROR", answer=answer), "a.com") == Reply("NOERROR", answer=answer[:3])


def test_a_failure_belongs_as_it_is() -> None:
    late = api.TimedOut("late")
    assert belonging(late, "a.com") is late


LETTER = st.sampled_from("abcd")


@given(st.lists(st.builds(alias, LETTER, LETTER), max_size=8), LETTER)
def test_aliases_may_lead_in_circles(answer: list[Record], name: str) -> None:
    found = belonging(Reply("NOERROR", answer=tuple(answer)), name)
    assert isinstance(found, Reply)
    assert set(found.answer) <= set(answer)
    assert {record for record in answer if record.name == name} <= set(found.answer)


def test_who_names_an_alias_is_told_which_name_belongs_there() -> None:
    alone = Reply("NOERROR", answer=(Record("shop.example.com", "CNAME", "shops.example."),))
    with pytest.raises(api.Unreadable) as raised:
        proved_zone("shop.example.com", alone, EXISTS)
    assert "example.com instead of www.example.com" in raised.value.unlock
    assert "host_names" in raised.value.unlock
