import json
from collections.abc import Callable, Mapping
from typing import Any

import dns.message
import dns.query
import dns.rcode
import pytest

from itaudit import api
from itaudit.facts.lookups import Lookups
from itaudit.facts.mail import Mail
from itaudit.facts.mail_reverse import MailReverse, Proof, ReverseName, mail_reverse, mail_reverse_of
from itaudit.facts.targets import Targets
from lab._dns_zones import MAIL, MAIL_LOST, MAIL_MISNAMED, MAIL_NAMELESS
from lab._zones_mail import ADDRESSES
from lab.dns import DnsLab, scripted, silence

Recorded = Callable[[Mapping[api.Question, api.Answer | str]], api.Ask]


def found(dns_lab: DnsLab, live: api.Ask, name: str, *sends_from: str, **more: Any) -> MailReverse | api.Gap:
    (one,) = mail_reverse.function(live, dns_lab.targets(name, **more), Mail(sends_from=sends_from))
    return one


def test_an_address_that_leads_back_is_confirmed(dns_lab: DnsLab, live: api.Ask) -> None:
    one = found(dns_lab, live, "plainmail.test")
    assert one == MailReverse(
        "plainmail.test",
        "plainmail.test",
        (ReverseName(ADDRESSES["plain"], "mx1.plainmail.test", Proof.CONFIRMED, ("mx1.plainmail.test",), own=True),),
    )


@pytest.mark.parametrize(
    ("address", "proof"),
    [
        (MAIL, Proof.CONFIRMED),
        (MAIL_NAMELESS, Proof.MISSING),
        (MAIL_MISNAMED, Proof.UNCONFIRMED),
        (MAIL_LOST, Proof.UNCONFIRMED),
    ],
)
def test_the_addresses_that_send_are_looked_at_first(dns_lab: DnsLab, live: api.Ask, address: str, proof: Proof) -> None:
    one = found(dns_lab, live, "plainmail.test", address)
    assert isinstance(one, MailReverse)
    assert (one.addresses[0].address, one.addresses[0].proof, one.addresses[0].sends) == (address, proof, True)
    assert one.senders_known
    assert [each.address for each in one.addresses[1:]] == [ADDRESSES["plain"]]


def test_a_name_that_only_sends_is_looked_at_too(dns_lab: DnsLab, live: api.Ask) -> None:
    one = found(dns_lab, live, "sendsonly.test", MAIL)
    assert isinstance(one, MailReverse)
    assert [each.address for each in one.addresses] == [MAIL]


@pytest.mark.parametrize(
    ("name", "more"), [("nullmx.test", {}), ("webonly.test", {}), ("plainmail.test", {"without_mail": ("plainmail.test",)})]
)
def test_names_without_email_have_nothing_to_trace(dns_lab: DnsLab, live: api.Ask, name: str, more: dict[str, Any]) -> None:
    one = found(dns_lab, live, name, **more)
    assert isinstance(one, api.Gap)
    assert isinstance(one.error, api.NotApplicable)


def test_a_silent_resolver_proves_nothing(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(silence) as port:
        one = found(dns_lab, live, "plainmail.test", resolver_port=port)
    assert isinstance(one, api.Gap)
    assert isinstance(one.error, api.TimedOut)


def test_a_resolver_that_knows_no_reverse_names_at_all_proves_nothing(dns_lab: DnsLab, live: api.Ask) -> None:
    def answer(query: dns.message.Message) -> dns.message.Message:
        if str(query.question[0].name).endswith("arpa."):
            response = dns.message.make_response(query)
            response.set_rcode(dns.rcode.NXDOMAIN)
            return response
        return dns.query.udp(query, "127.0.0.1", timeout=3, port=dns_lab.resolver_port)

    with scripted(answer) as port:
        one = found(dns_lab, live, "plainmail.test", resolver_port=port)
    assert isinstance(one, MailReverse)
    assert [each.proof for each in one.addresses] == [Proof.UNSEEN]


TARGETS = Targets(domains=("example.com",), resolver="127.0.0.1")


def response(name: str, type_: str, *data: str, rcode: str = "NOERROR") -> tuple[api.Question, str]:
    records = [{"name": name, "type": type_, "ttl": 1, "data": list(data)}] if data else []
    return api.Dns(name, type_, "127.0.0.1"), json.dumps({"rcode": rcode, "answer": records})


def world(*more: tuple[api.Question, str], mx: str = "192.0.2.25") -> dict[api.Question, api.Answer | str]:
    """A name whose mail server has this address."""
    return dict(
        [
            response("example.com", "SOA", "ns1.example.com. h.example.com. 1 2 3 4 5"),
            response("com", "SOA", "a.example. b.example. 1 2 3 4 5"),
            response("example.com", "MX", "10 mx.example.com."),
            *(response("example.com", type_) for type_ in ("A", "AAAA")),
            response("mx.example.com", "A", *[mx] if ":" not in mx else []),
            response("mx.example.com", "AAAA", *[mx] if ":" in mx else []),
            response("arpa", "SOA", "a.root-servers.net. n.example. 1 2 3 4 5"),
            *more,
        ]
    )


def of(recorded: Recorded, *more: tuple[api.Question, str], mx: str = "192.0.2.25") -> MailReverse:
    return mail_reverse_of(Lookups(recorded(world(*more, mx=mx)), TARGETS), "example.com")


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.1", "172.31.0.1", "100.64.0.1", "169.254.1.1", "fd00::1", "fe80::1"])
def test_an_address_that_nobody_outside_sees_needs_no_reverse_name(recorded: Recorded, address: str) -> None:
    with pytest.raises(api.NotApplicable):
        of(recorded, mx=address)


def test_one_of_several_names_that_leads_back_is_enough(recorded: Recorded) -> None:
    one = of(
        recorded,
        response("25.2.0.192.in-addr.arpa", "PTR", "other.example.net.", "mx.example.com."),
        response("other.example.net", "A", rcode="NXDOMAIN"),
        response("other.example.net", "AAAA", rcode="NXDOMAIN"),
    )
    assert one.addresses[0].proof is Proof.CONFIRMED


def test_an_address_of_the_newer_kind_is_asked_for_by_its_nibbles(recorded: Recorded) -> None:
    reverse = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
    one = of(recorded, response(reverse, "PTR", "mx.example.com."), mx="2001:db8::1")
    assert one.addresses[0].proof is Proof.CONFIRMED


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED"])
def test_a_name_that_could_not_be_looked_up_proves_nothing(recorded: Recorded, rcode: str) -> None:
    one = of(
        recorded,
        response("25.2.0.192.in-addr.arpa", "PTR", "lost.example.net."),
        response("lost.example.net", "A", rcode=rcode),
        response("lost.example.net", "AAAA"),
    )
    assert one.addresses[0].proof is Proof.UNSEEN
    assert of(recorded, response("25.2.0.192.in-addr.arpa", "PTR", rcode=rcode)).addresses[0].proof is Proof.UNSEEN
