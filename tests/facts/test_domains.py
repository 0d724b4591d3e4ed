from typing import Any

import dns.rcode
import pytest

from itaudit import api
from itaudit.contributions import Gap, Provider
from itaudit.facts.dmarc_policies import dmarc_policies
from itaudit.facts.domains import Domain, Reach, domains
from itaudit.facts.mail_servers import mail_servers
from itaudit.facts.name_servers import delegations
from itaudit.facts.sender_policies import sender_policies
from itaudit.facts.targets import Targets
from lab.dns import DnsLab, Script, answers_with, scripted, silence

PROVIDERS = (domains, delegations, mail_servers, sender_policies, dmarc_policies)


@pytest.mark.parametrize(
    ("name", "reach"),
    [
        ("good.test", Reach.FOUND),
        ("shop.parts.test", Reach.FOUND),
        ("gone.test", Reach.NO_SUCH_NAME),
        ("bogus.test", Reach.BAD_SIGNATURES),
        ("failing.test", Reach.NO_SERVER_ANSWERS),
    ],
)
def test_how_a_name_is_found(dns_lab: DnsLab, live: api.Ask, name: str, reach: Reach) -> None:
    (domain,) = domains.function(live, dns_lab.targets(name))
    assert isinstance(domain, Domain)
    assert (domain.subject, domain.reach) == (name, reach)


def test_an_international_name_is_found_and_shown_readable(dns_lab: DnsLab, live: api.Ask) -> None:
    (domain,) = domains.function(live, dns_lab.targets("bücher.test"))
    assert isinstance(domain, Domain)
    assert (domain.subject, domain.zone) == ("bücher.test (xn--bcher-kva.test)", "xn--bcher-kva.test")


@pytest.mark.parametrize(
    "script", [answers_with(dns.rcode.NXDOMAIN), answers_with(dns.rcode.SERVFAIL), answers_with(dns.rcode.NOERROR), silence]
)
@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_resolver_that_cannot_be_believed_proves_nothing(
    dns_lab: DnsLab, live: api.Ask, provider: Provider[..., Any], script: Script
) -> None:
    with scripted(script) as port:
        targets = dns_lab.targets("good.test", resolver_port=port)
        found = list(provider.function(live, targets))
    assert [type(gap) for gap in found] == [Gap]
    assert found[0].subject == "good.test"
    assert isinstance(found[0].error, api.Unreadable | api.TimedOut)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_without_a_name_nothing_applies(live: api.Ask, provider: Provider[..., Any]) -> None:
    with pytest.raises(api.NotApplicable, match="no web address of yours is named"):
        list(provider.function(live, Targets()))


def test_mail_facts_of_a_name_that_does_not_exist_are_not_there(dns_lab: DnsLab, live: api.Ask) -> None:
    (gap,) = mail_servers.function(live, dns_lab.targets("gone.test"))
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.NotFound)
