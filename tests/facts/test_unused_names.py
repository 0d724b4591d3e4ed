import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.dmarc_records import Policy
from itaudit.facts.lookups import Lookups
from itaudit.facts.mail_use import uses_mail
from itaudit.facts.unused_names import UnusedName, unused_names
from lab.dns import DnsLab, answers_with, scripted, silence


@pytest.mark.parametrize(
    ("name", "declared", "used"),
    [
        ("good.test", False, True),
        ("good.test", True, False),
        ("nullmx.test", False, False),
        ("nomx.test", False, False),
        ("webonly.test", False, False),  # an address alone is a web site
        ("softonly.test", False, False),
        ("redirectonly.test", False, False),
        ("mxgone.test", False, True),
        ("emptypark.test", False, False),
        ("silentpark.test", False, False),
        ("worldonly.test", False, True),
        ("sendsonly.test", False, True),
        ("sendsonly.test", True, False),
    ],
)
def test_whether_a_name_is_used_for_email(dns_lab: DnsLab, live: api.Ask, name: str, declared: bool, used: bool) -> None:
    targets = dns_lab.targets(name, without_mail=(name,) if declared else ())
    assert uses_mail(Lookups(live, targets), name) is used


def test_while_nothing_answers_it_is_not_known_whether_a_name_is_used(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(silence) as port, pytest.raises(api.TimedOut):
        uses_mail(Lookups(live, dns_lab.targets("good.test", resolver_port=port)), "good.test")


@pytest.mark.parametrize(
    ("name", "senders", "refuses", "policy"),
    [
        ("nullmx.test", 1, True, Policy.REJECT),
        ("openpark.test", 0, False, None),
        ("emptypark.test", 0, False, None),
        ("nopolicypark.test", 1, True, None),
        ("softpark.test", 1, False, Policy.REJECT),
        ("asidepark.test", 1, True, Policy.QUARANTINE),
        ("redirectpark.test", 1, True, Policy.REJECT),
        ("looppark.test", 1, False, Policy.REJECT),
        ("twicepark.test", 2, False, Policy.REJECT),
    ],
)
def test_what_a_name_without_email_says(
    dns_lab: DnsLab, live: api.Ask, name: str, senders: int, refuses: bool, policy: Policy | None
) -> None:
    (found,) = unused_names.function(live, dns_lab.targets(name))
    assert isinstance(found, UnusedName), found
    assert (len(found.senders), found.refuses_senders, found.dmarc.policy) == (senders, refuses, policy)


def test_a_name_that_the_owner_calls_unused_is_judged_as_such(dns_lab: DnsLab, live: api.Ask) -> None:
    (found,) = unused_names.function(live, dns_lab.targets("good.test", without_mail=("good.test",)))
    assert isinstance(found, UnusedName)
    assert (found.senders, found.refuses_senders) == (("v=spf1 mx -all",), False)


@pytest.mark.parametrize(("name", "everyone"), [("worldpark.test", True), ("softpark.test", False), ("nullmx.test", False)])
def test_a_name_that_allows_the_whole_world_is_seen(dns_lab: DnsLab, live: api.Ask, name: str, everyone: bool) -> None:
    (found,) = unused_names.function(live, dns_lab.targets(name))
    assert isinstance(found, UnusedName)
    assert found.lets_everyone is everyone


@pytest.mark.parametrize("type_", [dns.rdatatype.MX, dns.rdatatype.TXT])
def test_a_name_whose_records_cannot_be_seen_is_not_called_unused(
    dns_lab: DnsLab, live: api.Ask, type_: dns.rdatatype.RdataType
) -> None:
    def without_one(query: dns.message.Message) -> dns.message.Message | bytes | None:
        if query.question[0].rdtype == type_:
            return answers_with(dns.rcode.SERVFAIL)(query)
        return dns.query.udp(query, dns_lab.resolver, timeout=3, port=dns_lab.resolver_port)

    with scripted(without_one) as port:
        (gap,) = unused_names.function(live, dns_lab.targets("emptypark.test", resolver_port=port))
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.Unreadable)


def test_a_name_with_email_does_not_apply(dns_lab: DnsLab, live: api.Ask) -> None:
    (gap,) = unused_names.function(live, dns_lab.targets("good.test"))
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.NotApplicable)


def test_a_resolver_that_fails_makes_it_unknown(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(answers_with(dns.rcode.SERVFAIL)) as port:
        (gap,) = unused_names.function(live, dns_lab.targets("openpark.test", resolver_port=port))
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.Unreadable)
