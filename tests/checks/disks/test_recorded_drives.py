"""Every drive whose report was recorded goes through every check of drives, as it is and with its own verdict turned bad."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from itaudit import api
from itaudit.checks.disks.health import health
from itaudit.facts.drive import Drive, drive_of
from itaudit.facts.smartctl import Report
from itaudit.needs import needs_of
from itaudit.plugins import FoundCheck, discover

DRIVE_CHECKS = [found for found in discover().checks.values() if (needs_of(found.check).one or ("", None))[1] is Drive]
DEVICE = "/dev/sda"


@pytest.fixture(scope="module")
def reports(shared_data: Path) -> dict[str, dict[str, Any]]:
    """What `smartctl -a --json` said of each drive, by the name of the file."""
    return {file.stem: json.loads(file.read_text()) for file in sorted((shared_data / "smartctl").glob("*.json"))}


def says_failed(report: dict[str, Any]) -> bool:
    """Read without our parser: the drive's own verdict, or bit 3 of smartctl's exit status ("DISK FAILING")."""
    return report.get("smart_status", {}).get("passed") is False or bool(report["smartctl"]["exit_status"] & 8)


def judged(found: FoundCheck, drive: Drive, machine: api.Machine) -> api.Verdict:
    kinds = needs_of(found.check)
    assert kinds.one
    given = {api.Machine: machine, api.History: api.History(), found.settings: found.settings()}
    return found.check(**{kinds.one[0]: drive}, **{name: given[kind] for name, kind in kinds.given.items()})


def spoiled(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same drive, saying in each of the ways there are that it fails."""
    yield {**report, "smart_status": {"passed": False}}
    status = report["smartctl"]["exit_status"] | 8
    yield {**report, "smartctl": {**report["smartctl"], "exit_status": status}}


def test_all_checks_of_drives_are_meant() -> None:
    names = {found.id for found in DRIVE_CHECKS}
    assert names >= {"disks.error_log", "disks.health", "disks.sectors", "disks.self_test", "disks.temperature", "disks.wear"}


@pytest.mark.parametrize("found", DRIVE_CHECKS, ids=lambda found: found.id)
def test_a_check_has_a_sentence_for_every_recorded_drive(
    found: FoundCheck, reports: dict[str, dict[str, Any]], machine: api.Machine
) -> None:
    for name, report in reports.items():
        drive = drive_of(Report.model_validate(report), DEVICE)
        verdict = judged(found, drive, machine)
        model = " ".join((report.get("model_name") or report["scsi_model_name"]).split())
        assert verdict.summary.startswith(f"The drive {model} ("), name
        assert verdict.summary.endswith("."), name
        assert (verdict.remedy is not None) is (verdict.status in (api.Status.WARN, api.Status.FAIL)), name


def test_no_drive_that_says_it_fails_is_healthy(reports: dict[str, dict[str, Any]]) -> None:
    failing = {name: report for name, report in reports.items() if says_failed(report)}
    failing |= {f"{name} {number}": bad for name, report in reports.items() for number, bad in enumerate(spoiled(report))}
    assert all(says_failed(report) for report in failing.values())
    verdicts = {name: health(drive_of(Report.model_validate(report), DEVICE)) for name, report in failing.items()}
    assert len(verdicts) >= 2 * len(reports) > 0
    assert {name for name, verdict in verdicts.items() if verdict.status is not api.Status.FAIL} == set()


def test_every_drive_that_says_it_is_well_is_healthy(reports: dict[str, dict[str, Any]]) -> None:
    well = [report for report in reports.values() if not says_failed(report)]
    verdicts = [health(drive_of(Report.model_validate(report), DEVICE)) for report in well]
    assert verdicts
    assert [verdict.summary for verdict in verdicts if verdict.status is not api.Status.OK] == []
