from dataclasses import replace
from typing import Any

import pytest

from itaudit import api
from itaudit.checks.dns.delegation import delegation
from itaudit.facts.name_servers import Delegation, NameServer, ServerAnswer, State

from .conftest import Plain

ONE = NameServer("ns1.example.com", (ServerAnswer("192.0.2.1", State.ANSWERS),))
TWO = NameServer("ns2.example.com", (ServerAnswer("198.51.100.1", State.ANSWERS),))


def second(state: State = State.ANSWERS, address: str = "198.51.100.1", *, tcp: bool = True, alias: bool = False) -> NameServer:
    return NameServer("ns2.example.com", (ServerAnswer(address, state, tcp),), alias)


def six(number: int) -> NameServer:
    """A name server that a machine without IPv6 cannot ask."""
    return NameServer(f"six{number}.example.com", (ServerAnswer(f"2001:db8::{number}", State.UNSEEN, False),))


def found(*servers: NameServer, parent: frozenset[str] | None = None) -> Delegation:
    names = frozenset(server.name for server in servers)
    return Delegation("example.com", "example.com", servers, names, names if parent is None else parent)


@pytest.mark.parametrize(
    ("facts", "status", "words"),
    [
        (found(ONE, TWO), api.Status.OK, "All 2"),
        (found(ONE, second(State.LAME)), api.Status.FAIL, "1 of 2 (ns2.example.com)"),
        (found(ONE, second(State.SILENT)), api.Status.FAIL, "1 of 2"),
        (found(ONE, NameServer("ns2.example.com")), api.Status.FAIL, "1 of 2"),
        (found(ONE, NameServer("ns2.example.com", seen=False)), api.Status.UNKNOWN, "Not every"),
        (found(ONE), api.Status.FAIL, "single"),
        (found(ONE, second(address="192.0.2.1")), api.Status.FAIL, "single"),
        (found(ONE, second(tcp=False)), api.Status.WARN, "ns2.example.com"),
        (found(ONE, second(alias=True)), api.Status.WARN, "alias"),
        (found(ONE, TWO, parent=frozenset({"old.example.com", ONE.name})), api.Status.WARN, "registrar"),
        (found(ONE, TWO, parent=frozenset({ONE.name})), api.Status.FAIL, "single"),
        (found(ONE, TWO, six(1), six(2)), api.Status.OK, "All 2"),
    ],
)
def test_the_worst_fault_decides(judged: Plain, facts: Delegation, status: api.Status, words: str) -> None:
    verdict = delegation(facts)
    assert judged(verdict) == (status, api.Severity.MEDIUM if status is api.Status.WARN else None)
    assert words in verdict.summary


def test_a_parent_that_could_not_be_asked_is_no_mismatch(judged: Plain) -> None:
    names = frozenset({"ns1.example.com", "ns2.example.com"})
    assert judged(delegation(Delegation("example.com", "example.com", (ONE, TWO), names, None))) == (api.Status.OK, None)


def test_servers_that_could_not_be_asked_at_all_are_unknown(judged: Plain) -> None:
    unseen = NameServer("six.example.com", (ServerAnswer("2001:db8::1", State.UNSEEN, False),))
    assert judged(delegation(found(unseen))) == (api.Status.UNKNOWN, None)


def public(number: int, address: str, **more: Any) -> NameServer:
    """A server on a public address; nothing is sent there."""
    own = more.pop("own", frozenset({address}))
    answer = ServerAnswer(address, more.pop("state", State.ANSWERS), **more)
    return NameServer(f"ns{number}.example.com", (answer,), own=own, glue=more.get("glue", frozenset()))


MEDIUM = api.Severity.MEDIUM
PUBLIC = public(1, "9.9.9.9")
TROUBLED = replace(TWO, answers=(replace(TWO.answers[0], troubles=("NXDOMAIN to AAAA",)),))
OLD = NameServer(TWO.name, TWO.answers, own=frozenset({"198.51.100.1"}), glue=frozenset({"203.0.113.1"}))
BARE = NameServer("ns_2.example.com", TWO.answers)
ONLY_SIX = NameServer("ns2.example.com", (ServerAnswer("2001:db8::2", State.ANSWERS),))
BOTH = NameServer("ns2.example.com", (*TWO.answers, *ONLY_SIX.answers))


@pytest.mark.parametrize(
    ("facts", "severity", "words", "detail", "step"),
    [
        (
            found(ONE, replace(TWO, alias=True, own=frozenset({"198.51.100.1"}))),
            MEDIUM,
            "ns2.example.com is only an alias",
            "CNAME: ns2.example.com",
            "ns2.example.com. 3600 IN A 198.51.100.1",
        ),
        (found(ONE, BARE), MEDIUM, "a name that computers may not have", "ns_2.example.com", "ns1.example.com"),
        (found(ONE, second(tcp=False)), MEDIUM, "cannot give long answers", "over TCP: 198.51.100.1", "open TCP port 53"),
        (
            found(ONE, TWO, parent=frozenset({"old.example.com", ONE.name})),
            MEDIUM,
            "differs from the one at your registrar",
            "NS at the parent: ns1.example.com old.example.com; NS in the zone: ns1.example.com ns2.example.com",
            "At the registrar, remove: old.example.com",
        ),
        (
            found(ONE, OLD),
            MEDIUM,
            "your registrar holds a wrong address of ns2.example.com",
            "ns2.example.com is 198.51.100.1, its parent says 203.0.113.1",
            "ns2.example.com: 198.51.100.1",
        ),
        (
            found(ONE, TWO, NameServer("ns3.example.com", ONE.answers)),
            MEDIUM,
            "2 of them are the same computer",
            "192.0.2.1: ns1.example.com ns3.example.com",
            "Keep one of ns1.example.com ns3.example.com",
        ),
        (found(PUBLIC, TWO), MEDIUM, "only inside a private network", "(RFC 6890): 198.51.100.1", "with 198.51.100.1"),
        (found(ONE, TROUBLED), MEDIUM, "does not answer every kind of question", "NXDOMAIN to AAAA", "dig @198.51.100.1"),
        (found(ONE, ONLY_SIX), MEDIUM, "only ns1.example.com can be reached by most visitors", "IPv4 address: ns1", " A record"),
        (found(ONE, BOTH), api.Severity.LOW, "the newer kind of address", "IPv6 address: ns2", "AAAA record"),
    ],
)
def test_what_is_against_the_rules_is_named_as_it_is_and_as_it_should_be(
    judged: Plain, facts: Delegation, severity: api.Severity, words: str, detail: str, step: str
) -> None:
    verdict = delegation(facts)
    assert judged(verdict) == (api.Status.WARN, severity)
    assert words in verdict.summary
    assert detail in verdict.detail
    assert verdict.remedy is not None
    assert any(step in each for each in verdict.remedy.steps), verdict.remedy.steps


def test_servers_that_name_different_servers_are_told_apart(judged: Plain) -> None:
    names = {ONE.name, TWO.name}, {ONE.name, TWO.name, "ns3.example.com"}
    one, two = (
        replace(server, answers=(replace(server.answers[0], names=frozenset(said)),))
        for server, said in zip((ONE, TWO), names, strict=True)
    )
    verdict = delegation(found(one, two))
    assert judged(verdict) == (api.Status.WARN, MEDIUM)
    assert "they do not agree on who they are" in verdict.summary
    assert "ns1.example.com ns2.example.com / ns1.example.com ns2.example.com ns3.example.com" in verdict.detail


def test_glue_that_leaves_an_address_out_is_no_fault(judged: Plain) -> None:
    less = replace(ONE, own=frozenset({"192.0.2.1", "192.0.2.9"}), glue=frozenset({"192.0.2.1"}))
    assert judged(delegation(found(less, TWO))) == (api.Status.OK, None)


def test_glue_is_not_judged_where_the_servers_own_addresses_are_unseen(judged: Plain) -> None:
    unseen = replace(ONE, own=None, glue=frozenset({"203.0.113.1"}))
    assert judged(delegation(found(unseen, TWO))) == (api.Status.OK, None)


def test_a_name_that_lives_in_a_private_network_only_is_as_it_should_be(judged: Plain) -> None:
    assert judged(delegation(found(public(1, "10.0.0.1"), public(2, "10.0.1.1")))) == (api.Status.OK, None)


def test_of_a_dead_server_on_a_private_address_that_is_said(judged: Plain) -> None:
    verdict = delegation(found(public(1, "10.0.0.1"), public(2, "10.0.1.1", state=State.SILENT)))
    assert judged(verdict) == (api.Status.FAIL, None)
    assert "no addresses of the internet (RFC 6890): 10.0.1.1" in verdict.detail


@pytest.mark.parametrize(
    ("server", "step"),
    [
        (second(State.LAME), "ns2.example.com: whoever runs it loads the zone example.com there"),
        (second(State.SILENT), "ns2.example.com: whoever runs it starts it"),
        (NameServer("ns2.example.com"), "ns2.example.com: it has no address"),
        (NameServer("198.51.100.1"), "198.51.100.1: an NS record needs a host's name"),
    ],
)
def test_the_cure_is_that_of_the_fault(server: NameServer, step: str) -> None:
    remedy = delegation(found(ONE, server)).remedy
    assert remedy is not None
    assert any(each.startswith(step) and f"NS {server.name}." in each for each in remedy.steps), remedy.steps


def test_that_no_server_has_an_address_is_not_believed_from_a_resolver_alone(judged: Plain) -> None:
    servers = (NameServer("ns1.example.com"), NameServer("ns2.example.com"))
    names = frozenset(server.name for server in servers)
    assert judged(delegation(Delegation("example.com", "example.com", servers, names, None)))[0] is api.Status.UNKNOWN
    assert judged(delegation(Delegation("example.com", "example.com", servers, names, names)))[0] is api.Status.FAIL
