from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import dns.rrset
import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.domains import domains
from itaudit.facts.signatures import ZoneSignatures, zone_signatures
from lab._dns_zones import ONE, PARENT, TWO
from lab.dns import DnsLab, Script, scripted

INSIDE = "127.77.0.5"
"""Where a server inside the office stands, and none of the laboratory."""


@pytest.fixture
def now() -> datetime:
    """The laboratory signs as of its start."""
    return datetime.now(UTC)


def signatures(dns_lab: DnsLab, live: api.Ask, name: str, now: datetime, **more: object) -> ZoneSignatures | Gap:
    machine = api.Machine("office-server", "linux", now, admin=True)
    (found,) = zone_signatures.function(live, dns_lab.targets(name).model_copy(update=more), machine)
    return found


BROKEN = {
    "bogus.test": "no DNSKEY matches a DS record",
    "siglone.test": "there is no DNSKEY record",
    "sigexpired.test": "has expired",
    "sigearly.test": "is not valid yet",
    "sigforged.test": "the signature of SOA",
    "signosoa.test": "SOA is not signed",
    "signokeys.test": "DNSKEY is not signed",
}
GOOD = ["good.test", "siged25519.test", "sigrhythm.test", "sigsoon.test"]


@pytest.mark.parametrize(("name", "words"), BROKEN.items())
def test_what_breaks_the_signatures_is_found(dns_lab: DnsLab, live: api.Ask, now: datetime, name: str, words: str) -> None:
    found = signatures(dns_lab, live, name, now)
    assert isinstance(found, ZoneSignatures), found
    assert (found.servers, found.broken_servers, found.refused) == (2, 2, True)
    assert any(words in reason for reason in found.broken), found.broken


@pytest.mark.parametrize("name", GOOD)
def test_good_signatures_have_no_fault(dns_lab: DnsLab, live: api.Ask, now: datetime, name: str) -> None:
    found = signatures(dns_lab, live, name, now)
    assert isinstance(found, ZoneSignatures), found
    assert (found.servers, found.broken, found.partly, found.small, found.outdated) == (2, (), (), (), ())
    assert {window.type for window in found.windows} == {"DNSKEY", "SOA", "NS"}
    assert not found.refused
    assert found.ds


@pytest.mark.parametrize(
    ("name", "words"),
    [("signons.test", "NS is not signed"), ("signonsec.test", "no NSEC"), ("signsecbare.test", "NSEC record is not signed")],
)
def test_what_breaks_a_part_is_found(dns_lab: DnsLab, live: api.Ask, now: datetime, name: str, words: str) -> None:
    found = signatures(dns_lab, live, name, now)
    assert isinstance(found, ZoneSignatures), found
    assert (found.servers, found.broken) == (2, ())
    assert any(words in reason for reason in found.partly), found.partly


def test_one_bad_server_of_two_is_found(dns_lab: DnsLab, live: api.Ask, now: datetime) -> None:
    found = signatures(dns_lab, live, "sighalf.test", now)
    assert isinstance(found, ZoneSignatures), found
    assert (found.servers, found.broken_servers) == (2, 1)


def test_leftovers_are_told_apart_from_faults(dns_lab: DnsLab, live: api.Ask, now: datetime) -> None:
    found = signatures(dns_lab, live, "sigleftover.test", now)
    assert isinstance(found, ZoneSignatures), found
    assert found.broken == ()
    assert any("made with a key that the zone does not show" in fault for fault in found.small)


@pytest.mark.parametrize(
    ("name", "words"),
    [("sigwishes.test", "CDS 4711/13 fits no key"), ("sigwishesbare.test", "there is a CDS record, but no DNSKEY")],
)
def test_a_wish_that_the_parent_cannot_grant_is_found(
    dns_lab: DnsLab, live: api.Ask, now: datetime, name: str, words: str
) -> None:
    found = signatures(dns_lab, live, name, now)
    assert isinstance(found, ZoneSignatures), found
    assert found.broken == ()
    assert any(words in fault for fault in found.small), found.small


def test_the_wish_to_leave_is_no_fault(dns_lab: DnsLab, live: api.Ask, now: datetime) -> None:
    found = signatures(dns_lab, live, "sigleaving.test", now)
    assert isinstance(found, ZoneSignatures), found
    assert found.small == ()


def test_keys_that_the_parent_does_not_name_come_with_the_record_that_it_needs(
    dns_lab: DnsLab, live: api.Ask, now: datetime
) -> None:
    found = signatures(dns_lab, live, "signods.test", now)
    assert isinstance(found, ZoneSignatures), found
    assert (found.ds, len(found.keys), len(found.fitting_ds)) == ((), 2, 1)


def test_without_any_signature_there_is_nothing_to_break(dns_lab: DnsLab, live: api.Ask, now: datetime) -> None:
    found = signatures(dns_lab, live, "bare.test", now)
    assert found == ZoneSignatures("bare.test", "bare.test", servers=2)


@pytest.mark.parametrize("name", ["shop.parts.test", "xn--bcher-kva.test"])
def test_the_zone_of_a_name_is_looked_at(dns_lab: DnsLab, live: api.Ask, now: datetime, name: str) -> None:
    found = signatures(dns_lab, live, name, now)
    assert isinstance(found, ZoneSignatures), found
    assert found.zone == {"shop.parts.test": "parts.test"}.get(name, name)


def test_a_host_below_a_broken_zone_is_broken_too(dns_lab: DnsLab, live: api.Ask, now: datetime) -> None:
    found = signatures(dns_lab, live, "mx1.sigexpired.test", now)
    assert isinstance(found, ZoneSignatures), found
    assert (found.zone, found.broken_servers) == ("sigexpired.test", 2)


@pytest.mark.parametrize("days", [45, -10])
def test_a_wrong_clock_of_this_machine_is_not_blamed_on_the_name(
    dns_lab: DnsLab, live: api.Ask, now: datetime, days: int
) -> None:
    found = signatures(dns_lab, live, "good.test", now + timedelta(days=days))
    assert isinstance(found, Gap)
    assert isinstance(found.error, api.Unreadable)
    assert "clock" in found.error.unlock


def test_a_clock_that_is_some_days_off_is_found_out_by_a_resolver_that_checks(
    dns_lab: DnsLab, live: api.Ask, now: datetime
) -> None:
    found = signatures(dns_lab, live, "sigsoon.test", now + timedelta(days=6))
    assert isinstance(found, Gap)
    assert "clock" in found.error.unlock


def test_what_has_just_ended_is_said_although_resolvers_still_believe_it(dns_lab: DnsLab, live: api.Ask, now: datetime) -> None:
    found = signatures(dns_lab, live, "sigsoon.test", now + timedelta(days=4))
    assert isinstance(found, ZoneSignatures), found
    assert "has expired" in found.broken[0]


def through(dns_lab: DnsLab, *, checking: bool, signatures: bool) -> Script:
    """A resolver in between that checks nothing, or that hands on no signatures."""

    def answer(query: dns.message.Message) -> dns.message.Message:
        query.flags |= dns.flags.RD
        if not checking:
            query.flags |= dns.flags.CD
        response = dns.query.udp(query, dns_lab.resolver, timeout=5, port=dns_lab.resolver_port)
        if not checking:
            response.flags &= ~dns.flags.AD
        if not signatures:
            response.answer = [each for each in response.answer if each.rdtype != dns.rdatatype.RRSIG]
            response.authority = [each for each in response.authority if each.rdtype != dns.rdatatype.RRSIG]
        return response

    return answer


def test_a_wrong_clock_is_found_out_by_the_signatures_of_the_parent_alone(dns_lab: DnsLab, live: api.Ask, now: datetime) -> None:
    with scripted(through(dns_lab, checking=False, signatures=True)) as port:
        found = signatures(dns_lab, live, "good.test", now + timedelta(days=45), resolver_port=port)
    assert isinstance(found, Gap)
    assert "clock" in found.error.unlock


@pytest.mark.parametrize("name", ["bogus.test", "sigexpired.test", "siglone.test"])
def test_broken_signatures_are_found_without_a_resolver_that_checks(
    dns_lab: DnsLab, live: api.Ask, now: datetime, name: str
) -> None:
    with scripted(through(dns_lab, checking=False, signatures=True)) as port:
        found = signatures(dns_lab, live, name, now, resolver_port=port)
        (domain,) = domains.function(live, dns_lab.targets(name, resolver_port=port))
    assert isinstance(found, ZoneSignatures), found
    assert (found.broken_servers, found.refused) == (2, False)
    assert getattr(domain, "reach", None) == "found", "so no other check would say it"


@pytest.fixture
def blocked() -> int:
    """A port where no name server is heard: a firewall. Those of all laboratories are higher."""
    return 1


def test_behind_a_firewall_the_resolver_hands_on_what_is_needed(
    dns_lab: DnsLab, live: api.Ask, now: datetime, blocked: int
) -> None:
    good = signatures(dns_lab, live, "good.test", now, authoritative_port=blocked)
    bad = signatures(dns_lab, live, "sigexpired.test", now, authoritative_port=blocked)
    assert isinstance(good, ZoneSignatures), good
    assert (good.broken, bool(good.ds), good.servers) == ((), True, 1)
    assert isinstance(bad, ZoneSignatures), bad
    assert "has expired" in bad.broken[0]


def test_what_answers_in_place_of_the_servers_is_not_taken_for_them(dns_lab: DnsLab, live: api.Ask, now: datetime) -> None:
    between = through(dns_lab, checking=False, signatures=True)

    def denying(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        start = "ns1.nic.test. hostmaster.nic.test. 1 2 3 4 5"
        response.authority = [dns.rrset.from_text("test.", 60, "IN", "SOA", start)]
        return response

    with scripted(between, ONE) as port, scripted(between, TWO, port), scripted(denying, PARENT, port):
        found = signatures(dns_lab, live, "good.test", now, authoritative_port=port)
    assert isinstance(found, ZoneSignatures), found
    assert (found.servers, found.broken, bool(found.ds)) == (1, (), True)


def test_a_resolver_that_asks_the_zone_for_what_only_its_parent_knows_proves_nothing(
    dns_lab: DnsLab, live: api.Ask, now: datetime, blocked: int
) -> None:
    ordinary = through(dns_lab, checking=False, signatures=True)

    def old(query: dns.message.Message) -> dns.message.Message | None:
        if query.question[0].rdtype != dns.rdatatype.DS:
            return ordinary(query)  # type: ignore[return-value] # it always answers with a message
        response = dns.message.make_response(query, recursion_available=True)
        start = dns.rrset.from_text("good.test.", 60, "IN", "SOA", "ns1.good.test. hostmaster.good.test. 1 2 3 4 5")
        response.authority = [start]
        return response

    with scripted(old) as port:
        found = signatures(dns_lab, live, "good.test", now, authoritative_port=blocked, resolver_port=port)
    assert isinstance(found, Gap)
    assert "parent" in found.error.detail


def test_a_resolver_that_keeps_signatures_back_makes_no_zone_broken(
    dns_lab: DnsLab, live: api.Ask, now: datetime, blocked: int
) -> None:
    with scripted(through(dns_lab, checking=False, signatures=False)) as port:
        found = signatures(dns_lab, live, "good.test", now, authoritative_port=blocked, resolver_port=port)
    assert isinstance(found, Gap)
    assert isinstance(found.error, api.Unreadable)
    assert "port 53" in found.error.unlock


def test_when_all_that_is_known_is_that_a_resolver_refuses_it_that_is_said(
    dns_lab: DnsLab, live: api.Ask, now: datetime, blocked: int
) -> None:
    def refusing(query: dns.message.Message) -> dns.message.Message | None:
        asks_signatures = query.ednsflags & dns.flags.DO
        return None if asks_signatures else dns.query.udp(query, dns_lab.resolver, timeout=5, port=dns_lab.resolver_port)

    with scripted(refusing) as port:
        found = signatures(dns_lab, live, "bogus.test", now, authoritative_port=blocked, resolver_port=port)
    assert found == ZoneSignatures("bogus.test", "bogus.test", refused=True)


def own_copy(name: str) -> Script:
    """A look-up server that answers for `name` itself, from a copy without signatures, as one inside an office does."""

    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        response.flags |= dns.flags.AA
        start = dns.rrset.from_text(f"{name}.", 60, "IN", "SOA", f"dc1.{name}. hostmaster.{name}. 1 2 3 4 5")
        own = {
            dns.rdatatype.SOA: start,
            dns.rdatatype.NS: dns.rrset.from_text(f"{name}.", 60, "IN", "NS", f"dc1.{name}."),
            dns.rdatatype.A: dns.rrset.from_text(f"dc1.{name}.", 60, "IN", "A", INSIDE),
        }
        found = own.get(query.question[0].rdtype)
        (response.answer if found and found.name == query.question[0].name else response.authority).append(found or start)
        return response

    return answer


@pytest.fixture
def office(dns_lab: DnsLab) -> Iterator[int]:
    """The port of such a look-up server for good.test; the rest, and what only a parent knows, comes from the world."""
    own, world = own_copy("good.test"), through(dns_lab, checking=True, signatures=True)

    def answer(query: dns.message.Message) -> dns.message.Message | bytes | None:
        question = query.question[0]
        mine = question.name.to_text().endswith("good.test.") and question.rdtype != dns.rdatatype.DS
        return own(query) if mine else world(query)

    with scripted(answer) as port:
        yield port


def test_a_copy_inside_an_office_does_not_break_the_signatures(
    dns_lab: DnsLab, live: api.Ask, now: datetime, office: int
) -> None:
    with scripted(own_copy("good.test"), INSIDE, dns_lab.authoritative_port):
        found = signatures(dns_lab, live, "good.test", now, resolver_port=office)
    assert isinstance(found, ZoneSignatures), found
    assert (found.broken, found.servers, bool(found.ds)) == ((), 2, True)


def test_nor_does_it_behind_a_firewall(dns_lab: DnsLab, live: api.Ask, now: datetime, office: int, blocked: int) -> None:
    found = signatures(dns_lab, live, "good.test", now, authoritative_port=blocked, resolver_port=office)
    assert isinstance(found, Gap), found
    assert "copy of its own" in found.error.detail
