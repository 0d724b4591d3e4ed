"""A machine with real drives and real trouble, recorded by the slow lane (`make test-vm`, tests/vm) and judged anew here.

What is expected was worked out from what tests/vm/guest.sh did to the machine, not from what itaudit says of it.
"""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path

import pytest

from itaudit.errors import NotRecorded
from itaudit.evidence.bundle import Bundle
from itaudit.model import Finding, Severity, Status
from itaudit.scan import Request, scan_machine

FRESH = os.environ.get("ITAUDIT_BUNDLES", "")
"""The slow lane sets the variable, and has its fresh recordings judged instead of those that are kept."""
BUNDLES = Path(FRESH or Path(__file__).parents[1] / "bundles")
STATES = ("sound", "unreliable-nvme", "degraded", "rebuilding", "failing")


@cache
def judged(state: str) -> tuple[Finding, ...]:
    """Every finding of a state."""
    request = Request(areas=("disks",), replay=BUNDLES / f"{state}.jsonl.gz")
    return scan_machine(request, None, lambda progress: None).assessment.scan.findings


def amiss(state: str) -> dict[tuple[str, str], tuple[Status, Severity]]:
    """What is neither ok nor skipped.

    A kept recording may not hold what facts have learnt to ask since: that is no failure here. What it showed must stay seen.
    """
    quiet = (Status.OK, Status.SKIPPED)
    never_asked = () if FRESH else (f"Could not be checked, because {NotRecorded.words}.",)
    found = (each for each in judged(state) if each.status not in quiet and each.verdict.summary not in never_asked)
    return {(each.check, each.subject): (each.status, each.severity) for each in found}


def one(state: str, check: str, subject: str) -> Finding:
    (found,) = (each for each in judged(state) if (each.check, each.subject) == (check, subject))
    return found


FAIL, WARN, UNKNOWN = Status.FAIL, Status.WARN, Status.UNKNOWN
CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
# QEMU's SCSI drives keep no health record. One says that QEMU made it and is excused; this one claims to be a real drive.
SILENT = {
    ("disks.health", "drive ROOM1"): (UNKNOWN, CRITICAL),
    ("disks.sectors", "drive ROOM1"): (UNKNOWN, HIGH),
    ("disks.self_test", "drive ROOM1"): (UNKNOWN, HIGH),
    ("disks.wear", "drive ROOM1"): (UNKNOWN, HIGH),
    ("disks.temperature", "drive ROOM1"): (UNKNOWN, MEDIUM),
    ("disks.error_log", "drive ROOM1"): (UNKNOWN, LOW),
}
REFUSING = {(check, "drive WEAK1"): verdict for (check, _), verdict in SILENT.items()}
DROPPED_OUT = {("disks.kernel_errors", "sdb"): (FAIL, HIGH)}


def test_a_sound_machine_is_quiet() -> None:
    assert amiss("sound") == SILENT


def test_a_drive_that_warns_of_itself_is_named_and_a_monthly_comparison_is_no_fault() -> None:
    assert amiss("unreliable-nvme") == SILENT | {("disks.health", "drive NVME1"): (FAIL, CRITICAL)}
    assert "no longer reliable" in one("unreliable-nvme", "disks.health", "drive NVME1").verdict.summary
    assert "check = " in one("unreliable-nvme", "disks.raid", "md0").verdict.detail


def test_a_mirror_that_lost_a_drive_is_critical() -> None:
    assert amiss("degraded") == SILENT | DROPPED_OUT | {("disks.raid", "md0"): (FAIL, CRITICAL)}
    assert "only 1 of its 2 drives" in one("degraded", "disks.raid", "md0").verdict.summary


def test_a_mirror_under_repair_is_watched_and_a_drive_that_refuses_to_tell_its_health_is_not_known() -> None:
    assert amiss("rebuilding") == SILENT | REFUSING | DROPPED_OUT | {("disks.raid", "md0"): (WARN, HIGH)}
    assert "rebuilt with 1 of 2 drives" in one("rebuilding", "disks.raid", "md0").verdict.summary


def test_each_of_many_faults_at_once_is_told_of_its_own_drive() -> None:
    assert amiss("failing") == SILENT | DROPPED_OUT | {
        # The store that grows, 96 % full.
        ("disks.lvm_pools", "office/pool"): (FAIL, CRITICAL),
        # The sector that cannot be read, and the place that is planned but not in use.
        ("disks.kernel_errors", "sdc"): (WARN, MEDIUM),
        ("disks.missing_mounts", "/data"): (FAIL, HIGH),
        # The drive whose cable fell out, with a file system of each kind.
        ("disks.lvm", "office"): (FAIL, CRITICAL),
        ("disks.kernel_errors", "sde"): (WARN, MEDIUM),
        ("disks.read_only", "/archive"): (FAIL, CRITICAL),
        ("disks.file_system_errors", "/archive"): (FAIL, HIGH),
        # The stick that was pulled out while it was written to.
        ("disks.read_only", "/media/stick"): (FAIL, HIGH),
        ("disks.kernel_errors", "sdf"): (WARN, MEDIUM),
    }


def test_encryption_is_seen_through_the_volumes_that_lie_on_it() -> None:
    # This is how Debian's installer encrypts: a drive, its encryption, a group of volumes, the place.
    home = one("sound", "disks.encryption", "/home")
    assert home.status is Status.OK
    assert "/dev/nvme0n1 > /dev/mapper/locked > /dev/mapper/private-home" in home.verdict.detail


@pytest.mark.parametrize("state", STATES)
def test_a_drive_is_named_by_all_that_finds_it(state: str) -> None:
    summary = one(state, "disks.health", "drive LEFT1").verdict.summary
    assert summary.startswith("The drive LAB HDD (134 MB, serial number LEFT1, /dev/sda, holds /srv)")


@pytest.mark.parametrize("state", STATES)
def test_a_recording_is_whole_small_and_tells_nothing_of_where_it_was_made(state: str) -> None:
    path = BUNDLES / f"{state}.jsonl.gz"
    bundle = Bundle.open(path)
    assert (bundle.complete, bundle.machine.host, bundle.machine.admin) == (True, "office-server", True)
    assert path.stat().st_size < 30_000
    assert str(Path(__file__).parents[2]).encode() not in gzip.decompress(path.read_bytes())


def test_smartctl_answered_for_drives_of_all_three_kinds() -> None:
    text = gzip.decompress((BUNDLES / "sound.jsonl.gz").read_bytes()).decode()
    asked = [
        record
        for line in text.splitlines()
        if (record := json.loads(line)).get("question", {}).get("argv", [""])[0] == "smartctl"
    ]
    bodies = [json.loads(record["answer"]["body"]) for record in asked if "-a" in record["question"]["argv"]]
    assert {body["device"]["protocol"] for body in bodies} == {"ATA", "NVMe", "SCSI"}
