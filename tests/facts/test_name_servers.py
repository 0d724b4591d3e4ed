import json
from collections.abc import Callable
from contextlib import ExitStack

import dns.rcode
import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.name_servers import Delegation, NameServer, State, delegations
from itaudit.facts.own_addresses import QUESTION as OWN_ADDRESSES
from itaudit.facts.targets import Targets
from itaudit.facts.zone_starts import ZoneStart
from lab._dns_scripted import forward_to
from lab._dns_zones import NEIGHBOUR, NO_TCP, ONE, OTHER, PARENT, PARENT_TWO, RECURSING, REFUSING, SILENT, TELLING, TWO
from lab.dns import DnsLab, answers_with, scripted

UNHEARD_PORT = 1
"""No name server of any laboratory is there: all their ports are higher."""


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
    blocked = dns_lab.targets("good.test").model_copy(update={"authoritative_port": UNHEARD_PORT})
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


@pytest.mark.parametrize(("flags", "known"), [("QR RA", False), ("QR", True), ("QR AA RA", True)])
def test_what_a_resolver_says_in_place_of_the_parent_proves_nothing(
    recorded: Callable[..., api.Ask], flags: str, known: bool
) -> None:
    names = reply(("a.example", "NS", "ns.a.example."))
    answers: dict[api.Question, str] = {
        api.Dns("a.example", "SOA"): reply(("a.example", "SOA", "ns.a.example. h. 1 2 3 4 5")),
        api.Dns("example", "SOA"): reply(("example", "SOA", "ns.example. h. 1 2 3 4 5")),
        api.Dns("a.example", "NS"): names,
        api.Dns("example", "NS"): reply(("example", "NS", "ns.example.")),
    }
    for host, address in (("ns.a.example", "192.0.2.1"), ("ns.example", "192.0.2.2")):
        answers[api.Dns(host, "A")] = reply((host, "A", address))
        answers[api.Dns(host, "AAAA")] = reply()
    parent = api.Dns("a.example", "NS", "192.0.2.2", recursion_desired=False, timeout=1.5)
    answers[parent] = reply(("a.example", "NS", "ns.a.example."), flags=flags)
    answers[api.Dns("a.example", "SOA", "192.0.2.1", recursion_desired=False, timeout=1.5)] = reply(rcode="REFUSED")
    (found,) = delegations.function(recorded(answers), Targets(domains=("a.example",)))
    if known:
        assert isinstance(found, Delegation)
        assert [answer.state for answer in found.answers] == [State.LAME]
    else:
        assert isinstance(found, Gap)
        assert "something between" in found.error.detail


def test_a_servers_own_address_is_asked_of_the_zone_because_a_resolver_may_keep_what_the_parent_said(
    recorded: Callable[..., api.Ask],
) -> None:
    host, kept, own = "ns.a.example", "192.0.2.1", "192.0.2.9"
    start = reply(("a.example", "SOA", "ns.a.example. h. 1 2 3 4 5"), flags="QR AA")
    referral = {
        "rcode": "NOERROR",
        "authority": [{"name": "a.example.", "type": "NS", "data": [f"{host}."]}],
        "additional": [{"name": f"{host}.", "type": "A", "data": [kept]}],
    }
    answers: dict[api.Question, str] = {
        api.Dns("a.example", "SOA"): start,
        api.Dns("example", "SOA"): reply(("example", "SOA", "ns.example. h. 1 2 3 4 5")),
        api.Dns("a.example", "NS"): reply(("a.example", "NS", f"{host}.")),
        api.Dns("example", "NS"): reply(("example", "NS", "ns.example.")),
        api.Dns(host, "A"): reply((host, "A", kept)),
        api.Dns(host, "AAAA"): reply(),
        api.Dns("ns.example", "A"): reply(("ns.example", "A", "192.0.2.2")),
        api.Dns("ns.example", "AAAA"): reply(),
        api.Dns("a.example", "NS", "192.0.2.2", recursion_desired=False, timeout=1.5): json.dumps(referral),
        api.Dns("a.example", "SOA", kept, recursion_desired=False, timeout=1.5): start,
        api.Dns(host, "A", kept, recursion_desired=False, timeout=1.5): reply((host, "A", own), flags="QR AA"),
        api.Dns(host, "AAAA", kept, recursion_desired=False, timeout=1.5): reply(flags="QR AA"),
    }
    (found,) = delegations.function(recorded(answers), Targets(domains=("a.example",)))
    assert isinstance(found, Delegation)
    assert [(each.own, each.wrong_glue) for each in found.servers] == [(frozenset({own}), frozenset({kept}))]


def test_a_copy_inside_an_office_is_not_among_the_servers_that_the_world_asks(recorded: Callable[..., api.Ask]) -> None:
    def start(primary: str) -> str:
        return reply(("a.example", "SOA", f"{primary}. h. 1 2 3 4 5"), flags="QR AA")

    names = (("a.example", "NS", "ns1.host.example."), ("a.example", "NS", "ns2.host.example."))
    answers: dict[api.Question, str] = {
        api.Dns("a.example", "SOA"): start("dc1.a.example"),
        api.Dns("example", "SOA"): reply(("example", "SOA", "ns.example. h. 1 2 3 4 5")),
        api.Dns("a.example", "NS"): reply(("a.example", "NS", "dc1.a.example."), flags="QR AA RA"),
        api.Dns("example", "NS"): reply(("example", "NS", "ns.example.")),
        api.Dns("a.example", "NS", "192.0.2.2", recursion_desired=False, timeout=1.5): reply(*names, flags="QR"),
    }
    where = {"dc1.a.example": "10.0.0.5", "ns1.host.example": "198.51.100.1", "ns2.host.example": "203.0.113.1"}
    for host, address in {**where, "ns.example": "192.0.2.2"}.items():
        answers[api.Dns(host, "A")] = reply((host, "A", address))
        answers[api.Dns(host, "AAAA")] = reply()
    for host, address in where.items():
        inside = host == "dc1.a.example"
        answers[api.Dns("a.example", "SOA", address, recursion_desired=False, timeout=1.5)] = start(host if inside else "ns1")
        own = (("a.example", "NS", "dc1.a.example."),) if inside else names
        answers[api.Dns("a.example", "NS", address, recursion_desired=False, timeout=1.5)] = reply(*own, flags="QR AA")
    (found,) = delegations.function(recorded(answers), Targets(domains=("a.example",)))
    assert isinstance(found, Delegation)
    assert (found.own_names, found.parent_names) == (frozenset({"ns1.host.example", "ns2.host.example"}),) * 2
    assert {answer.address for answer in found.answers} == {"198.51.100.1", "203.0.113.1"}


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
    parent = forward_to(PARENT, dns_lab.authoritative_port)
    with scripted(parent, PARENT) as port, ExitStack() as stack:
        refused = dns_lab.targets("good.test").model_copy(update={"authoritative_port": port})
        for address in (ONE, TWO):
            stack.enter_context(scripted(answers_with(dns.rcode.REFUSED), address, port))
        (found,) = delegations.function(live, refused)
    assert isinstance(found, Delegation)
    assert {answer.state for answer in found.answers} == {State.LAME}


@pytest.mark.parametrize("code", [dns.rcode.REFUSED, dns.rcode.SERVFAIL, dns.rcode.NXDOMAIN])
def test_where_the_parent_could_not_be_asked_servers_that_all_fail_may_be_an_interception(
    dns_lab: DnsLab, live: api.Ask, code: dns.rcode.Rcode
) -> None:
    with scripted(answers_with(code), PARENT) as port, ExitStack() as stack:
        for address in (PARENT_TWO, ONE, TWO):
            stack.enter_context(scripted(answers_with(code), address, port))
        (gap,) = delegations.function(live, dns_lab.targets("good.test").model_copy(update={"authoritative_port": port}))
    assert isinstance(gap, Gap)
    assert "something between" in gap.error.detail


def test_a_line_that_sends_everything_to_a_real_resolver_makes_it_unknown(dns_lab: DnsLab, live: api.Ask) -> None:
    everywhere = forward_to(dns_lab.resolver, dns_lab.resolver_port)
    with scripted(everywhere, PARENT) as port, ExitStack() as stack:
        for address in (PARENT_TWO, ONE, TWO):
            stack.enter_context(scripted(everywhere, address, port))
        (gap,) = delegations.function(live, dns_lab.targets("good.test").model_copy(update={"authoritative_port": port}))
    assert isinstance(gap, Gap)
    assert "something between" in gap.error.detail


def server(found: Delegation, host: str) -> NameServer:
    return next(each for each in found.servers if each.name == f"{host}.{found.zone}")


def test_the_addresses_that_the_parent_holds_are_compared_with_the_servers_own(dns_lab: DnsLab, live: api.Ask) -> None:
    found = delegation(dns_lab, live, "oldglue.test")
    assert (server(found, "ns2").own, server(found, "ns2").glue) == (frozenset({TWO}), frozenset({NEIGHBOUR}))
    assert [each.name for each in found.servers if each.wrong_glue] == ["ns2.oldglue.test"]


def test_glue_of_a_name_that_the_zone_does_not_know_is_wrong(dns_lab: DnsLab, live: api.Ask) -> None:
    old = server(delegation(dns_lab, live, "mismatch.test"), "old")
    assert (old.own, old.wrong_glue) == (frozenset(), frozenset({TWO}))


def test_lists_that_differ_between_the_servers_are_kept_apart_and_every_name_is_looked_at(dns_lab: DnsLab, live: api.Ask) -> None:
    found = delegation(dns_lab, live, "quarrel.test")
    two, three = ({f"ns{number}.quarrel.test" for number in numbers} for numbers in ((1, 2), (1, 2, 3)))
    assert {answer.address: answer.names for answer in found.answers} == {ONE: two, OTHER: three, TWO: two}
    assert found.own_names == three


def test_the_start_of_the_zone_is_read_from_every_server(dns_lab: DnsLab, live: api.Ask) -> None:
    found = delegation(dns_lab, live, "behind.test")
    starts = {answer.address: answer.start for answer in found.answers}
    assert {address: start and start.serial for address, start in starts.items()} == {ONE: 2026112202, OTHER: 2026112201}
    assert starts[ONE] == ZoneStart("ns1.behind.test", "hostmaster.behind.test", 2026112202, 14400, 3600, 1209600, 3600)


def test_a_server_that_looks_everything_up_for_everybody_is_seen(dns_lab: DnsLab, live: api.Ask) -> None:
    found = delegation(dns_lab, live, "recurses.test")
    assert {answer.address: answer.recursive for answer in found.answers} == {ONE: False, RECURSING: True}


def test_servers_that_hand_out_their_zone_are_seen(dns_lab: DnsLab, live: api.Ask) -> None:
    assert {answer.transferred for answer in delegation(dns_lab, live, "transfers.test").answers} == {9}
    assert {answer.transferred for answer in delegation(dns_lab, live, "parts.test").answers} == {0}


def test_a_server_that_tells_its_version_is_seen(dns_lab: DnsLab, live: api.Ask) -> None:
    versions = {answer.address: answer.version for answer in delegation(dns_lab, live, "tells.test").answers}
    assert versions == {ONE: "", TELLING: "NSD 4.1.0"}


def test_a_well_kept_zone_has_nothing_to_say(dns_lab: DnsLab, live: api.Ask) -> None:
    found = delegation(dns_lab, live, "good.test")
    assert (found.own_names, found.parent_names) == (frozenset({"ns1.good.test", "ns2.good.test"}),) * 2
    for each in found.servers:
        assert (each.own, each.alias, each.seen) == (each.glue, False, True)
    for answer in found.answers:
        assert (answer.tcp, answer.troubles, answer.recursive, answer.transferred, answer.version) == (True, (), False, 0, "")


@pytest.mark.parametrize(
    ("cards", "near"),
    [
        ([{"address": "192.0.2.1", "netmask": "255.255.255.255"}], {"192.0.2.1"}),
        ([{"address": "192.0.2.77", "netmask": "255.255.255.0"}], {"192.0.2.1"}),
        ([{"address": "2001:db8::77", "netmask": "ffff:ffff:ffff:ffff::"}], {"2001:db8::1"}),
        ([{"address": "2001:db8::1", "netmask": None}], {"2001:db8::1"}),
        ([{"address": "192.0.2.77", "netmask": "255.255.255.192"}, {"address": "192.0.2.1", "netmask": "x"}], {"192.0.2.1"}),
        ([{"address": "198.51.100.1", "netmask": "255.255.255.0"}, {"address": "02:00:00:00:00:01", "netmask": None}], set()),
        ([{"address": "192.0.2.9", "netmask": "0.0.0.0"}], set()),
        ("not a list", set()),
    ],
)
def test_a_server_on_a_network_of_this_machine_is_near(recorded: Callable[..., api.Ask], cards: object, near: set[str]) -> None:
    start = reply(("a.example", "SOA", "ns.a.example. h. 1 2 3 4 5"), flags="QR AA")
    answers: dict[api.Question, api.Answer | str] = {
        OWN_ADDRESSES: json.dumps({"eth0": cards}),
        api.Dns("example", "SOA"): reply(("example", "SOA", "ns.example. h. 1 2 3 4 5")),
        api.Dns("example", "NS"): reply(),
        api.Dns("a.example", "SOA"): start,
        api.Dns("a.example", "NS"): reply(("a.example", "NS", "ns.a.example."), flags="QR AA"),
        api.Dns("ns.a.example", "A"): reply(("ns.a.example", "A", "192.0.2.1")),
        api.Dns("ns.a.example", "AAAA"): reply(("ns.a.example", "AAAA", "2001:db8::1")),
    }
    for address in ("192.0.2.1", "2001:db8::1"):
        answers[api.Dns("a.example", "SOA", address, recursion_desired=False, timeout=1.5)] = start
    (found,) = delegations.function(recorded(answers), Targets(domains=("a.example",)))
    assert isinstance(found, Delegation)
    assert found.nearby == near


def test_servers_on_the_loopback_are_no_neighbours(dns_lab: DnsLab, live: api.Ask) -> None:
    assert delegation(dns_lab, live, "good.test").nearby == frozenset()
