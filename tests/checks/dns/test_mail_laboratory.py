"""One fault is one finding: what the checks of email say together, through the engine, against the laboratory."""

from __future__ import annotations

import pytest

from itaudit.config_validation import validate
from itaudit.engine import run
from itaudit.evidence.questions import Source
from itaudit.facts.targets import Targets
from itaudit.model import Finding, Status
from itaudit.plugins import Catalogue, discover
from lab.dns import DnsLab
from lab.mail import MailLab

MAIL = {
    f"dns.{name}"
    for name in ["mx", "mx_reverse", "starttls", "mta_sts", "tls_reports", "spf", "spf_sender", "dmarc", "dkim", "parked"]
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return discover()


def findings(source: Source, catalogue: Catalogue, targets: Targets, *areas: str) -> tuple[Finding, ...]:
    settings = validate({"targets": targets.model_dump(mode="json")}, catalogue, "test")
    return run(source, catalogue, settings, areas=list(areas)).findings


@pytest.mark.parametrize(
    ("name", "declared", "said"),
    [
        ("webonly.test", False, {("dns.parked", Status.FAIL)}),
        ("nomx.test", False, {("dns.parked", Status.FAIL)}),
        ("emptypark.test", False, {("dns.parked", Status.FAIL)}),
        ("openpark.test", False, {("dns.parked", Status.FAIL)}),
        ("quietweb.test", False, {("dns.parked", Status.WARN)}),
        ("good.test", True, {("dns.parked", Status.WARN)}),
        ("mxgone.test", True, {("dns.parked", Status.FAIL)}),
        ("healthyquiet.test", False, set()),
        ("nullmx.test", False, set()),
    ],
)
def test_of_a_name_without_email_only_one_check_speaks(
    dns_lab: DnsLab,
    live_source: Source,
    catalogue: Catalogue,
    name: str,
    declared: bool,
    said: set[tuple[str, Status]],
) -> None:
    targets = dns_lab.targets(name, without_mail=(name,) if declared else ())
    found = [each for each in findings(live_source, catalogue, targets, "dns") if each.check in MAIL]
    assert {(each.check, each.status) for each in found if each.status in (Status.WARN, Status.FAIL)} == said
    assert not [each.check for each in found if each.status is Status.UNKNOWN]


@pytest.mark.parametrize(
    ("name", "encryption", "certificate"),
    [
        ("expiredmail.test", Status.OK, Status.FAIL),
        ("untrustedmail.test", Status.WARN, Status.OK),
        ("othernamemail.test", Status.WARN, Status.OK),
    ],
)
def test_a_mail_servers_certificate_is_judged_once(
    mail_lab: MailLab, live_source: Source, catalogue: Catalogue, name: str, encryption: Status, certificate: Status
) -> None:
    found = findings(live_source, catalogue, mail_lab.targets(name), "dns", "lifecycle")
    said = {
        each.check: each.status
        for each in found
        if each.check == "dns.starttls" or (each.check == "lifecycle.certificates" and each.subject.startswith("mx1."))
    }
    assert said == {"dns.starttls": encryption, "lifecycle.certificates": certificate}
