from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.disks.missing_mounts import missing_mounts
from itaudit.facts.fstab import PlannedMount


@pytest.mark.parametrize(
    ("options", "mounted", "present", "status", "severity"),
    [
        ("defaults", True, None, api.Status.OK, None),
        ("defaults", False, True, api.Status.FAIL, None),
        ("defaults", False, False, api.Status.FAIL, None),
        ("defaults", False, None, api.Status.FAIL, None),
        ("rw,nofail", False, True, api.Status.FAIL, None),
        ("rw,nofail", False, False, api.Status.WARN, api.Severity.LOW),
        ("rw,nofail", False, None, api.Status.WARN, api.Severity.LOW),
    ],
)
def test_a_disk_that_may_be_carried_away_is_milder_than_one_that_must_be_there(
    options: str, mounted: bool, present: bool | None, status: api.Status, severity: api.Severity | None
) -> None:
    verdict = missing_mounts(PlannedMount("/data", "UUID=1", "ext4", options, mounted, present))
    assert (verdict.status, verdict.severity) == (status, severity)
    assert (verdict.remedy is None) is mounted


def test_the_technician_reads_the_line_and_whether_the_device_is_there() -> None:
    verdict = missing_mounts(PlannedMount("/data", "UUID=1", "ext4", "defaults", mounted=False, device_present=False))
    assert verdict.detail == "/etc/fstab: UUID=1 /data ext4 defaults: not mounted; the kernel has no such device"
    assert verdict.summary == "/data should be in use since the start of the computer, and is not."
