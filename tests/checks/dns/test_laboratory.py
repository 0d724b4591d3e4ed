"""The whole area through the engine, against the laboratory: what an owner would read."""

from __future__ import annotations

from pathlib import Path

import pytest

from itaudit.config import Configuration
from itaudit.config_validation import validate
from itaudit.engine import run
from itaudit.evidence.bundle import Bundle, Recorder
from itaudit.evidence.questions import Source
from itaudit.judging import WHOLE_MACHINE
from itaudit.model import Finding, Status
from itaudit.plugins import Catalogue, discover
from lab.dns import DnsLab, scripted, silence

NAMES = (
    "resolve delegation server_networks zone_start open_recursion zone_transfer version_shown mx spf dmarc"
    " resolver_reachable resolver_latency resolver_honest resolver_agreement"
)
CHECKS = {f"dns.{name}" for name in NAMES.split()}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return discover()


def configuration(catalogue: Catalogue, dns_lab: DnsLab, *domains: str, resolver_port: int = 0) -> Configuration:
    table = dns_lab.targets(*domains, resolver_port=resolver_port).model_dump(mode="json")
    return validate({"targets": table}, catalogue, "test")


def scan(source: Source, catalogue: Catalogue, settings: Configuration) -> dict[tuple[str, str], Finding]:
    findings = run(source, catalogue, settings, areas=["dns"]).findings
    return {(finding.check, finding.subject): finding for finding in findings if finding.check in CHECKS}


def test_a_good_name_gets_no_warning(dns_lab: DnsLab, live_source: Source, catalogue: Catalogue) -> None:
    found = scan(live_source, catalogue, configuration(catalogue, dns_lab, "good.test"))
    assert {check for check, _ in found} == CHECKS
    # How soon the laboratory answers hangs on what else this machine does.
    assert {finding.status for (check, _), finding in found.items() if check != "dns.resolver_latency"} == {Status.OK}


def test_one_bad_name_does_not_spoil_the_good_one(dns_lab: DnsLab, live_source: Source, catalogue: Catalogue) -> None:
    found = scan(live_source, catalogue, configuration(catalogue, dns_lab, "failing.test", "good.test"))
    assert found["dns.resolve", "failing.test"].status is Status.FAIL
    assert found["dns.dmarc", "failing.test"].status is Status.UNKNOWN
    assert found["dns.dmarc", "good.test"].status is Status.OK


def test_off_line_everything_is_unknown_except_that_no_look_up_works(
    dns_lab: DnsLab, live_source: Source, catalogue: Catalogue
) -> None:
    with scripted(silence) as port:
        found = scan(live_source, catalogue, configuration(catalogue, dns_lab, "good.test", resolver_port=port))
    assert {check for check, _ in found} == CHECKS
    failed = {check for (check, _), finding in found.items() if finding.status is Status.FAIL}
    unknown = {check for (check, _), finding in found.items() if finding.status is Status.UNKNOWN}
    assert failed == {"dns.resolver_reachable"}
    assert unknown == CHECKS - failed


def test_without_a_name_the_checks_of_names_are_skipped_with_words(
    dns_lab: DnsLab, live_source: Source, catalogue: Catalogue
) -> None:
    found = scan(live_source, catalogue, configuration(catalogue, dns_lab))
    skipped = {check for (check, _), finding in found.items() if finding.status is Status.SKIPPED}
    assert skipped == {check for check in CHECKS if "resolver_" not in check} | {"dns.resolver_agreement"}
    assert "domains = " in found["dns.dmarc", WHOLE_MACHINE].verdict.unlock


def test_a_recording_is_judged_the_same_elsewhere(
    dns_lab: DnsLab, live_source: Source, catalogue: Catalogue, tmp_path: Path
) -> None:
    settings = configuration(catalogue, dns_lab, "lame.test", "eleven.test", "watch.test", "shop.parts.test", "bücher.test")
    recorder = Recorder(live_source)
    visit = scan(recorder, catalogue, settings)
    recording = tmp_path / "visit.jsonl"
    recording.write_text("".join(f"{line.rstrip()}\n" for line in recorder.lines({})))
    replay = scan(Bundle.open(recording), catalogue, settings)
    assert {key: finding.verdict for key, finding in replay.items()} == {key: finding.verdict for key, finding in visit.items()}
    assert visit["dns.delegation", "lame.test"].status is Status.FAIL
