from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.disks.kernel_errors import Settings, kernel_errors
from itaudit.facts.kernel_log import StorageErrors


@pytest.mark.parametrize(
    ("lost", "failed", "present", "status", "severity"),
    [
        (0, 0, True, api.Status.OK, None),
        (0, 2, True, api.Status.OK, None),
        (0, 3, True, api.Status.WARN, api.Severity.MEDIUM),
        (0, 20, True, api.Status.WARN, api.Severity.MEDIUM),
        (0, 21, True, api.Status.FAIL, None),
        (1, 0, True, api.Status.FAIL, None),
        (9, 99, False, api.Status.WARN, api.Severity.MEDIUM),
        (0, 1, False, api.Status.OK, None),
    ],
)
def test_damage_fails_at_once_and_failed_requests_when_they_are_many(
    lost: int, failed: int, present: bool, status: api.Status, severity: api.Severity | None
) -> None:
    verdict = kernel_errors(StorageErrors("sda", "sda", lost, failed, "", present), Settings())
    assert (verdict.status, verdict.severity) == (status, severity)


def test_the_owner_reads_how_many_and_the_technician_the_newest() -> None:
    verdict = kernel_errors(StorageErrors("sda", "the drive WDC (sda)", 1, 0, "I/O error, dev sda"), Settings())
    assert verdict.summary == "The computer has met 1 error on the drive WDC (sda) in the last 7 days."
    assert verdict.detail == "sda: 1 of damage, 0 of failed requests; newest: I/O error, dev sda"
    assert verdict.remedy is not None
    assert verdict.remedy.steps[:2] == ("journalctl -k -p warning --since=-7d | grep sda", "smartctl -x /dev/sda")
    assert (
        kernel_errors(StorageErrors("sda", "sda"), Settings()).summary
        == "The computer has met no errors on sda in the last 7 days."
    )


def test_errors_from_before_the_last_start_may_be_of_a_drive_that_was_replaced() -> None:
    verdict = kernel_errors(StorageErrors("sda", "sda", 5, 0, current=False), Settings())
    assert (verdict.status, verdict.severity) == (api.Status.WARN, api.Severity.MEDIUM)
    assert verdict.summary == (
        "The computer has met 5 errors on sda in the last 7 days, all before the computer was last started."
    )
    gone = kernel_errors(StorageErrors("sda", "sda", 5, 0, present=False, current=False), Settings())
    assert gone.summary.endswith("in the last 7 days, and it is no longer connected.")


@pytest.mark.parametrize("device", ["loop1", "dm-3", "md0", "zd16"])
def test_what_is_no_drive_has_no_cable_to_change(device: str) -> None:
    remedy = kernel_errors(StorageErrors(device, device, 1, 0), Settings()).remedy
    assert remedy is not None
    assert remedy.action == f"Check the file system on {device} and the drives below it, and make a fresh backup."
    assert not any("cable" in step or "smartctl" in step for step in remedy.steps)
    assert f"lsblk -s -o NAME,TYPE,MODEL,SERIAL,MOUNTPOINT /dev/{device}" in remedy.steps
