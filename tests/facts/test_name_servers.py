import json
from collections.abc import Callable

import dns.rcode
import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.name_servers import Delegation, State, delegations
from itaudit.facts.targets import Targets
from lab._dns_zones import NO_TCP, ONE, REFUSING, SILENT, TWO
from lab.dns import DnsLab, answers_with, scripted


def delegation(dns_lab: DnsLab, live: api.Ask, name: str) -> Delegation:
    (found,) = delegations.function(live, dns_lab.targets(name))
    assert isinstance(found, Delegation), found
    return found


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("good.test", {ONE: State.ANSWERS, TWO: State.ANSWERS}),
        ("shop.parts.test", {ONE: State.ANSWERS, TWO: State.ANSWERS}),
        ("lame.test", {ONE: State.ANSWERS, REFUSING: State.LAME}),
        ("silent.test", {ONE: State.ANSWERS, SILENT: State.SILENT}),
        ("single.test", {ONE: State.ANSWERS}),
        ("notcp.test", {ONE: State.ANSWERS, NO_TCP: State.ANSWERS}),
    ],
)
def test_how_each_address_answers(dns_lab: DnsLab, live: api.Ask, name: str, states: dict[str, State]) -> None:
    assert {answer.address: answer.state for answer in delegation(dns_lab, live, name).answers} == states


def test_a_server_without_tcp_is_seen(dns_lab: DnsLab, live: api.Ask) -> None:
    assert {answer.address: answer.tcp for answer in delegation(dns_lab, live, "notcp.test").answers} == {
        ONE: True,
        NO_TCP: False,
    }


def test_the_lists_of_the_parent_and_of_the_zone_are_kept_apart(dns_lab: DnsLab, live: api.Ask) -> None:
    found = delegation(dns_lab, live, "mismatch.test")
    assert found.parent_names == frozenset({"ns1.mismatch.test", "old.mismatch.test"})
    assert found.own_names == {"ns1.mismatch.test", "ns2.mismatch.test"}


def test_an_alias_is_seen(dns_lab: DnsLab, live: api.Ask) -> None:
    assert [server.name for server in delegation(dns_lab, live, "nsalias.test").servers if server.alias] == ["alias.nsalias.test"]


def test_behind_a_firewall_that_lets_no_question_out_nothing_is_known(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(lambda _: None) as silent_port:
        blocked = dns_lab.targets("good.test").model_copy(update={"authoritative_port": silent_port})
        (gap,) = delegations.function(live, blocked)
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.TimedOut)
    assert "port 53" in gap.error.unlock


def reply(*answer: tuple[str, str, str], flags: str = "QR RA", rcode: str = "NOERROR") -> str:
    records = [{"name": name, "type": type_, "ttl": 60, "data": [data]} for name, type_, data in answer]
    return json.dumps({"rcode": rcode, "flags": flags.split(), "answer": records})


def test_a_line_that_answers_in_place_of_the_servers_makes_it_unknown(recorded: Callable[..., api.Ask]) -> None:
    start = reply(("a.example", "SOA", "ns.a.example. h. 1 2 3 4 5"))
    names = reply(("a.example", "NS", "ns.a.example."))
    answers: dict[api.Question, str] = {
        api.Dns("a.example", "SOA"): start,
        api.Dns("example", "SOA"): reply(("example", "SOA", "ns.example. h. 1 2 3 4 5")),
        api.Dns("a.example", "NS"): names,
        api.Dns("example", "NS"): reply(("example", "NS", "ns.example.")),
    }
    for host, address in (("ns.a.example", "192.0.2.1"), ("ns.example", "192.0.2.2")):
        answers[api.Dns(host, "A")] = reply((host, "A", address))
        answers[api.Dns(host, "AAAA")] = reply()
    answers[api.Dns("a.example", "NS", "192.0.2.2", recursion_desired=False, timeout=1.5)] = names
    for tcp in (False, True):
        answers[api.Dns("a.example", "SOA", "192.0.2.1", tcp=tcp, recursion_desired=False, timeout=1.5)] = start
    (gap,) = delegations.function(recorded(answers), Targets(domains=("a.example",)))
    assert isinstance(gap, Gap)
    assert "something between" in gap.error.detail


def test_servers_on_a_kind_of_address_that_this_machine_lacks_are_unseen(recorded: Callable[..., api.Ask]) -> None:
    start = reply(("a.example", "SOA", "ns.a.example. h. 1 2 3 4 5"), flags="QR AA")
    names = reply(("a.example", "NS", "ns.a.example."), flags="QR AA")
    answers: dict[api.Question, api.Answer | str] = {
        api.Dns("example", "SOA"): reply(("example", "SOA", "ns.example. h. 1 2 3 4 5")),
        api.Dns("example", "NS"): reply(),
        api.Dns("a.example", "SOA"): start,
        api.Dns("a.example", "NS"): names,
        api.Dns("ns.a.example", "A"): reply(("ns.a.example", "A", "192.0.2.1")),
        api.Dns("ns.a.example", "AAAA"): reply(("ns.a.example", "AAAA", "2001:db8::1")),
    }
    unreachable = api.Answer.missing(api.Unreachable("no route"))
    for address, answer in (("192.0.2.1", start), ("2001:db8::1", unreachable)):
        for tcp in (False, True):
            answers[api.Dns("a.example", "SOA", address, tcp=tcp, recursion_desired=False, timeout=1.5)] = answer
        answers[api.Dns("a.example", "SOA", address, recursion_desired=False, timeout=2.5)] = answer
    (found,) = delegations.function(recorded(answers), Targets(domains=("a.example",)))
    assert isinstance(found, Delegation)
    assert [answer.state for answer in found.answers] == [State.ANSWERS, State.UNSEEN]
    assert found.parent_names is None


def test_all_servers_that_fail_are_not_mistaken_for_an_interception(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(answers_with(dns.rcode.REFUSED)) as port:
        refused = dns_lab.targets("good.test").model_copy(update={"authoritative_port": port})
        with scripted(answers_with(dns.rcode.REFUSED), ONE, port), scripted(answers_with(dns.rcode.REFUSED), TWO, port):
            (found,) = delegations.function(live, refused)
    assert isinstance(found, Delegation)
    assert {answer.state for answer in found.answers} == {State.LAME}
