"""An office's look-up server that holds a zone of its own under the name that the world knows, as a Windows domain often does."""

from __future__ import annotations

from collections.abc import Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.aliases import name_aliases
from itaudit.facts.certificate_authorities import certificate_authorities
from itaudit.facts.certificates import certificates
from itaudit.facts.dmarc_policies import dmarc_policies
from itaudit.facts.domains import Domain, domains
from itaudit.facts.mail import Mail
from itaudit.facts.mail_servers import MailServers, mail_servers
from itaudit.facts.mta_sts import mta_sts
from itaudit.facts.sender_policies import SenderPolicy, sender_policies
from itaudit.facts.signing_keys import signing_keys
from itaudit.facts.spf_senders import sender_coverages
from itaudit.facts.targets import Targets
from itaudit.facts.unused_names import unused_names
from lab._dns_scripted import Script, forward_to
from lab._dns_zones import ONE
from lab.connectivity import OFFLINE
from lab.dns import DnsLab, scripted

UNHEARD_PORT = 1
"""No name server of any laboratory is there: all their ports are higher."""
Look = Callable[[api.Ask, Targets], list[object]]
SENDING = Mail(sends_from=("192.0.2.25",))
LOOKS: dict[str, Look] = {
    "aliases": lambda ask, targets: list(name_aliases.function(ask, targets)),
    "authorities": lambda ask, targets: list(certificate_authorities.function(ask, targets)),
    "dmarc": lambda ask, targets: list(dmarc_policies.function(ask, targets)),
    "keys": lambda ask, targets: list(signing_keys.function(ask, targets, Mail())),
    "mail servers": lambda ask, targets: list(mail_servers.function(ask, targets)),
    "mta-sts": lambda ask, targets: list(mta_sts.function(ask, targets, OFFLINE)),
    "senders": lambda ask, targets: list(sender_policies.function(ask, targets)),
    "certificates": lambda ask, targets: list(certificates.function(ask, targets, OFFLINE)),
    "coverage": lambda ask, targets: list(sender_coverages.function(ask, targets, SENDING)),
    "unused": lambda ask, targets: list(unused_names.function(ask, targets)),
}


def office(dns_lab: DnsLab, *, address: str = "127.0.0.9", stub: bool = False) -> Script:
    """Authority for good.test, with a start of the zone and an address only; the rest of the world as it is.

    stub: something stands before it that hands its answers on without saying who is in charge, as systemd-resolved does.
    """
    start = "dc1.good.test. admin.good.test. 77 900 600 86400 3600"
    world = forward_to(dns_lab.resolver, dns_lab.resolver_port)

    def answer(query: dns.message.Message) -> dns.message.Message | bytes | None:
        name, kind = query.question[0].name.to_text().lower(), query.question[0].rdtype
        if not name.endswith("good.test."):
            return world(query)
        response = dns.message.make_response(query, recursion_available=True)
        response.flags |= 0 if stub else dns.flags.AA
        kept = {"SOA": start, "NS": "dc1.good.test.", "A": address}
        word = dns.rdatatype.to_text(kind)
        if name == "good.test." and word in kept:
            response.answer.append(dns.rrset.from_text(name, 60, "IN", word, kept[word]))
        else:
            response.authority.append(dns.rrset.from_text("good.test.", 60, "IN", "SOA", start))
            response.set_rcode(dns.rcode.NOERROR if name == "good.test." else dns.rcode.NXDOMAIN)
        return response

    return answer


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_what_an_offices_own_copy_lacks_is_not_lacking_in_the_world(dns_lab: DnsLab, live: api.Ask, look: Look) -> None:
    with scripted(office(dns_lab)) as port:
        (gap,) = look(live, dns_lab.targets("good.test", resolver_port=port))
    assert isinstance(gap, Gap), gap
    assert isinstance(gap.error, api.Unreadable)
    assert "copy of its own" in gap.error.detail
    assert "[targets] resolver" in gap.error.unlock


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_copy_behind_a_stub_betrays_itself_by_an_address_inside(dns_lab: DnsLab, live: api.Ask, look: Look) -> None:
    with scripted(office(dns_lab, address="10.0.0.5", stub=True)) as port:
        (gap,) = look(live, dns_lab.targets("good.test", resolver_port=port))
    assert isinstance(gap, Gap), gap
    assert "copy of its own" in gap.error.detail


def test_an_address_inside_is_no_sign_of_a_copy_where_the_world_is_told_the_same(dns_lab: DnsLab, live: api.Ask) -> None:
    world = forward_to(dns_lab.resolver, dns_lab.resolver_port)

    def inside(query: dns.message.Message) -> dns.message.Message | bytes | None:
        """The zone as it is, but for the address of the name."""
        if query.question[0].name.to_text().lower() != "good.test." or query.question[0].rdtype != dns.rdatatype.A:
            return world(query)
        response = dns.message.make_response(query, recursion_available=True)
        response.answer.append(dns.rrset.from_text("good.test.", 60, "IN", "A", "192.168.1.5"))
        return response

    with scripted(inside) as port:
        (servers,) = mail_servers.function(live, dns_lab.targets("good.test", resolver_port=port))
    assert isinstance(servers, MailServers)


def test_nor_is_a_name_below_it(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(office(dns_lab)) as port:
        (gap,) = sender_policies.function(live, dns_lab.targets("shop.good.test", resolver_port=port))
    assert isinstance(gap, Gap)


def test_while_the_worlds_servers_answer_the_name_can_be_found_whatever_a_copy_says(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(office(dns_lab)) as port:
        targets = dns_lab.targets("good.test", resolver_port=port)
        (found,) = domains.function(live, targets)
        (gap,) = domains.function(live, targets.model_copy(update={"authoritative_port": UNHEARD_PORT}))
    assert isinstance(found, Domain)
    assert isinstance(gap, Gap)


def test_a_look_up_server_that_is_itself_one_of_the_worlds_is_believed(dns_lab: DnsLab, live: api.Ask) -> None:
    def authority(query: dns.message.Message) -> dns.message.Message | bytes | None:
        inside = query.question[0].name.to_text().lower().endswith("good.test.")
        at = (ONE, dns_lab.authoritative_port) if inside else (dns_lab.resolver, dns_lab.resolver_port)
        return forward_to(*at)(query)

    with scripted(authority) as port:
        targets = dns_lab.targets("good.test", resolver_port=port)
        (servers,) = mail_servers.function(live, targets)
        (policy,) = sender_policies.function(live, targets)
    assert isinstance(servers, MailServers)
    assert isinstance(policy, SenderPolicy)


def test_a_name_that_the_look_up_server_denies_while_the_worlds_servers_answer_for_it_is_not_gone(
    dns_lab: DnsLab, live: api.Ask
) -> None:
    world = forward_to(dns_lab.resolver, dns_lab.resolver_port)

    def filtered(query: dns.message.Message) -> dns.message.Message | bytes | None:
        """As dnsmasq with local=/good.test/, or a filter: no authority, and no zone that says so."""
        if query.question[0].name.to_text().lower() != "good.test.":
            return world(query)
        response = dns.message.make_response(query, recursion_available=True)
        response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    with scripted(filtered) as port:
        (gap,) = domains.function(live, dns_lab.targets("good.test", resolver_port=port))
    assert isinstance(gap, Gap), gap
    assert "good.test" in gap.error.detail
