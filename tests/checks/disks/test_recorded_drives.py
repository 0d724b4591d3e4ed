"""Every drive whose report was recorded goes through every check of drives, as it is and with its own verdict turned bad."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from itaudit import api
from itaudit.checks.disks.health import health
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.drive import Drive, drive_of
from itaudit.facts.drives import read_report, smart_drives
from itaudit.facts.smartctl import Report
from itaudit.needs import needs_of
from itaudit.plugins import FoundCheck, discover
from lab.providers import ran

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


Recorder = Callable[[Mapping[Question, Answer | str]], Ask]


def leaves(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value of a report that is no list and no object."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield from leaves(value, (*way, key)) if isinstance(value, dict | list) else ((*way, key),)


def with_leaf(report: dict[str, Any], way: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copy = json.loads(json.dumps(report))
    node = copy
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = value
    return dict(copy)


SAYS_ITSELF = {("smartctl", "exit_status"), ("smart_status", "passed"), ("smart_status", "nvme", "value")}
SAYS_ITSELF |= {("nvme_smart_health_information_log", "critical_warning")}
GARBLED: tuple[Any, ...] = (None, "", "x", "12", -1, 0, 255, 1 << 70, float("nan"), float("inf"), [], {}, True)


def health_of(report: dict[str, Any]) -> api.Status:
    """A report that is refused is a gap, hence unknown."""
    try:
        return health(drive_of(read_report(report), DEVICE)).status
    except ValidationError:
        return api.Status.UNKNOWN


def test_a_garbled_value_hides_no_failing_drive_and_makes_no_healthy_one_fail(reports: dict[str, dict[str, Any]]) -> None:
    chance = random.Random(4)
    for name, report in reports.items():
        ways = [way for way in leaves(report) if way not in SAYS_ITSELF]
        for way in chance.sample(ways, 12):
            value = chance.choice(GARBLED)
            assert health_of(with_leaf(report, way, value)) in (api.Status.OK, api.Status.UNKNOWN), (name, way, value)
            for bad in spoiled(report):
                assert health_of(with_leaf(bad, way, value)) is api.Status.FAIL, (name, way, value)


def test_an_attribute_table_told_twice_changes_no_verdict(reports: dict[str, dict[str, Any]], machine: api.Machine) -> None:
    for name, report in reports.items():
        if table := report.get("ata_smart_attributes", {}).get("table"):
            twice = {**report, "ata_smart_attributes": {"table": [*table, *reversed(table)]}}
            once, again = (drive_of(Report.model_validate(each), DEVICE) for each in (report, twice))
            for found in DRIVE_CHECKS:
                assert judged(found, once, machine) == judged(found, again, machine), (name, found.id)


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_report_cut_anywhere_is_one_clear_gap(
    recorded: Recorder, reports: dict[str, dict[str, Any]], machine: api.Machine, fraction: float
) -> None:
    asked = api.Command(("smartctl", "-a", "--json=c", "-d", "sat", DEVICE), timeout=25)
    answers: dict[Question, Answer | str] = {
        api.Glob("/sys/block/*"): '["/sys/block/sda"]',
        api.Glob("/sys/block/*/device"): '["/sys/block/sda/device"]',
        api.Command(("smartctl", "--scan-open", "--json=c"), timeout=15): '{"devices": [{"name": "/dev/sda", "type": "sat"}]}',
    }
    for name, report in reports.items():
        text = json.dumps(report)
        (gap,) = ran(smart_drives.function(recorded(answers | {asked: text[: int(len(text) * fraction)]}), machine))
        assert isinstance(gap, api.Gap), name
        assert (gap.subject, type(gap.error)) == (DEVICE, api.Unreadable), name
        assert gap.error.detail.startswith("not JSON"), name
