import json
from collections.abc import Callable

import dns.message
import dns.rcode
import dns.rrset
import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.resolver_agreements import ResolverAgreement, resolver_agreements
from itaudit.facts.resolvers import (
    FORWARDED_TO,
    IMPOSSIBLE,
    RESOLV_CONF,
    TIMED,
    Resolver,
    ResolverConduct,
    resolver_addresses,
    resolver_conducts,
    resolvers,
)
from itaudit.facts.targets import Targets
from lab.dns import DnsLab, answers_with, scripted, silence

STUB = (
    "# This file is managed by man:systemd-resolved(8). Do not edit.\nnameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n"
)
BEHIND = "nameserver 192.168.1.1\nnameserver 2001:db8::53\nnameserver fe80::1%eth0\nnameserver 9.9.9.9\n"


@pytest.mark.parametrize(
    ("files", "addresses"),
    [
        ({RESOLV_CONF: "nameserver 192.0.2.1\nnameserver 192.0.2.1 # twice\n;nameserver 192.0.2.9\n"}, ("192.0.2.1",)),
        ({RESOLV_CONF: STUB, FORWARDED_TO: BEHIND}, ("192.168.1.1", "2001:db8::53", "fe80::1%eth0")),
        ({RESOLV_CONF: STUB}, ("127.0.0.53",)),
        ({RESOLV_CONF: "search example.com\n"}, ("127.0.0.1",)),
        ({RESOLV_CONF: "nameserver not-an-address\nnameserver\n\0\ufffd\n"}, ("127.0.0.1",)),
    ],
)
def test_which_resolvers_are_in_use(
    recorded: Callable[..., api.Ask], files: dict[api.Question, str], addresses: tuple[str, ...]
) -> None:
    assert resolver_addresses(recorded(files), Targets()) == addresses


def test_an_unreadable_file_is_not_an_empty_one(recorded: Callable[..., api.Ask]) -> None:
    with pytest.raises(api.AccessDenied):
        resolver_addresses(recorded({RESOLV_CONF: api.Answer.missing(api.AccessDenied("no"))}), Targets())


def test_the_resolver_of_the_laboratory_answers_and_is_honest(dns_lab: DnsLab, live: api.Ask) -> None:
    assert list(resolvers.function(live, dns_lab.targets())) == [Resolver("127.0.0.1", True, "NOERROR, NXDOMAIN")]
    (conduct,) = resolver_conducts.function(live, dns_lab.targets())
    assert isinstance(conduct, ResolverConduct)
    assert (conduct.invented, conduct.denies_everything, conduct.blank) == ((), False, False)
    assert conduct.median_milliseconds > 0


def test_a_silent_resolver_does_not_answer_and_its_conduct_is_unknown(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(silence) as port:
        targets = dns_lab.targets(resolver_port=port)
        (resolver,) = resolvers.function(live, targets)
        (conduct,) = resolver_conducts.function(live, targets)
    assert isinstance(resolver, Resolver)
    assert not resolver.answers
    assert isinstance(conduct, Gap)
    assert isinstance(conduct.error, api.TimedOut)


def test_a_resolver_that_fails_at_everything_does_not_answer(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(answers_with(dns.rcode.SERVFAIL)) as port:
        targets = dns_lab.targets(resolver_port=port)
        assert list(resolvers.function(live, targets)) == [Resolver("127.0.0.1", False, "SERVFAIL, SERVFAIL")]
        (conduct,) = resolver_conducts.function(live, targets)
    assert isinstance(conduct, Gap)


def test_however_many_addresses_a_name_server_has_few_are_asked(recorded: Callable[..., api.Ask]) -> None:
    def said(name: str, type_: str, *data: str) -> str:
        return json.dumps({"rcode": "NOERROR", "flags": ["QR"], "answer": [{"name": name, "type": type_, "data": list(data)}]})

    many = [f"198.51.100.{number}" for number in range(100)]
    answers: dict[api.Question, str] = {
        api.Dns("a.example", type_, "192.0.2.1"): said("a.example", type_, data)
        for type_, data in (("MX", "10 mx.a.example."), ("NS", "ns.a.example."), ("A", "192.0.2.7"))
    }
    where = ("192.0.2.1", 53)
    answers |= {
        api.Dns("a.example", "SOA", *where): said("a.example", "SOA", "ns.a.example. h. 1 2 3 4 5"),
        api.Dns("example", "SOA", *where): said("example", "SOA", "ns.example. h. 1 2 3 4 5"),
        api.Dns("ns.a.example", "A", *where): said("ns.a.example", "A", *many),
        api.Dns("ns.a.example", "AAAA", *where): said("ns.a.example", "AAAA"),
    }
    ask = recorded(answers)
    assert all(
        isinstance(one, Gap) for one in resolver_agreements.function(ask, Targets(domains=("a.example",), resolver="192.0.2.1"))
    )
    keys = {api.Dns("a.example", "MX", address, recursion_desired=False, timeout=1.5).key for address in many}
    assert len(keys & set(ask.taken_keys())) == 8


def asked_of_two_resolvers(recorded: Callable[..., api.Ask], *answers: api.Answer | str) -> list[Resolver | Gap]:
    """The outcome for 192.0.2.1 and 192.0.2.2 that each give one of the answers to both questions."""
    known: dict[api.Question, api.Answer | str] = {RESOLV_CONF: "nameserver 192.0.2.1\nnameserver 192.0.2.2\n"}
    for address, answer in zip(("192.0.2.1", "192.0.2.2"), answers, strict=True):
        known[api.Dns(".", "NS", address)] = known[api.Dns(IMPOSSIBLE[1], "A", address)] = answer
    return list(resolvers.function(recorded(known), Targets()))


ANSWERS = '{"rcode": "NOERROR"}'


@pytest.mark.parametrize("error", [api.TimedOut("slow"), api.Unreachable("refused")])
def test_silence_is_no_answer(recorded: Callable[..., api.Ask], error: api.Missing) -> None:
    found = asked_of_two_resolvers(recorded, ANSWERS, api.Answer.missing(error))
    assert [each.answers for each in found if isinstance(each, Resolver)] == [True, False]


@pytest.mark.parametrize("unseen", [api.Answer.missing(api.NotRecorded("Dns")), api.Answer.missing(api.AccessDenied("no")), "{}"])
def test_what_could_not_be_seen_is_no_silence(recorded: Callable[..., api.Ask], unseen: api.Answer | str) -> None:
    answering, gap = asked_of_two_resolvers(recorded, ANSWERS, unseen)
    assert isinstance(answering, Resolver)
    assert isinstance(gap, Gap)
    assert gap.subject == "192.0.2.2"


def test_one_silent_resolver_does_not_speak_for_one_that_could_not_be_seen(recorded: Callable[..., api.Ask]) -> None:
    silent, unseen = api.Answer.missing(api.TimedOut("slow")), api.Answer.missing(api.NotRecorded("Dns"))
    with pytest.raises(api.NotRecorded):
        asked_of_two_resolvers(recorded, silent, unseen)


def test_a_resolver_that_denies_everything_is_caught(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(answers_with(dns.rcode.NXDOMAIN)) as port:
        (conduct,) = resolver_conducts.function(live, dns_lab.targets(resolver_port=port))
    assert isinstance(conduct, ResolverConduct)
    assert conduct.denies_everything


def test_a_resolver_that_invents_addresses_is_caught(dns_lab: DnsLab, live: api.Ask) -> None:
    def advertise(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        if query.question[0].rdtype == dns.rdatatype.A:
            response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "192.0.2.80"))
        return response

    with scripted(advertise) as port:
        (conduct,) = resolver_conducts.function(live, dns_lab.targets(resolver_port=port))
    assert isinstance(conduct, ResolverConduct)
    assert conduct.invented == ("192.0.2.80",)


def test_the_middle_of_five_look_ups_is_the_time(recorded: Callable[..., api.Ask]) -> None:
    seconds = (0.500, 0.010, 0.020, 0.030, 0.040)
    answers: dict[api.Question, api.Answer | str] = {RESOLV_CONF: "nameserver 192.0.2.1\n"}
    for name, each in zip(TIMED, seconds, strict=True):
        code = "NXDOMAIN" if name in IMPOSSIBLE else "NOERROR"
        answers[api.Dns(name, "NS" if name == "." else "A", "192.0.2.1")] = api.Answer(
            body=json.dumps({"rcode": code}), seconds=each
        )
    (conduct,) = resolver_conducts.function(recorded(answers), Targets())
    assert isinstance(conduct, ResolverConduct)
    assert conduct.median_milliseconds == 30


def test_the_laboratory_agrees_with_its_name_servers(dns_lab: DnsLab, live: api.Ask) -> None:
    (found,) = resolver_agreements.function(live, dns_lab.targets("good.test"))
    assert isinstance(found, ResolverAgreement)
    said = (("mx1.good.test",), ("ns1.good.test", "ns2.good.test"), True)
    assert [view.said for view in (*found.resolvers, *found.servers)] == [said, said]


def test_name_servers_that_quarrel_give_a_view_each(dns_lab: DnsLab, live: api.Ask) -> None:
    (found,) = resolver_agreements.function(live, dns_lab.targets("behind.test"))
    assert isinstance(found, ResolverAgreement)
    assert len(found.servers) == 1, "another serial number is no other view"
    (found,) = resolver_agreements.function(live, dns_lab.targets("quarrel.test"))
    assert isinstance(found, ResolverAgreement)
    assert {view.servers for view in found.servers} == {
        ("ns1.quarrel.test", "ns2.quarrel.test"),
        ("ns1.quarrel.test", "ns2.quarrel.test", "ns3.quarrel.test"),
    }
    assert found.resolvers[0].said in {view.said for view in found.servers}


def test_with_one_resolver_and_nothing_to_compare_agreement_is_unknown(dns_lab: DnsLab, live: api.Ask) -> None:
    # At port 1 there is no name server of any laboratory: all theirs are higher.
    blocked = dns_lab.targets("good.test").model_copy(update={"authoritative_port": 1})
    (gap,) = resolver_agreements.function(live, blocked)
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.TimedOut)


def test_a_resolver_that_fails_has_no_view(recorded: Callable[..., api.Ask]) -> None:
    answers: dict[api.Question, str] = {RESOLV_CONF: "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"}
    for address, code in (("192.0.2.1", "NOERROR"), ("192.0.2.2", "SERVFAIL"), ("192.0.2.3", "NXDOMAIN")):
        for kind in ("MX", "NS", "A"):
            answers[api.Dns("a.example", kind, address)] = json.dumps({"rcode": code})
    (found,) = resolver_agreements.function(recorded(answers), Targets(domains=("a.example",)))
    assert isinstance(found, ResolverAgreement)
    assert [view.source for view in found.resolvers] == ["192.0.2.1", "192.0.2.3"]
    assert not found.servers


def test_a_silent_resolver_is_asked_one_thing_and_not_waited_for_again(recorded: Callable[..., api.Ask]) -> None:
    targets = Targets(resolver="192.0.2.53")
    silent = api.Answer.missing(api.TimedOut("late"))
    ask = recorded({api.Dns(".", "NS", "192.0.2.53", 53): silent})  # anything else would be "not recorded"
    (gap,) = resolver_conducts.function(ask, targets)
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.TimedOut)


def behind_a_stub(recorded: Callable[..., api.Ask], *said: api.Answer | str, stub: api.Answer | str) -> api.Ask:
    """systemd-resolved forwards to 192.0.2.1 and 192.0.2.2, which each give one of the answers to all questions."""
    addresses = ("192.0.2.1", "192.0.2.2")
    known: dict[api.Question, api.Answer | str] = {RESOLV_CONF: STUB}
    known[FORWARDED_TO] = "".join(f"nameserver {address}\n" for address in addresses)
    for address, answer in zip(addresses, said, strict=True):
        known |= {api.Dns(name, "NS" if name == "." else "A", address): answer for name in TIMED}
    known[api.Dns(".", "NS", "127.0.0.53", checking_disabled=True, dnssec=True)] = stub
    return recorded(known)


@pytest.mark.parametrize("code", ["REFUSED", "SERVFAIL"])
def test_a_server_that_a_vpn_brings_for_its_own_names_need_not_know_others(recorded: Callable[..., api.Ask], code: str) -> None:
    ask = behind_a_stub(recorded, json.dumps({"rcode": "NXDOMAIN"}), json.dumps({"rcode": code}), stub="{}")
    assert [each.subject for each in resolvers.function(ask, Targets()) if isinstance(each, Resolver)] == ["192.0.2.1"]
    assert [each.subject for each in resolver_conducts.function(ask, Targets())] == ["192.0.2.1"]


def test_without_a_stub_that_chooses_a_server_that_refuses_is_a_fault(recorded: Callable[..., api.Ask]) -> None:
    found = asked_of_two_resolvers(recorded, ANSWERS, '{"rcode": "REFUSED"}')
    assert [each.answers for each in found if isinstance(each, Resolver)] == [True, False]


SILENT = api.Answer.missing(api.TimedOut("slow"))


def test_where_only_the_stub_has_a_way_out_as_with_encrypted_questions_it_speaks_for_this_machine(
    recorded: Callable[..., api.Ask],
) -> None:
    (found,) = resolvers.function(behind_a_stub(recorded, SILENT, SILENT, stub=ANSWERS), Targets())
    assert isinstance(found, Resolver)
    assert (found.subject, found.answers) == ("127.0.0.53", True)


@pytest.mark.parametrize("stub", [SILENT, '{"rcode": "SERVFAIL"}', "{}", api.Answer.missing(api.NotRecorded("Dns"))])
def test_a_stub_that_finds_nobody_either_changes_nothing(recorded: Callable[..., api.Ask], stub: api.Answer | str) -> None:
    found = list(resolvers.function(behind_a_stub(recorded, SILENT, SILENT, stub=stub), Targets()))
    assert [(each.subject, each.answers) for each in found if isinstance(each, Resolver)] == [
        ("192.0.2.1", False),
        ("192.0.2.2", False),
    ]


def test_one_that_is_silent_beside_one_that_answers_is_told_behind_a_stub_too(recorded: Callable[..., api.Ask]) -> None:
    found = list(resolvers.function(behind_a_stub(recorded, ANSWERS, SILENT, stub=ANSWERS), Targets()))
    assert [each.answers for each in found if isinstance(each, Resolver)] == [True, False]
