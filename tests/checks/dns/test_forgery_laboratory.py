"""Forged email, signatures and unused names in the laboratory: what is said of each zone, from the real answers on."""

import pytest

from itaudit import api
from itaudit.checks.dns import dkim, dmarc, parked
from itaudit.contributions import Gap
from itaudit.facts.dmarc_policies import dmarc_policies
from itaudit.facts.mail import Mail
from itaudit.facts.signing_keys import signing_keys
from itaudit.facts.unused_names import unused_names
from lab.dns import DnsLab

from .conftest import Plain

OK, WARN, FAIL, UNKNOWN = api.Status.OK, api.Status.WARN, api.Status.FAIL, api.Status.UNKNOWN
LOW, MEDIUM, HIGH = api.Severity.LOW, api.Severity.MEDIUM, api.Severity.HIGH


@pytest.mark.parametrize(
    ("name", "status", "severity"),
    [
        ("good.test", OK, None),
        ("xn--bcher-kva.test", OK, None),
        ("harmless.test", OK, None),
        ("agreed.test", OK, None),
        ("bare.test", FAIL, None),
        ("atapex.test", FAIL, None),
        ("doubled.test", FAIL, None),
        ("misspelt.test", FAIL, None),
        ("smallversion.test", FAIL, None),
        ("twopolicies.test", FAIL, None),
        ("shop.faultybelow.test", FAIL, None),
        ("mail.faultybelow.test", WARN, MEDIUM),
        ("watch.test", WARN, MEDIUM),
        ("nopolicytag.test", WARN, MEDIUM),
        ("testingonly.test", WARN, MEDIUM),
        ("parts.test", WARN, MEDIUM),
        ("shop.parts.test", WARN, MEDIUM),
        ("inventednames.test", WARN, MEDIUM),
        ("testing.test", WARN, LOW),
        ("share.test", WARN, LOW),
        ("alignment.test", WARN, LOW),
        ("noaddress.test", WARN, LOW),
        ("noreports.test", WARN, LOW),
        ("elsewhere.test", WARN, LOW),
        ("firm.suffix.test", WARN, LOW),
        ("lostreports.test", UNKNOWN, None),
    ],
)
def test_what_is_said_of_forged_email(
    dns_lab: DnsLab, live: api.Ask, judged: Plain, name: str, status: api.Status, severity: api.Severity | None
) -> None:
    (found,) = dmarc_policies.function(live, dns_lab.targets(name))
    assert not isinstance(found, Gap), found
    assert judged(dmarc.dmarc(found)) == (status, severity)


@pytest.mark.parametrize(
    ("name", "configured", "status", "severity"),
    [
        ("signs.test", (), OK, None),
        ("signs.test", ("selector1", "selector2"), OK, None),
        ("shop.signs.test", (), OK, None),
        ("signsmodern.test", (), OK, None),
        ("withdrawnkey.test", (), OK, None),
        ("wildkey.test", (), OK, None),
        ("hiddenkey.test", ("x7f3",), OK, None),
        ("tinykey.test", (), FAIL, HIGH),
        ("signs.test", ("x7f3",), FAIL, None),
        ("withdrawnkey.test", ("selector2",), FAIL, None),
        ("brokenkey.test", ("google",), FAIL, None),
        ("nokeys.test", ("x7f3",), FAIL, None),
        ("shortkey.test", (), WARN, MEDIUM),
        ("brokenkey.test", (), WARN, None),
        ("sha1key.test", (), WARN, None),
        ("twokeys.test", (), WARN, None),
        ("danglingkey.test", (), WARN, None),
        ("nokeys.test", (), WARN, MEDIUM),
        ("testkey.test", (), WARN, LOW),
        ("hiddenkey.test", (), UNKNOWN, None),
        ("wildtext.test", (), UNKNOWN, None),
        ("wildalias.test", (), UNKNOWN, None),
    ],
)
def test_what_is_said_of_signatures(
    dns_lab: DnsLab,
    live: api.Ask,
    judged: Plain,
    name: str,
    configured: tuple[str, ...],
    status: api.Status,
    severity: api.Severity | None,
) -> None:
    (found,) = signing_keys.function(live, dns_lab.targets(name), Mail(dkim_selectors={name: configured}))
    assert not isinstance(found, Gap), found
    assert judged(dkim.dkim(found, dkim.Settings())) == (status, severity)


@pytest.mark.parametrize(
    ("name", "declared", "status"),
    [
        ("nullmx.test", False, OK),
        ("nullmx.test", True, OK),
        ("redirectpark.test", False, OK),
        ("softpark.test", False, WARN),
        ("asidepark.test", False, WARN),
        ("looppark.test", False, WARN),
        ("good.test", True, WARN),
        ("openpark.test", False, FAIL),
        ("emptypark.test", False, FAIL),
        ("nopolicypark.test", False, FAIL),
        ("bare.test", True, FAIL),
    ],
)
def test_what_is_said_of_unused_names(
    dns_lab: DnsLab, live: api.Ask, judged: Plain, name: str, declared: bool, status: api.Status
) -> None:
    (found,) = unused_names.function(live, dns_lab.targets(name, without_mail=(name,) if declared else ()))
    assert not isinstance(found, Gap), found
    assert judged(parked.parked(found)) == (status, MEDIUM if status is WARN else None)


@pytest.mark.parametrize(("name", "used"), [("nullmx.test", False), ("sendsonly.test", True), ("good.test", True)])
def test_a_name_is_judged_either_as_used_or_as_unused(dns_lab: DnsLab, live: api.Ask, name: str, used: bool) -> None:
    targets = dns_lab.targets(name)
    facts = [*dmarc_policies.function(live, targets), *signing_keys.function(live, targets, Mail())]
    assert [not isinstance(fact, Gap) for fact in facts] == [used, used]
    (unused,) = unused_names.function(live, targets)
    assert isinstance(unused, Gap) is used
