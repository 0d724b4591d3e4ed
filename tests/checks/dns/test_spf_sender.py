import pytest

from itaudit import api
from itaudit.checks.dns.spf_sender import spf_sender
from itaudit.config_validation import validate
from itaudit.engine import run
from itaudit.evidence.questions import Source
from itaudit.facts.spf_evaluation import Result
from itaudit.facts.spf_senders import Refusal, SenderCoverage
from itaudit.model import Status
from itaudit.plugins import discover
from lab._dns_zones import MAIL
from lab.dns import DnsLab

from .conftest import Plain

ADDRESSES = ("192.0.2.25", "192.0.2.26")


def test_addresses_that_all_pass_are_well(judged: Plain) -> None:
    found = SenderCoverage("a.example", "a.example", ("v=spf1 ip4:192.0.2.0/24 -all",), ADDRESSES)
    assert judged(spf_sender(found)) == (api.Status.OK, None)


def test_an_address_that_does_not_pass_fails_with_the_record_to_copy(judged: Plain) -> None:
    refusals = (Refusal("192.0.2.26", Result.FAIL, "-all"),)
    found = SenderCoverage(
        "a.example",
        "a.example",
        ("v=spf1 ip4:192.0.2.25 -all",),
        ADDRESSES,
        refusals,
        "v=spf1 ip4:192.0.2.25 ip4:192.0.2.26 -all",
    )
    verdict = spf_sender(found)
    assert judged(verdict) == (api.Status.FAIL, None)
    assert verdict.summary == "1 of the 2 address(es) from which you send email may not do so as a.example."
    assert verdict.detail == "v=spf1 ip4:192.0.2.25 -all; 192.0.2.26: fail (-all)"
    assert verdict.remedy
    assert 'a.example. 3600 IN TXT "v=spf1 ip4:192.0.2.25 ip4:192.0.2.26 -all"' in verdict.remedy.steps[-1]


def test_without_a_record_the_detail_says_so(judged: Plain) -> None:
    refusals = (Refusal("192.0.2.26", Result.NONE, ""),)
    verdict = spf_sender(SenderCoverage("a.example", "a.example", (), ADDRESSES, refusals, "v=spf1 ip4:192.0.2.26 ~all"))
    assert judged(verdict) == (api.Status.FAIL, None)
    assert verdict.detail == "no SPF record; 192.0.2.26: none"


@pytest.mark.parametrize(
    ("senders", "status"),
    [([MAIL], Status.OK), ([MAIL, "192.0.2.26"], Status.FAIL), ([], Status.SKIPPED)],
)
def test_through_the_engine_the_addresses_of_the_configuration_are_judged(
    dns_lab: DnsLab, live_source: Source, senders: list[str], status: Status
) -> None:
    catalogue = discover()
    tables = {"targets": dns_lab.targets("good.test").model_dump(mode="json"), "mail": {"sends_from": senders}}
    findings = run(live_source, catalogue, validate(tables, catalogue, "test"), areas=["dns"]).findings
    assert [finding.status for finding in findings if finding.check == "dns.spf_sender"] == [status]


def test_a_record_too_long_to_copy_is_not_shown() -> None:
    refusals = (Refusal("192.0.2.26", Result.PERMERROR, "many"),)
    found = SenderCoverage("a.example", "a.example", ("v=spf1 -all",), ADDRESSES, refusals, "v=spf1 " + "mx " * 5000)
    remedy = spf_sender(found).remedy
    assert remedy
    assert len("".join(remedy.steps)) < 1000
