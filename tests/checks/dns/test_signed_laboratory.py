"""Signatures, aliases and lists of issuers, from the laboratory's servers to the verdict that an owner reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from itaudit import api
from itaudit.checks.dns.caa import caa
from itaudit.checks.dns.dangling_alias import dangling_alias
from itaudit.checks.dns.dnssec import Settings, dnssec
from itaudit.checks.dns.resolve import resolve
from itaudit.contributions import Gap
from itaudit.facts.aliases import name_aliases
from itaudit.facts.certificate_authorities import certificate_authorities
from itaudit.facts.domains import domains
from itaudit.facts.signatures import zone_signatures
from lab.dns import DnsLab

from .conftest import Plain

OK, WARN, FAIL = api.Status.OK, api.Status.WARN, api.Status.FAIL
LOW, MEDIUM, HIGH, CRITICAL = api.Severity.LOW, api.Severity.MEDIUM, api.Severity.HIGH, api.Severity.CRITICAL

SIGNED = {
    **dict.fromkeys(("good.test", "aliases.test", "siged25519.test", "sigrhythm.test", "sigleaving.test"), (OK, None)),
    **dict.fromkeys(("bogus.test", "siglone.test", "sigexpired.test", "sigearly.test"), (FAIL, CRITICAL)),
    **dict.fromkeys(("sigforged.test", "signosoa.test", "signokeys.test", "signow.test", "sigshort.test"), (FAIL, CRITICAL)),
    **dict.fromkeys(("sigsoon.test", "sighalf.test", "signons.test", "signonsec.test", "signsecbare.test"), (FAIL, HIGH)),
    **dict.fromkeys(("sigrsasha1.test", "sigdssha1.test"), (FAIL, None)),
    **dict.fromkeys(("bare.test", "signods.test", "sigleftover.test", "sigdsboth.test"), (WARN, LOW)),
    **dict.fromkeys(("sigwishes.test", "sigwishesbare.test"), (WARN, LOW)),
}
ALIASES = {
    **dict.fromkeys(("good.test", "aliases.test", "aliasunheard.test", "aliaswildfine.test"), (OK, None)),
    **dict.fromkeys(("aliasgone.test", "aliaswild.test"), (FAIL, None)),
    **dict.fromkeys(("aliasblank.test", "aliascircle.test", "aliasfailing.test"), (WARN, LOW)),
}
ISSUERS = {
    **dict.fromkeys(("aliases.test", "caahosts.test", "shop.caahosts.test", "caanobody.test"), (OK, None)),
    **dict.fromkeys(("caastrange.test", "caamalformed.test"), (FAIL, MEDIUM)),
    **dict.fromkeys(("bare.test", "caawildonly.test", "caareport.test"), (WARN, LOW)),
}


@pytest.fixture
def machine() -> api.Machine:
    """The laboratory signs as of its start."""
    return api.Machine("office-server", "linux", datetime.now(UTC), admin=True)


def only(facts: Any) -> Any:
    (found,) = facts
    assert not isinstance(found, Gap), found.error.detail
    return found


@pytest.mark.parametrize(("name", "expected"), SIGNED.items())
def test_signatures(dns_lab: DnsLab, live: api.Ask, judged: Plain, machine: api.Machine, name: str, expected: Any) -> None:
    found = only(zone_signatures.function(live, dns_lab.targets(name), machine))
    assert judged(dnssec(found, api.History(), machine, Settings())) == expected


@pytest.mark.parametrize(("name", "expected"), ALIASES.items())
def test_aliases(dns_lab: DnsLab, live: api.Ask, judged: Plain, name: str, expected: Any) -> None:
    assert judged(dangling_alias(only(name_aliases.function(live, dns_lab.targets(name))))) == expected


@pytest.mark.parametrize(("name", "expected"), ISSUERS.items())
def test_issuers(dns_lab: DnsLab, live: api.Ask, judged: Plain, name: str, expected: Any) -> None:
    assert judged(caa(only(certificate_authorities.function(live, dns_lab.targets(name))))) == expected


def test_broken_signatures_are_one_failure_and_one_action(dns_lab: DnsLab, live: api.Ask, machine: api.Machine) -> None:
    signed = only(zone_signatures.function(live, dns_lab.targets("bogus.test"), machine))
    verdicts = [
        dnssec(signed, api.History(), machine, Settings()),
        resolve(only(domains.function(live, dns_lab.targets("bogus.test")))),
    ]
    assert [verdict.status for verdict in verdicts] == [FAIL, WARN]
    assert len({verdict.remedy.action for verdict in verdicts if verdict.remedy}) == 1
