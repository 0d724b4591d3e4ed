from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from itaudit import api
from itaudit.checks.lifecycle.certificates import Settings, certificates
from itaudit.facts.certificate_parts import CertificateParts
from itaudit.facts.certificate_places import Use
from itaudit.facts.certificates import Certificate

from .conftest import Plain

FAIL, WARN, OK = api.Status.FAIL, api.Status.WARN, api.Status.OK
CRITICAL, HIGH, MEDIUM = api.Severity.CRITICAL, api.Severity.HIGH, api.Severity.MEDIUM


def shown(
    machine: api.Machine, days_left: float = 60, lifetime_days: float = 90, *, parts: dict[str, Any] | None = None, **more: Any
) -> Certificate:
    end = machine.now + timedelta(days=days_left)
    read = CertificateParts(
        end - timedelta(days=lifetime_days),
        end,
        ("www.example.com",),
        "Let's Encrypt",
        "EC",
        256,
        "sha256",
        names_its_issuer=True,
    )
    good = Certificate(
        "www.example.com:443",
        "www.example.com",
        443,
        Use.WEB,
        "192.0.2.1",
        replace(read, **(parts or {})),
        "TLSv1.3",
        trusted=True,
        name_matches=True,
        sent=2,
    )
    return replace(good, **more)


UNTRUSTED: dict[str, Any] = {"trusted": False, "verify_code": 20, "error": "unable to get local issuer certificate"}
SELF_SIGNED: dict[str, Any] = {"trusted": False, "verify_code": 18, "error": "self-signed certificate", "sent": 1}


@pytest.mark.parametrize(
    ("lifetime_days", "days_left", "status", "severity"),
    [
        # worked out by hand: under 30 days and 25 %, under 14 days and 15 %
        (90, 29, OK, None),
        (90, 22.6, OK, None),
        (90, 22.4, WARN, MEDIUM),
        (90, 13.6, WARN, MEDIUM),
        (90, 13.4, FAIL, None),
        (365, 31, OK, None),
        (365, 29, WARN, MEDIUM),
        (365, 15, WARN, MEDIUM),
        (365, 13, FAIL, None),
        (47, 12, OK, None),
        (47, 11, WARN, MEDIUM),
        (47, 6.9, FAIL, None),
        (6, 2, OK, None),
        (6, 1.4, WARN, MEDIUM),
        (6, 0.8, FAIL, None),
        (90, -0.01, FAIL, CRITICAL),
    ],
)
def test_the_end_is_judged_by_days_and_by_share(
    judged: Plain, machine: api.Machine, lifetime_days: float, days_left: float, status: api.Status, severity: api.Severity | None
) -> None:
    found = shown(machine, days_left, lifetime_days)
    verdict = certificates(found, machine, Settings())
    assert judged(verdict) == (status, severity)
    assert found.parts is not None
    assert verdict.due == (None if status is OK else found.parts.ends.date())


@pytest.mark.parametrize("lifetime_days", [6, 47, 90, 200, 398])
def test_a_certificate_that_is_renewed_as_usual_never_alarms(machine: api.Machine, lifetime_days: int) -> None:
    """Usual is a third of the lifetime before its end, and half for the shortest; a day is allowed for trying again."""
    left = lifetime_days * (0.5 if lifetime_days < 10 else 1 / 3) - 1
    assert certificates(shown(machine, left, lifetime_days), machine, Settings()).status is OK


@pytest.mark.parametrize(
    ("more", "parts", "status", "severity", "words", "step"),
    [
        ({"name_matches": False, "verify_code": 62}, {}, FAIL, None, "made out to another name", "--expand -d www.example.com"),
        (UNTRUSTED, {}, FAIL, None, "an issuer that browsers do not trust", "certonly -d www.example.com"),
        ({**UNTRUSTED, "sent": 1}, {}, FAIL, None, "sent without what proves it", "fullchain.pem"),
        ({**UNTRUSTED, "sent": 1}, {"names_its_issuer": False}, FAIL, None, "an issuer that browsers do not trust", "certonly"),
        (SELF_SIGNED, {"self_signed": True}, FAIL, None, "made by the server itself", "certonly"),
        ({**SELF_SIGNED, "private": True}, {"self_signed": True}, WARN, MEDIUM, "made by the server itself", "group policy"),
        ({"private": True, "name_matches": False}, {}, WARN, MEDIUM, "made out to another name", "by a name that it holds"),
        ({}, {"key": "RSA", "key_bits": 1024}, FAIL, MEDIUM, "too weak", "ecdsa"),
        ({"trusted": False, "verify_code": 66}, {"key": "RSA", "key_bits": 1024}, FAIL, MEDIUM, "too weak", "ecdsa"),
        ({}, {"key": "RSA", "key_bits": 2048}, OK, None, "valid until", ""),
        ({}, {"hash": "sha1"}, FAIL, MEDIUM, "too weak", "SHA-256"),
        ({"old": "TLSv1.1"}, {}, WARN, MEDIUM, "old kind of encryption", "ssl_protocols TLSv1.2"),
        ({"protocol": "TLSv1"}, {}, WARN, MEDIUM, "old kind of encryption", "ssl_protocols TLSv1.2"),
        ({"use": Use.DELIVERY, "name_matches": False}, {}, OK, None, "valid until", ""),
        ({"use": Use.DELIVERY, **SELF_SIGNED}, {"self_signed": True}, OK, None, "valid until", ""),
        ({"use": Use.DELIVERY, "protocol": "TLSv1"}, {}, OK, None, "valid until", ""),
    ],
)
def test_each_cause_has_its_own_words_and_cure(
    judged: Plain,
    machine: api.Machine,
    more: dict[str, Any],
    parts: dict[str, Any],
    status: api.Status,
    severity: api.Severity | None,
    words: str,
    step: str,
) -> None:
    verdict = certificates(shown(machine, parts=parts, **more), machine, Settings())
    assert judged(verdict) == (status, severity)
    assert words in verdict.summary
    assert step in " ".join(verdict.remedy.steps if verdict.remedy else ())


@pytest.mark.parametrize(("more", "severity"), [({}, CRITICAL), ({"use": Use.DELIVERY}, HIGH), ({"private": True}, MEDIUM)])
def test_an_ended_certificate_is_as_bad_as_who_meets_it(
    judged: Plain, machine: api.Machine, more: dict[str, Any], severity: api.Severity
) -> None:
    assert judged(certificates(shown(machine, -1, trusted=False, verify_code=10, **more), machine, Settings())) == (
        FAIL,
        severity,
    )


def test_the_end_is_said_before_everything_else(machine: api.Machine) -> None:
    verdict = certificates(shown(machine, -1, name_matches=False, **UNTRUSTED), machine, Settings())
    assert verdict.summary == "The certificate of the web site www.example.com ran out on 21 November 2026."


def test_one_that_is_not_valid_yet_fails(judged: Plain, machine: api.Machine) -> None:
    verdict = certificates(shown(machine, 100, trusted=False, verify_code=9), machine, Settings())
    assert judged(verdict) == (FAIL, None)
    assert "only from 2 December 2026 on" in verdict.summary


def test_no_protected_connection_fails(judged: Plain, machine: api.Machine) -> None:
    found = replace(shown(machine), parts=None, protocol="", error="WRONG_VERSION_NUMBER")
    verdict = certificates(found, machine, Settings())
    assert judged(verdict) == (FAIL, None)
    assert "WRONG_VERSION_NUMBER" in verdict.detail


def test_the_technician_reads_what_was_seen_and_how_to_see_it_again(machine: api.Machine) -> None:
    found = shown(machine, use=Use.SERVICE, subject="mail.example.com:587", host="mail.example.com", port=587, **UNTRUSTED)
    verdict = certificates(found, machine, Settings())
    assert verdict.detail == (
        "192.0.2.1 port 587; TLSv1.3; made out to www.example.com; issued by Let's Encrypt; "
        "valid 2026-10-23 12:00 to 2027-01-21 12:00 UTC; EC 256 sha256; 2 certificate(s) sent; "
        "OpenSSL: unable to get local issuer certificate (20)"
    )
    assert verdict.remedy is not None
    assert verdict.remedy.verify == (
        "openssl s_client -starttls smtp -connect mail.example.com:587 -servername mail.example.com"
        " -verify_hostname mail.example.com -verify_return_error </dev/null"
    )


@pytest.mark.parametrize("more", [UNTRUSTED, SELF_SIGNED, {"name_matches": False}, {"verify_code": 66}])
def test_nobody_is_sent_to_a_public_issuer_for_a_name_of_his_own_network(machine: api.Machine, more: dict[str, Any]) -> None:
    """No public issuer gives a certificate for nas.office.lan: certbot -d nas.office.lan would only fail."""
    found = shown(machine, parts={"self_signed": "sent" in more}, private=True, host="nas.office.lan", **more)
    verdict = certificates(found, machine, Settings())
    assert verdict.remedy is not None
    assert not any("-d nas.office.lan" in step for step in verdict.remedy.steps)


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("192.168.1.5", "openssl s_client -connect 192.168.1.5:443 -verify_ip 192.168.1.5 -verify_return_error </dev/null"),
        ("fd00::5", "openssl s_client -connect [fd00::5]:443 -verify_ip fd00::5 -verify_return_error </dev/null"),
    ],
)
def test_an_address_is_asked_for_as_an_address(machine: api.Machine, host: str, asked: str) -> None:
    verdict = certificates(shown(machine, -1, host=host, use=Use.SERVICE, private=True), machine, Settings())
    assert verdict.remedy is not None
    assert verdict.remedy.verify == asked


@pytest.mark.parametrize(
    "more",
    [UNTRUSTED, {"name_matches": False}, {"parts": {"key": "RSA", "key_bits": 1024}}, {"old": "TLSv1"}],
)
def test_a_name_that_holds_a_command_is_not_run_with_the_advice(machine: api.Machine, more: dict[str, Any]) -> None:
    """The names of mail servers are told by the DNS: such bytes are allowed there."""
    verdict = certificates(shown(machine, host="`reboot`|x.example.com", **more), machine, Settings())
    assert verdict.remedy is not None
    lines = (*verdict.remedy.steps, verdict.remedy.verify)
    commands = [command[0] for line in lines if (command := re.search("(?:openssl|certbot) .*", line)) and "reboot" in line]
    assert commands
    assert not [command for command in commands if "reboot" in command.replace("'`reboot`|x.example.com", "")]


def test_the_mail_server_of_a_provider_is_renewed_by_the_provider(machine: api.Machine) -> None:
    verdict = certificates(shown(machine, -1, use=Use.DELIVERY), machine, Settings())
    assert verdict.remedy is not None
    assert "A server of a provider: tell the provider, who alone can renew it." in verdict.remedy.steps


def test_at_a_web_host_protection_is_a_switch(machine: api.Machine) -> None:
    found = replace(shown(machine), parts=None, protocol="", error="TLSV1_UNRECOGNIZED_NAME")
    verdict = certificates(found, machine, Settings())
    assert verdict.remedy is not None
    assert any("customer menu" in step for step in verdict.remedy.steps)


def test_the_newer_addresses_are_named_apart(machine: api.Machine) -> None:
    verdict = certificates(shown(machine, -1, subject="www.example.com:443 (IPv6)"), machine, Settings())
    assert verdict.summary == "The certificate of the web site www.example.com (IPv6) ran out on 21 November 2026."


@given(some.floats(-1e5, 1e5), some.floats(0, 1e5), some.booleans(), some.sampled_from(Use))
def test_whatever_dates_a_server_invents_there_is_a_verdict(left: float, lifetime: float, trusted: bool, use: Use) -> None:
    from datetime import UTC, datetime

    machine = api.Machine("office", "linux", datetime(2026, 11, 22, tzinfo=UTC), admin=True)
    verdict = certificates(shown(machine, left, lifetime, trusted=trusted, use=use), machine, Settings())
    assert verdict.status in (OK, WARN, FAIL)
    assert verdict.status is FAIL or left >= 0
