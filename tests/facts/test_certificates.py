"""Certificates are looked at where visitors meet them, and silence is told apart from nothing being there."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as some

from itaudit import api
from itaudit.evidence.questions import Source
from itaudit.facts.certificate_parts import parts_of
from itaudit.facts.certificate_places import Place, Use, places_given
from itaudit.facts.certificates import Certificate, certificates
from itaudit.facts.internet import Internet
from itaudit.facts.replaced_certificates import Replaced, unknown_issuer
from itaudit.facts.targets import Targets
from lab._zones_tls import ADDRESSES, MAILBOXES, SITE, name_of
from lab.connectivity import OFFLINE
from lab.dns import DnsLab
from lab.tls import MailServer, TlsLab, context_of, listening, shakes_hands

Facts = Callable[..., list[Any]]


def looked_at(dns_lab: DnsLab, tls_lab: TlsLab, *kinds: str, services: tuple[str, ...] = ()) -> Targets:
    plain = dns_lab.targets()
    names = tuple(name_of(kind) for kind in kinds)
    return plain.model_copy(update={"host_names": names, "services": services, "https_port": tls_lab.port})


@pytest.fixture
def seen(dns_lab: DnsLab, tls_lab: TlsLab, live: api.Ask, facts_of: Facts) -> Callable[..., Any]:
    def look(kind: str, **more: Any) -> Any:
        (found,) = facts_of(certificates, live, looked_at(dns_lab, tls_lab, kind, **more), OFFLINE)
        return found

    return look


def test_a_good_certificate_is_read(seen: Callable[..., Any], tls_servers: TlsLab) -> None:
    found = seen("ok")
    assert isinstance(found, Certificate)
    assert found.subject == f"ok.gallery.test:{tls_servers.port}"
    assert (found.use, found.protocol, found.trusted, found.name_matches, found.sent, found.old) == (
        *(Use.WEB, "TLSv1.3", True, True, 1, ""),
    )
    parts = found.parts
    assert parts is not None
    assert (parts.names, parts.key, parts.key_bits, parts.hash) == (("ok.gallery.test",), "EC", 256, "sha256")
    assert parts.issuer.startswith("trustme")
    assert parts.ends - parts.begins == timedelta(days=90)
    assert timedelta(days=79) < parts.ends - datetime.now(UTC) < timedelta(days=81)


@pytest.mark.parametrize(
    ("kind", "trusted", "name_matches", "old", "self_signed", "names_its_issuer"),
    [
        ("expired", False, True, "", False, False),
        ("wronghost", True, False, "", False, False),
        ("selfsigned", False, True, "", True, True),
        ("untrusted", False, True, "", False, False),
        ("incomplete", False, True, "", False, True),
        ("tls11too", True, True, "TLSv1.1", False, False),
        ("tls10", True, True, "TLSv1", False, False),
    ],
)
def test_each_fault_becomes_a_fact(
    seen: Callable[..., Any], kind: str, trusted: bool, name_matches: bool, old: str, self_signed: bool, names_its_issuer: bool
) -> None:
    found = seen(kind)
    assert isinstance(found, Certificate), found
    assert (found.trusted, found.name_matches, found.old) == (trusted, name_matches, old)
    assert found.parts is not None
    assert (found.parts.self_signed, found.parts.names_its_issuer) == (self_signed, names_its_issuer)


def test_a_weak_key_is_measured(seen: Callable[..., Any]) -> None:
    found = seen("weak")
    assert (found.parts.key, found.parts.key_bits) == ("RSA", 1024)


def test_a_server_that_does_not_encrypt_is_a_fact(seen: Callable[..., Any]) -> None:
    found = seen("plain")
    assert isinstance(found, Certificate)
    assert found.parts is None
    assert found.error


def test_a_web_site_where_nothing_listens_is_no_web_site(
    dns_lab: DnsLab, tls_lab: TlsLab, live: api.Ask, facts_of: Facts
) -> None:
    assert facts_of(certificates, live, looked_at(dns_lab, tls_lab, "gone"), OFFLINE) == []


def test_what_could_not_be_seen_is_a_gap(dns_lab: DnsLab, tls_lab: TlsLab, live: api.Ask, facts_of: Facts) -> None:
    found = facts_of(certificates, live, looked_at(dns_lab, tls_lab, "closes", "silent", "dribbles"), OFFLINE)
    assert {gap.subject.partition(".")[0]: type(gap.error) for gap in found} == {
        "closes": api.Unreachable,
        "silent": api.TimedOut,
        "dribbles": api.TimedOut,
    }


def test_a_service_where_nothing_listens_is_a_gap(dns_lab: DnsLab, tls_lab: TlsLab, live: api.Ask, facts_of: Facts) -> None:
    services = (f"{name_of('gone')}:{tls_lab.port}", "nothing.gallery.test:993")
    first, second = facts_of(certificates, live, looked_at(dns_lab, tls_lab, services=services), OFFLINE)
    by_subject = {gap.subject: gap.error for gap in (first, second)}
    assert isinstance(by_subject[services[0]], api.Unreachable)
    assert isinstance(by_subject[services[1]], api.NotFound)
    assert "[targets] services" in by_subject[services[1]].unlock


def test_a_service_is_looked_at_by_its_address_too(dns_lab: DnsLab, tls_lab: TlsLab, live: api.Ask, facts_of: Facts) -> None:
    service = f"{ADDRESSES['ok']}:{tls_lab.port}"
    (found,) = facts_of(certificates, live, looked_at(dns_lab, tls_lab, services=(service,)), OFFLINE)
    assert (found.subject, found.use, found.private, found.name_matches) == (service, Use.SERVICE, True, False)


@contextmanager
def shown_by(firewall: trustme.CA, tls_lab: TlsLab, folder: Path) -> Iterator[Internet]:
    """business.test and an address of the internet, both with certificates that this issuer made for them."""
    address = "127.0.20.50"

    def shows(name: str) -> Callable[..., None]:
        return shakes_hands(context_of(firewall.issue_cert(name), folder, name))

    with listening(shows("business.test"), SITE, tls_lab.port), listening(shows(address), address) as port:
        yield Internet(targets=["127.0.0.1:9", f"{address}:{port}"])


@pytest.fixture
def shop(dns_lab: DnsLab, tls_lab: TlsLab) -> Targets:
    return dns_lab.targets().model_copy(update={"host_names": ("business.test",), "https_port": tls_lab.port})


def test_what_a_firewall_shows_instead_is_not_held_against_the_server(
    shop: Targets, tls_lab: TlsLab, live: api.Ask, facts_of: Facts, tmp_path: Path
) -> None:
    with shown_by(trustme.CA(organization_name="Gate Keeper Ltd"), tls_lab, tmp_path) as internet:
        [gap] = facts_of(certificates, live, shop, internet)
        assert (gap.subject, type(gap.error)) == (f"business.test:{tls_lab.port}", Replaced)
        assert "Gate Keeper Ltd vouches for it and for 127.0.20.50 alike" in gap.error.detail
        assert "firewall" in gap.error.unlock
        # With nothing to compare it with, and where the world shows its usual certificates, it is the server's own.
        for elsewhere in (OFFLINE, Internet(targets=[f"{ADDRESSES['ok']}:{tls_lab.port}"])):
            [found] = facts_of(certificates, live, shop, elsewhere)
            assert (found.trusted, found.parts.issuer) == (False, "Gate Keeper Ltd")


def test_a_server_is_not_compared_with_itself(
    shop: Targets, tls_lab: TlsLab, live: api.Ask, facts_of: Facts, tmp_path: Path
) -> None:
    with shown_by(trustme.CA(), tls_lab, tmp_path):
        itself = Internet(targets=[f"{SITE}:{tls_lab.port}", f"business.test:{tls_lab.port}"])
        [found] = facts_of(certificates, live, shop, itself)
        assert isinstance(found, Certificate)


@pytest.mark.parametrize(
    "body", ["", "[]", '{"verify_code": 20, "protocol": "TLSv1.3", "certificate": "!"}', '{"verify_code": "?"}']
)
def test_a_strange_answer_to_the_control_question_names_no_issuer(body: str) -> None:
    assert unknown_issuer(api.Answer(body)) == ""


class Elsewhere:
    """The live machine, where the mailbox port (which only root may open) is another one."""

    abandoned: Mapping[str, int] = {}

    def __init__(self, source: Source, port: int) -> None:
        self._source, self._port, self.machine = source, port, source.machine

    def ask(self, question: api.Question) -> api.Answer:
        if isinstance(question, api.Tls | api.TcpConnect) and question.port == 993:
            question = replace(question, port=self._port)
        return self._source.ask(question)


@contextmanager
def business(tls_lab: TlsLab, folder: Path) -> Iterator[int]:
    """business.test: a web site that is called without www only, a mail server that takes email, mailboxes under imap.
    Yields the port of its mail server."""

    def shown(*names: str) -> ssl.SSLContext:
        return context_of(tls_lab.issuer.issue_cert(*names), folder, names[0])

    hello = {b"EHLO": b"250-mail\r\n250 STARTTLS\r\n", b"STARTTLS": b"220 go\r\n"}
    with ExitStack() as stack:
        stack.enter_context(listening(shakes_hands(shown("business.test")), SITE, tls_lab.port))
        stack.enter_context(listening(shakes_hands(shown("imap.business.test")), MAILBOXES, tls_lab.port))
        yield stack.enter_context(listening(MailServer(b"220 mail\r\n", hello, shown("other.test")), MAILBOXES))


def test_a_whole_business_is_looked_at(
    dns_lab: DnsLab, tls_lab: TlsLab, live_source: Source, facts_of: Facts, tmp_path: Path
) -> None:
    with business(tls_lab, tmp_path) as smtp_port:
        targets = dns_lab.targets("business.test").model_copy(
            update={"https_port": tls_lab.port, "smtp_port": smtp_port, "host_names": ("www.business.test",)}
        )
        found = facts_of(certificates, api.Ask(Elsewhere(live_source, tls_lab.port)), targets, OFFLINE)
    assert len(found) == 4
    # Not mail.business.test:993, which shows a certificate of another name: nobody said that it is used.
    assert {(each.subject, each.use, each.trusted, each.name_matches) for each in found} == {
        (f"business.test:{tls_lab.port}", Use.WEB, True, True),
        (f"www.business.test:{tls_lab.port}", Use.WEB, True, False),
        (f"mail.business.test:{smtp_port}", Use.DELIVERY, True, False),
        ("imap.business.test:993", Use.MAILBOX, True, True),
    }


def test_a_name_without_any_server_gives_nothing(dns_lab: DnsLab, tls_lab: TlsLab, live: api.Ask, facts_of: Facts) -> None:
    targets = dns_lab.targets("nullmx.test").model_copy(update={"https_port": tls_lab.port})
    assert facts_of(certificates, live, targets, OFFLINE) == []


def test_a_name_that_does_not_exist_is_a_gap(dns_lab: DnsLab, live: api.Ask, facts_of: Facts) -> None:
    (found,) = facts_of(certificates, live, dns_lab.targets("no-such-name.test"), OFFLINE)
    assert isinstance(found.error, api.NotFound)


def test_without_names_and_services_it_does_not_apply(recorded: Callable[..., api.Ask], facts_of: Facts) -> None:
    with pytest.raises(api.NotApplicable):
        facts_of(certificates, recorded({}), Targets(), OFFLINE)


def test_a_server_named_twice_is_looked_at_once(dns_lab: DnsLab, tls_lab: TlsLab, live: api.Ask, facts_of: Facts) -> None:
    targets = looked_at(dns_lab, tls_lab, "ok", services=(f"ok.gallery.test:{tls_lab.port}",))
    assert len(facts_of(certificates, live, targets, OFFLINE)) == 1


def test_two_families_that_show_different_things_are_two_facts(recorded: Callable[..., api.Ask], facts_of: Facts) -> None:
    """Only one of them was renewed: whoever comes over the other meets the old one."""
    certificate = {kind: _der(kind) for kind in ("a.test", "b.test")}
    targets = Targets(services=("office.test:8443",))
    answers = {
        api.Dns("office.test", "A"): _records("office.test", "A", "192.0.2.1", "192.0.2.9"),
        api.Dns("office.test", "AAAA"): _records("office.test", "AAAA", "2001:db8::1"),
        api.TcpConnect("192.0.2.1", 8443, 4.0): "{}",
        api.TcpConnect("2001:db8::1", 8443, 4.0): "{}",
        api.Tls("office.test", 8443, "192.0.2.1"): _shown(certificate["a.test"]),
        api.Tls("office.test", 8443, "2001:db8::1"): _shown(certificate["b.test"]),
    }
    found = facts_of(certificates, recorded(answers), targets, OFFLINE)
    assert [each.subject for each in found] == ["office.test:8443", "office.test:8443 (IPv6)"]
    # The addresses of a large provider change from day to day: that makes no new subject.
    moved = {question: answer for question, answer in answers.items() if getattr(question, "host", "") != "2001:db8::1"}
    moved |= {
        api.Dns("office.test", "AAAA"): _records("office.test", "AAAA", "2001:db8::2"),
        api.TcpConnect("2001:db8::2", 8443, 4.0): "{}",
        api.Tls("office.test", 8443, "2001:db8::2"): _shown(certificate["b.test"]),
    }
    assert [each.subject for each in facts_of(certificates, recorded(moved), targets, OFFLINE)] == [
        each.subject for each in found
    ]
    same = {**answers, api.Tls("office.test", 8443, "2001:db8::1"): _shown(certificate["a.test"])}
    assert len(facts_of(certificates, recorded(same), targets, OFFLINE)) == 1
    one_way = {question: answer for question, answer in answers.items() if getattr(question, "host", "") != "2001:db8::1"}
    assert [each.address for each in facts_of(certificates, recorded(one_way), targets, OFFLINE)] == ["192.0.2.1"]


def _der(name: str) -> str:
    pem = trustme.CA().issue_cert(name).cert_chain_pems[0].bytes().decode()
    return base64.b64encode(ssl.PEM_cert_to_DER_cert(pem)).decode()


def _records(name: str, type_: str, *data: str) -> str:
    return json.dumps({"rcode": "NOERROR", "answer": [{"name": name, "type": type_, "ttl": 60, "data": list(data)}]})


def _shown(certificate: str) -> str:
    return json.dumps({"start_tls_offered": True, "protocol": "TLSv1.3", "certificate": certificate, "chain": [certificate]})


@pytest.mark.parametrize(
    "body", ["{}", "[]", "null", '{"start_tls_offered": "?"}', '{"start_tls_offered": true, "protocol": "x"}']
)
def test_an_answer_in_another_form_is_a_gap(always: Callable[[str], api.Ask], facts_of: Facts, body: str) -> None:
    (found,) = facts_of(certificates, always(body), Targets(services=("192.0.2.1:443",)), OFFLINE)
    assert isinstance(found.error, api.Unreadable)


@given(some.binary(max_size=300))
def test_whatever_is_sent_as_a_certificate_is_read_or_unreadable(content: bytes) -> None:
    with pytest.raises(api.Unreadable):
        parts_of(base64.b64encode(content).decode())


@given(some.data())
def test_a_damaged_certificate_is_read_or_unreadable(data: some.DataObject) -> None:
    good = bytearray(GOOD)
    for _ in range(data.draw(some.integers(1, 5))):
        good[data.draw(some.integers(0, len(good) - 1))] = data.draw(some.integers(0, 255))
    with suppress(api.Unreadable):
        parts = parts_of(base64.b64encode(good).decode())
        assert isinstance(parts.ends, datetime)
        assert all(name.isprintable() for name in (*parts.names, parts.issuer))


GOOD = base64.b64decode(_der("good.test"))


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("nas.office.lan", True),
        ("box.home.arpa", True),
        ("lan.example.com", False),
        ("192.168.1.5", True),
        ("fd00::5", True),
        ("9.9.9.9", False),
        ("plan.example", False),
    ],
)
def test_networks_of_ones_own_are_known(host: str, private: bool) -> None:
    assert Place(host, 443, Use.SERVICE).private is private


def test_ports_of_email_begin_without_protection() -> None:
    targets = Targets(services=("m.example.com:587", "m.example.com:143", "m.example.com:110", "m.example.com:993"))
    assert [place.start_tls for place in places_given(targets)] == ["smtp", "imap", "pop3", ""]


@pytest.mark.parametrize("code", ["SERVFAIL", "REFUSED"])
def test_an_address_that_could_not_be_looked_up_is_a_gap(recorded: Callable[..., api.Ask], facts_of: Facts, code: str) -> None:
    failing = json.dumps({"rcode": code})
    answers = {api.Dns("shop.test", "A"): failing, api.Dns("shop.test", "AAAA"): failing}
    (found,) = facts_of(certificates, recorded(answers), Targets(host_names=("shop.test",)), OFFLINE)
    assert isinstance(found.error, api.Unreadable)
    (found,) = facts_of(certificates, recorded({}), Targets(host_names=("shop.test",)), OFFLINE)
    assert isinstance(found.error, api.NotRecorded)


def test_an_address_that_is_proved_absent_is_no_web_site(recorded: Callable[..., api.Ask], facts_of: Facts) -> None:
    nothing = json.dumps({"rcode": "NOERROR"})
    answers = {api.Dns("shop.test", "A"): nothing, api.Dns("shop.test", "AAAA"): nothing}
    assert facts_of(certificates, recorded(answers), Targets(host_names=("shop.test",)), OFFLINE) == []


@pytest.mark.parametrize(
    ("error", "there"),
    [
        (api.Unreachable("192.0.2.1 port 443: Connection refused"), False),
        (api.Unreachable("192.0.2.1 port 443: [WinError 10061] the target machine actively refused it"), False),
        (api.Unreachable("192.0.2.1 port 443: No route to host"), True),
        (api.TimedOut("192.0.2.1 port 443 did not answer within 4 s"), True),
    ],
)
def test_only_a_refusal_proves_that_there_is_no_web_site(
    recorded: Callable[..., api.Ask], facts_of: Facts, error: api.Missing, there: bool
) -> None:
    answers = {
        api.Dns("shop.test", "A"): _records("shop.test", "A", "192.0.2.1"),
        api.Dns("shop.test", "AAAA"): json.dumps({"rcode": "NOERROR"}),
        api.TcpConnect("192.0.2.1", 443, 4.0): api.Answer.missing(error),
    }
    found = facts_of(certificates, recorded(answers), Targets(host_names=("shop.test",)), OFFLINE)
    assert [type(gap.error) for gap in found] == ([type(error)] if there else [])
