"""docs/drives-coverage.md is true: every recorded drive, judged by every check of drives, beside what smartctl says.

To write the page anew: ITAUDIT_WRITE_DOCS=1 .venv/bin/python -m pytest tests/test_drives_coverage.py
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checks.disks.test_recorded_drives import DRIVE_CHECKS, judged
from itaudit import api
from itaudit.facts.drive import drive_of
from itaudit.facts.smartctl import Report

PAGE = Path(__file__).parent.parent / "docs" / "drives-coverage.md"
WRITE = "ITAUDIT_WRITE_DOCS"
MACHINE = api.Machine("office-server", "linux", datetime(2026, 11, 22, 12, tzinfo=UTC), admin=True)
CHECKS = sorted(found.id for found in DRIVE_CHECKS)
LOUD = (api.Status.FAIL, api.Status.WARN, api.Status.UNKNOWN)
VENDORS_OWN = frozenset((1, 7, 188, 195))
"""Attributes whose raw value is the vendor's own or several numbers packed into one, whatever they are called."""
PACKED = re.compile(r"[0-9]{8,}|[0-9]+(?: [0-9]+)+|0x[0-9a-f]+")
BITS = {
    1: "did not understand",
    2: "could not open",
    4: "a command failed",
    8: "failing",
    16: "at a limit now",
    32: "at a limit before",
}
LOGS = {64: "errors in the log", 128: "a test found errors"}
SPOILED = {
    "it says that it fails": ({"passed": False}, 0, "disks.health"),
    "bit 3: it is failing": ({"passed": True}, 8, "disks.health"),
    "bit 3, and no verdict of its own": ({}, 8, "disks.health"),
    "bit 4: an attribute is at its limit": ({"passed": True}, 16, "disks.health"),
    "bit 7: a test found errors": ({"passed": True}, 128, "disks.self_test"),
}
"""No recorded drive fails, so each is judged again as if it did: its verdict, a bit of the exit status, who must hear it."""

HEAD = f"""<!-- Made by tests/test_drives_coverage.py. To write it anew:
{WRITE}=1 .venv/bin/python -m pytest tests/test_drives_coverage.py -->

# What is said of real drives

The reports of 84 real drives (`smartctl --json`, recorded by the smartctl_exporter project of the Prometheus community), each
judged at first sight, without history. Tests keep this page true, and fail when a drive that smartctl fails is not told of, or
when a report that smartctl calls healthy fails `disks.health`. `-` means that a drive does not say it.

"""


def verdicts(report: Mapping[str, Any]) -> dict[str, api.Verdict]:
    drive = drive_of(Report.model_validate(report), "/dev/sda")
    return {found.id: judged(found, drive, MACHINE) for found in DRIVE_CHECKS}


def statuses(report: Mapping[str, Any]) -> dict[str, api.Status]:
    return {check: verdict.status for check, verdict in verdicts(report).items()}


def smartctl_says(report: Mapping[str, Any]) -> str:
    """Read without our parser."""
    passed, status = report.get("smart_status", {}).get("passed"), report["smartctl"]["exit_status"]
    words = {True: "passed", False: "FAILED", None: "no verdict"}[passed]
    return ", ".join([words, *(said for bit, said in (BITS | LOGS).items() if status & bit)])


def spoiled(report: Mapping[str, Any], verdict: Mapping[str, Any], bit: int) -> dict[str, Any]:
    status = report["smartctl"]["exit_status"] | bit
    return {**report, "smart_status": verdict, "smartctl": {**report["smartctl"], "exit_status": status}}


def packed(report: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
    """Attributes that nobody may alarm on by their raw value alone, and that are not 0."""
    for each in report.get("ata_smart_attributes", {}).get("table", []):
        raw = each["raw"]["string"]
        if raw.strip("0 ") and (each["id"] in VENDORS_OWN or PACKED.fullmatch(raw)):
            yield each["id"], each["name"], raw


def page(reports: Mapping[str, dict[str, Any]]) -> str:
    return HEAD + "\n".join([*_drives(reports), "", *_spoiled(reports), "", *_quiet(reports)]) + "\n"


def _drives(reports: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    yield from (
        "## Each drive",
        "",
        f"| drive | smartctl | {' | '.join(CHECKS)} | what is told |",
        "|---" * (len(CHECKS) + 3) + "|",
    )
    for name, report in reports.items():
        said = verdicts(report)
        marks = ["-" if said[check].status is api.Status.SKIPPED else said[check].status.value for check in CHECKS]
        told = " ".join(said[check].summary.partition(") ")[2] for check in CHECKS if said[check].status in LOUD)
        yield f"| {name} | {smartctl_says(report)} | {' | '.join(marks)} | {told} |"


def _spoiled(reports: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    yield from (
        "## The same drives, as if they failed",
        "",
        "| what smartctl would say | judged by | verdicts |",
        "|---|---|---|",
    )
    for title, (verdict, bit, check) in SPOILED.items():
        counted = Counter(verdicts(spoiled(report, verdict, bit))[check].status.value for report in reports.values())
        yield f"| {title} | {check} | {', '.join(f'{count} {status}' for status, count in sorted(counted.items()))} |"


def _quiet(reports: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    yield from ("## Raw values that stay quiet", "", "They are packed, or mean what only the vendor knows.", "")
    yield from ("| attribute | drives | the largest, as smartctl shows it |", "|---|---|---|")
    found: dict[tuple[int, str], list[str]] = {}
    for report in reports.values():
        for number, name, raw in packed(report):
            found.setdefault((number, name), []).append(raw)
    for (number, name), raws in sorted(found.items()):
        largest = max(raws, key=lambda raw: (len(raw), raw))
        yield f"| {number} {name} | {len(raws)} | {largest} |"


@pytest.fixture(scope="module")
def reports(shared_data: Path) -> dict[str, dict[str, Any]]:
    return {file.stem: json.loads(file.read_text()) for file in sorted((shared_data / "smartctl").glob("*.json"))}


def test_the_page_is_what_the_checks_say(reports: dict[str, dict[str, Any]]) -> None:
    now = page(reports)
    if os.environ.get(WRITE) == "1":
        PAGE.write_text(now, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == now, f"write it anew with {WRITE}=1"


@pytest.mark.parametrize("case", SPOILED)
def test_no_drive_that_smartctl_fails_is_green(reports: dict[str, dict[str, Any]], case: str) -> None:
    verdict, bit, check = SPOILED[case]
    said = {name: verdicts(spoiled(report, verdict, bit))[check].status for name, report in reports.items()}
    assert {status for status in said.values() if status not in LOUD} == set()
    assert len(said) == len(reports) > 0


def test_no_healthy_drive_fails_by_its_own_word(reports: dict[str, dict[str, Any]]) -> None:
    healthy = [report for report in reports.values() if smartctl_says(report).startswith("passed")]
    assert {verdicts(report)["disks.health"].status for report in healthy} == {api.Status.OK}


def test_packed_values_change_no_verdict(reports: dict[str, dict[str, Any]]) -> None:
    """Each drive is judged again with its packed values as they are when all is well."""
    seen = 0
    for name, report in reports.items():
        numbers = {number for number, _, _ in packed(report)}
        if not numbers:
            continue
        seen += 1
        clean = json.loads(json.dumps(report))
        for each in clean["ata_smart_attributes"]["table"]:
            if each["id"] in numbers:
                each["raw"] = {"value": 0, "string": "0"}
        assert statuses(report) == statuses(clean), name
    assert seen > 10


PLANTED = [
    (number, attribute, raw)
    for number, attribute in ((188, "Command_Timeout"), (5, "Reallocated_Sector_Ct"), (197, "Current_Pending_Sector"))
    for raw in ("17180131332", "281474976710655", "0x0001000200ff", "4295032833", "65537 3 1")
    if number == 188 or raw != "65537 3 1"  # of a count with more behind it, smartctl shows the count first
]


@pytest.mark.parametrize(("number", "attribute", "raw"), PLANTED)
def test_a_packed_value_in_any_drive_does_not_alarm(
    reports: dict[str, dict[str, Any]], number: int, attribute: str, raw: str
) -> None:
    line = {"id": number, "name": attribute, "value": 100, "thresh": 0, "raw": {"value": 1 << 40, "string": raw}}
    for name, report in reports.items():
        if "ata_smart_attributes" in report:
            table = [each for each in report["ata_smart_attributes"]["table"] if each["id"] != number]
            without, planted = ({**report, "ata_smart_attributes": {"table": rows}} for rows in (table, [*table, line]))
            assert statuses(planted) == statuses(without), name
