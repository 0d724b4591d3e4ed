"""Servers that keep most of the rules: each breaks one, over real UDP and TCP."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Mapping

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.lookups import Lookups
from itaudit.facts.server_answers import ServerAnswer, State, answers_of, is_address
from itaudit.facts.server_probes import mixed
from itaudit.facts.targets import Targets
from itaudit.facts.zone_starts import ZoneStart
from itaudit.model import Machine
from lab.dns import Script, scripted

ZONE = "a.test"
HERE = "127.0.0.1"
START = "ns1.a.test. h.a.test. 7 14400 3600 1209600 300"
Message = dns.message.Message


def rules(query: Message) -> Message:
    """A name server that holds a.test and keeps every rule."""
    question = query.question[0]
    response = dns.message.make_response(query)
    if question.rdclass != dns.rdataclass.IN or question.name.to_text().lower() != "a.test." or question.rdtype == 252:
        response.set_rcode(dns.rcode.REFUSED)
        return response
    response.flags |= dns.flags.AA
    if question.rdtype == dns.rdatatype.SOA:
        response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "SOA", START))
    elif question.rdtype == dns.rdatatype.NS:
        response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "NS", "ns1.a.test.", "NS2.A.test."))
    return response


def look(live: api.Ask, script: Script, *, tcp: bool = True) -> ServerAnswer:
    with scripted(script, tcp=tcp) as port:
        return answers_of(Lookups(live, Targets(authoritative_port=port)), ZONE, [HERE], {4})[HERE]


def test_a_server_that_keeps_every_rule(live: api.Ask) -> None:
    assert look(live, rules) == ServerAnswer(
        HERE,
        State.ANSWERS,
        tcp=True,
        start=ZoneStart("ns1.a.test", "h.a.test", 7, 14400, 3600, 1209600, 300),
        names=frozenset({"ns1.a.test", "ns2.a.test"}),
        recursive=False,
        transferred=0,
    )


def when(condition: Callable[[Message], bool], then: Script) -> Script:
    """The rules, except under a condition."""
    return lambda query: then(query) if condition(query) else rules(query)


def code(number: int) -> Callable[[Message], Message]:
    def answer(query: Message) -> Message:
        response = rules(query)
        response.answer.clear()
        response.set_rcode(dns.rcode.Rcode(number))
        return response

    return answer


def silent(_: Message) -> None:
    return None


def without_edns(query: Message) -> Message:
    response = rules(query)
    response.use_edns(False)
    return response


def another_edns(query: Message) -> Message:
    response = rules(query)
    response.use_edns(1)
    return response


def formerr_without_edns(query: Message) -> Message:
    response = code(dns.rcode.FORMERR)(query)
    response.use_edns(False)
    return response


def without_authority(query: Message, *, recursion_available: bool = False) -> Message:
    response = rules(query)
    response.flags &= ~dns.flags.AA
    response.flags |= dns.flags.RA if recursion_available else 0
    return response


def is_(type_: str) -> Callable[[Message], bool]:
    return lambda query: query.question[0].rdtype == dns.rdatatype.from_text(type_)


def has_capitals(query: Message) -> bool:
    return any(letter in string.ascii_uppercase for letter in query.question[0].name.to_text())


def with_edns(query: Message) -> bool:
    return query.edns >= 0


MIXED = "to a question for AAAA with upper- and lower-case letters mixed"


@pytest.mark.parametrize(
    ("script", "troubles"),
    [
        (without_edns, ("asked with EDNS version 0 it answers with none",)),
        (another_edns, ("asked with EDNS version 0 it answers with version 1",)),
        (when(lambda query: with_edns(query) and is_("SOA")(query), formerr_without_edns), ("FORMERR to questions with EDNS",)),
        (when(lambda query: with_edns(query) and is_("SOA")(query), silent), ("no answer to questions with EDNS",)),
        (when(is_("AAAA"), silent), (f"no answer {MIXED}",)),
        (when(is_("AAAA"), code(dns.rcode.NXDOMAIN)), (f"NXDOMAIN {MIXED}",)),
        (when(has_capitals, code(dns.rcode.SERVFAIL)), (f"SERVFAIL {MIXED}",)),
        (when(is_("AAAA"), lambda query: dns.message.make_response(query)), (f"no authority {MIXED}",)),
    ],
)
def test_what_a_server_does_not_answer_is_its_trouble_and_it_still_answers(
    live: api.Ask, script: Script, troubles: tuple[str, ...]
) -> None:
    found = look(live, script)
    assert (found.state, found.troubles) == (State.ANSWERS, troubles)


@pytest.mark.parametrize(
    ("script", "detail"),
    [
        (code(dns.rcode.REFUSED), "REFUSED"),
        (code(dns.rcode.SERVFAIL), "SERVFAIL"),
        (formerr_without_edns, "FORMERR"),
        (lambda query: dns.message.make_response(query), "not authoritative"),
        (when(is_("SOA"), lambda query: dns.message.make_response(query)), "not authoritative"),
        (when(is_("SOA"), without_authority), "not authoritative"),
    ],
)
def test_an_answer_without_the_zone_is_lame(live: api.Ask, script: Script, detail: str) -> None:
    found = look(live, script)
    assert (found.state, found.detail, found.start, found.names) == (State.LAME, detail, None, frozenset())


def test_a_server_that_answers_the_second_time_only_answers(live: api.Ask) -> None:
    seen: set[tuple[str, int]] = set()

    def forgets_the_first(query: Message) -> Message | None:
        key = (query.question[0].to_text(), query.edns)
        fresh = key not in seen
        seen.add(key)
        return None if fresh else rules(query)

    found = look(live, forgets_the_first, tcp=False)
    assert (found.state, found.troubles, found.recursive) == (State.ANSWERS, (), False)


def test_a_server_with_nothing_but_udp_says_so_and_hands_nothing_out_that_was_seen(live: api.Ask) -> None:
    found = look(live, rules, tcp=False)
    assert (found.state, found.tcp, found.transferred) == (State.ANSWERS, False, None)


def recursing(*, available: bool = True, authority: bool = False) -> Script:
    def answer(query: Message) -> Message:
        response = dns.message.make_response(query, recursion_available=available)
        response.flags |= dns.flags.AA if authority else 0
        response.answer.append(dns.rrset.from_text(".", 60, "IN", "SOA", "a.root. n.root. 1 2 3 4 5"))
        return response

    return when(lambda query: query.question[0].name.to_text() == ".", answer)


@pytest.mark.parametrize(
    ("script", "recursive"),
    [
        (recursing(), True),
        (recursing(available=False), False),
        (recursing(authority=True), False),
        (when(lambda query: query.question[0].name.to_text() == ".", silent), False),
        (when(lambda query: query.question[0].name.to_text() == ".", code(dns.rcode.NXDOMAIN)), False),
        (when(lambda query: query.question[0].name.to_text() == ".", lambda query: query.to_wire()[:2] + b"\x80"), None),
    ],
)
def test_only_an_answer_for_a_foreign_name_is_recursion(live: api.Ask, script: Script, recursive: bool | None) -> None:
    assert look(live, script).recursive is recursive


def test_a_version_is_read(live: api.Ask) -> None:
    def tell(query: Message) -> Message:
        response = dns.message.make_response(query)
        response.answer.append(dns.rrset.from_text("version.bind.", 0, "CH", "TXT", '"9.18.28" "-1~deb12u2"'))
        return response

    assert look(live, when(is_("TXT"), tell)).version == "9.18.28-1~deb12u2"


def handing_out(query: Message) -> Message:
    response = dns.message.make_response(query)
    start = dns.rrset.from_text("a.test.", 60, "IN", "SOA", START)
    response.answer.extend([start, dns.rrset.from_text("www.a.test.", 60, "IN", "A", "192.0.2.1", "192.0.2.2"), start])
    return response


@pytest.mark.parametrize(
    ("script", "transferred"),
    [
        (when(is_("AXFR"), handing_out), 2),
        (when(is_("AXFR"), code(dns.rcode.NOTAUTH)), 0),
        (when(is_("AXFR"), silent), 0),
        (when(is_("AXFR"), lambda query: b"\x00"), None),
    ],
)
def test_what_is_handed_out_is_counted(live: api.Ask, script: Script, transferred: int | None) -> None:
    assert look(live, script).transferred == transferred


def test_an_address_that_never_answers_is_silent_where_others_can_be_asked_and_else_nothing_is_known(live: api.Ask) -> None:
    with scripted(silent) as port:
        lookups = Lookups(live, Targets(authoritative_port=port))
        assert answers_of(lookups, ZONE, [HERE], {4})[HERE].state is State.SILENT
        assert answers_of(lookups, ZONE, [HERE], {6})[HERE].state is State.UNSEEN
        with pytest.raises(api.TimedOut):
            answers_of(lookups, ZONE, [HERE], ())


@pytest.mark.parametrize("number", [dns.rcode.REFUSED, dns.rcode.SERVFAIL, dns.rcode.NXDOMAIN])
def test_where_nothing_else_could_be_asked_a_refusal_by_all_may_come_from_between(live: api.Ask, number: int) -> None:
    with scripted(code(number)) as port, pytest.raises(api.Unreadable, match="something between"):
        answers_of(Lookups(live, Targets(authoritative_port=port)), ZONE, [HERE], ())


def test_answers_such_as_only_a_resolver_gives_come_from_between_even_where_the_parent_was_reached(live: api.Ask) -> None:
    with scripted(lambda query: without_authority(query, recursion_available=True)) as port:
        lookups = Lookups(live, Targets(authoritative_port=port))
        with pytest.raises(api.Unreadable, match="something between"):
            answers_of(lookups, ZONE, [HERE], {4})


def test_over_tcp_too_only_an_answer_for_the_zone_counts(recorded: Callable[..., api.Ask]) -> None:
    start = {"name": "a.test.", "type": "SOA", "data": [START]}
    good = {"rcode": "NOERROR", "flags": ["QR", "AA"], "answer": [start]}
    answers = {
        api.Dns(ZONE, "SOA", HERE, tcp=tcp, recursion_desired=False, timeout=1.5): json.dumps(body)
        for tcp, body in ((False, good), (True, {"rcode": "REFUSED"}))
    }
    found = answers_of(Lookups(recorded(answers), Targets()), ZONE, [HERE], {4})[HERE]
    assert (found.state, found.tcp) == (State.ANSWERS, False)


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("10.1.2.3", True),
        ("127.53.0.1", True),
        ("169.254.1.1", True),
        ("192.0.2.1", True),
        ("100.64.0.1", True),
        ("fd00::1", True),
        ("fe80::1", True),
        ("2001:db8::1", True),
        ("9.9.9.9", False),
        ("2620:fe::9", False),
    ],
)
def test_an_address_of_no_use_on_the_internet_is_known(address: str, private: bool) -> None:
    assert ServerAnswer(address, State.SILENT).private is private


@given(st.text(alphabet=string.ascii_letters + string.digits + ".-"))
def test_mixing_letters_changes_no_name(name: str) -> None:
    assert mixed(name).lower() == name.lower()


@given(st.text() | st.ip_addresses().map(str))
def test_what_counts_as_an_address_can_be_judged(text: str) -> None:
    assert not is_address(text) or isinstance(ServerAnswer(text, State.SILENT).private, bool)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
RECORD = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["a.test.", "A.TEST.", ".", "ns1.a.test.", ""]),
        "type": st.sampled_from(["SOA", "NS", "TXT", "A", "CNAME", "soa", "X"]),
        "data": st.lists(st.sampled_from([START, "ns1.a.test.", "", " ", "\x00", "1.2.3", "é"]), max_size=3),
    }
)
BODY = JSON | st.fixed_dictionaries(
    {"rcode": st.sampled_from(["NOERROR", "REFUSED", "FORMERR", "BADVERS", "", "?"])},
    optional={
        "flags": st.lists(st.sampled_from(["QR", "AA", "RA", "TC"])),
        "answer": st.lists(RECORD, max_size=4),
        "authority": st.lists(RECORD, max_size=2),
        "edns": st.integers(-2, 300),
        "records": st.integers(-5, 10**20),
    },
)
PROBLEM = st.sampled_from(["timed_out", "unreachable", "unreadable", "not_recorded", "never heard of"])


class AnyAnswers:
    """A recording that somebody made up."""

    abandoned: Mapping[str, int] = {}

    def __init__(self, machine: Machine, draw: Callable[[], api.Answer]) -> None:
        self.machine = machine
        self._draw = draw
        self.asked = 0

    def ask(self, question: api.Question) -> api.Answer:
        self.asked += 1
        return self._draw()


@given(st.data())
def test_whatever_was_recorded_gives_answers_or_one_missing_after_few_questions(data: st.DataObject) -> None:
    answers = data.draw(
        st.lists(
            BODY.map(lambda body: api.Answer(body=json.dumps(body))) | PROBLEM.map(lambda p: api.Answer(problem=p)), min_size=1
        )
    )
    turn = iter(range(10**9))
    machine = Machine("h", "linux", data.draw(st.datetimes()), False)
    source = AnyAnswers(machine, lambda: answers[next(turn) % len(answers)])
    lookups = Lookups(api.Ask(source), Targets())
    try:
        found = answers_of(lookups, ZONE, ["192.0.2.1", "2001:db8::1"], data.draw(st.sampled_from([(), (4,), (4, 6)])))
    except api.Missing:
        pass
    else:
        assert set(found) == {"192.0.2.1", "2001:db8::1"}
    assert source.asked <= 2 * 14
