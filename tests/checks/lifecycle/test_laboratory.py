"""Certificates and registrations through the engine, against the laboratory: what an owner would read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from itaudit.config_validation import validate
from itaudit.engine import run
from itaudit.evidence.bundle import Bundle, Recorder
from itaudit.evidence.questions import Source
from itaudit.model import Finding, Severity, Status
from itaudit.plugins import Catalogue, discover
from lab._zones_tls import name_of
from lab.dns import DnsLab
from lab.tls import TlsLab

CHECKS = ("lifecycle.certificates", "lifecycle.domain_registration")
OK, WARN, FAIL, UNKNOWN = Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN
CRITICAL, HIGH, MEDIUM = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM

GALLERY = {
    "ok": (OK, HIGH),
    "short": (OK, HIGH),
    "wildcard": (OK, HIGH),
    "near": (WARN, MEDIUM),
    "soon": (FAIL, HIGH),
    "expired": (FAIL, CRITICAL),
    "wrongandexpired": (FAIL, CRITICAL),
    "future": (FAIL, HIGH),
    "wronghost": (FAIL, HIGH),
    "selfsigned": (FAIL, HIGH),
    "untrusted": (FAIL, HIGH),
    "incomplete": (FAIL, HIGH),
    "weak": (FAIL, MEDIUM),
    "tls10": (WARN, MEDIUM),
    "tls11too": (WARN, MEDIUM),
    "plain": (FAIL, HIGH),
    "closes": (UNKNOWN, HIGH),
}
REGISTRY = {
    "good.test": (OK, HIGH),
    "near.test": (FAIL, HIGH),
    "late.test": (FAIL, CRITICAL),
    "held.test": (FAIL, CRITICAL),
    "untold.test": (UNKNOWN, HIGH),
    "unknown.test": (UNKNOWN, HIGH),
    "html.test": (UNKNOWN, HIGH),
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return discover()


def scan(source: Source, catalogue: Catalogue, check: str, targets: dict[str, Any]) -> dict[str, Finding]:
    findings = run(source, catalogue, validate({"targets": targets}, catalogue, "test"), areas=["lifecycle"]).findings
    return {finding.subject: finding for finding in findings if finding.check == check}


def judged(found: dict[str, Finding]) -> dict[str, tuple[Status, Severity]]:
    return {subject: (finding.status, finding.severity) for subject, finding in found.items()}


def test_every_rogue_is_known_for_what_it_is_live_and_replayed(
    dns_lab: DnsLab, tls_lab: TlsLab, live_source: Source, catalogue: Catalogue, tmp_path: Path
) -> None:
    names = [name_of(kind) for kind in GALLERY]
    targets = {**dns_lab.targets().model_dump(mode="json"), "host_names": names, "https_port": tls_lab.port}
    recorder = Recorder(live_source)
    found = scan(recorder, catalogue, CHECKS[0], targets)
    assert judged(found) == {f"{name_of(kind)}:{tls_lab.port}": expected for kind, expected in GALLERY.items()}
    recording = tmp_path / "visit.jsonl"
    recording.write_text("".join(f"{line.rstrip()}\n" for line in recorder.lines({})))
    replayed = scan(Bundle.open(recording), catalogue, CHECKS[0], targets)
    assert {subject: finding.verdict for subject, finding in replayed.items()} == {
        subject: finding.verdict for subject, finding in found.items()
    }


def test_every_registration_is_known_for_what_it_is(
    dns_lab: DnsLab, registry_url: str, live_source: Source, catalogue: Catalogue
) -> None:
    targets = {**dns_lab.targets(*REGISTRY).model_dump(mode="json"), "registry_url": registry_url}
    found = scan(live_source, catalogue, CHECKS[1], targets)
    assert judged(found) == REGISTRY
    assert all(finding.verdict.unlock for finding in found.values() if finding.status is UNKNOWN)
