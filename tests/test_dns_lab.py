"""The DNS laboratory is what its zones say: otherwise tests that rest on it prove nothing."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.node
import dns.query
import dns.rcode
import dns.rdataset
import dns.xfr
import dns.zone
import pytest

from lab._dns_signing import Signer
from lab._dns_zones import MAIL, MAIL_LOST, MAIL_NAMELESS, ONE, OTHER, RECURSING, TELLING, TWO, Zone
from lab.dns import DnsLab

PATIENCE_SECONDS = 60


def resolved(lab: DnsLab, name: str, type_: str, *, checking: bool = True) -> dns.message.Message:
    query = dns.message.make_query(name, type_, want_dnssec=True)
    query.flags |= 0 if checking else dns.flags.CD
    answer, _ = dns.query.udp_with_fallback(query, lab.resolver, timeout=PATIENCE_SECONDS, port=lab.resolver_port)
    return answer


def told(lab: DnsLab, address: str, name: str, type_: str, class_: str = "IN", *, recurse: bool = False) -> dns.message.Message:
    query = dns.message.make_query(name, type_, class_)
    query.flags &= ~0 if recurse else ~dns.flags.RD
    return dns.query.udp(query, address, timeout=PATIENCE_SECONDS, port=lab.authoritative_port)


def texts(answer: dns.message.Message) -> list[str]:
    return [record.to_text() for records in answer.answer for record in records]


def test_the_resolver_checks_signatures_up_to_the_root(dns_lab: DnsLab) -> None:
    assert resolved(dns_lab, "good.test", "MX").flags & dns.flags.AD
    assert not resolved(dns_lab, "plain.test", "MX").flags & dns.flags.AD
    assert resolved(dns_lab, "gone.good.test", "MX").flags & dns.flags.AD


def test_bad_signatures_are_refused_and_only_the_signatures_are_bad(dns_lab: DnsLab) -> None:
    assert resolved(dns_lab, "bogus.test", "MX").rcode() == dns.rcode.SERVFAIL
    assert resolved(dns_lab, "bogus.test", "MX", checking=False).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize(
    ("address", "names"), [(MAIL, ["mx1.good.test."]), (MAIL_LOST, ["nobody.good.test."]), (MAIL_NAMELESS, [])]
)
def test_reverse_names_are_as_their_constants_say(dns_lab: DnsLab, address: str, names: list[str]) -> None:
    answer = resolved(dns_lab, ipaddress.ip_address(address).reverse_pointer, "PTR")
    assert texts(answer) == names
    assert [resolved(dns_lab, name, "A").rcode() for name in names] == [
        dns.rcode.NOERROR if address == MAIL else dns.rcode.NXDOMAIN for _ in names
    ]


@pytest.mark.parametrize(("address", "answers"), [(RECURSING, True), (ONE, False), (TELLING, False)])
def test_only_one_name_server_looks_names_up_for_strangers(dns_lab: DnsLab, address: str, answers: bool) -> None:
    assert bool(told(dns_lab, address, ".", "NS", recurse=True).answer) is answers


def test_the_recursing_server_is_a_name_server_too(dns_lab: DnsLab) -> None:
    assert told(dns_lab, RECURSING, "recurses.test", "SOA").flags & dns.flags.AA


def test_only_one_name_server_tells_its_version(dns_lab: DnsLab) -> None:
    assert texts(told(dns_lab, TELLING, "version.bind", "TXT", "CH")) == ['"NSD 4.1.0"']
    assert texts(told(dns_lab, ONE, "version.bind", "TXT", "CH")) == []


def test_a_zone_is_given_away_only_where_that_is_its_fault(dns_lab: DnsLab) -> None:
    zone = dns.zone.Zone("transfers.test.")
    dns.query.inbound_xfr(ONE, zone, port=dns_lab.authoritative_port, timeout=PATIENCE_SECONDS)
    assert "mx1" in {str(name) for name in zone}
    with pytest.raises(dns.xfr.TransferError):
        dns.query.inbound_xfr(ONE, dns.zone.Zone("good.test."), port=dns_lab.authoritative_port, timeout=PATIENCE_SECONDS)


def test_a_variant_is_what_the_other_server_holds(dns_lab: DnsLab) -> None:
    serials = [texts(told(dns_lab, address, "behind.test", "SOA"))[0].split()[2] for address in (ONE, OTHER)]
    assert serials == ["2026112202", "2026112201"]


def test_healthy_name_servers_are_on_different_networks() -> None:
    assert ipaddress.ip_network(f"{ONE}/24", strict=False) != ipaddress.ip_network(f"{TWO}/24", strict=False)


@pytest.mark.parametrize("algorithm", ["ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519", "RSASHA1", "RSASHA256"])
def test_every_algorithm_signs_so_that_another_program_may_check_it(algorithm: str) -> None:
    how = Zone("", signed=True, algorithm=algorithm)
    signed = Signer(datetime.now(UTC)).sign("a.test", how.text("a.test"), how)
    zone = dns.zone.from_text(signed, "a.test", relativize=False)
    origin = dns.name.from_text("a.test")
    keys: dict[dns.name.Name, dns.node.Node | dns.rdataset.Rdataset] = {origin: zone.find_rdataset(origin, "DNSKEY")}
    start, signature = zone.find_rrset(origin, "SOA"), zone.find_rrset(origin, "RRSIG", "SOA")
    dns.dnssec.validate(start, signature, keys, policy=dns.dnssec.allow_all_policy)
    signature = zone.find_rrset(origin, "RRSIG", "NS")
    with pytest.raises(dns.exception.ValidationFailure):
        dns.dnssec.validate(start, signature, keys, policy=dns.dnssec.allow_all_policy)
