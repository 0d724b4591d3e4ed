from __future__ import annotations

from dataclasses import replace

import pytest

from itaudit import api
from itaudit.checks.disks.health import health
from itaudit.facts.drive import Drive
from itaudit.facts.drive_alarms import Alarm

WELL = Drive("drive S1", "/dev/nvme0", "Samsung SSD 970", "S1", spare_percent=100, spare_least_percent=10)
FAILING = (api.Status.FAIL, None, {api.Flag.FAILING_NOW})
FINE = (api.Status.OK, None, set[api.Flag]())


@pytest.mark.parametrize(
    ("drive", "expected"),
    [
        (WELL, FINE),
        (replace(WELL, passed=False), FAILING),
        (replace(WELL, passed=False, alarms=(Alarm.RELIABILITY,)), FAILING),
        (replace(WELL, passed=False, alarms=(Alarm.READ_ONLY,)), FAILING),
        (replace(WELL, passed=False, alarms=(Alarm.SPARE,)), FAILING),
        (replace(WELL, passed=False, alarms=(Alarm.PERSISTENT_MEMORY,)), FAILING),
        (replace(WELL, passed=False, alarms=(Alarm.TEMPERATURE, Alarm.RELIABILITY)), FAILING),
        (replace(WELL, spare_percent=10), FAILING),
        (replace(WELL, spare_percent=11), FINE),
        (replace(WELL, spare_percent=100, spare_least_percent=100), FINE),
        (replace(WELL, spare_percent=0, spare_least_percent=10), FAILING),
        (replace(WELL, spare_percent=0, spare_least_percent=0), FINE),  # virtual drives keep no spare, and say 0 of 0
        (replace(WELL, spare_percent=64, spare_least_percent=255), FINE),  # no percentage: seen on a healthy Samsung 980 PRO
        (replace(WELL, passed=False, alarms=(Alarm.BACKUP_POWER,)), (api.Status.WARN, api.Severity.MEDIUM, set())),
        (replace(WELL, passed=False, alarms=(Alarm.TEMPERATURE,)), FINE),  # disks.temperature judges heat
        (replace(WELL, failing=("5 Reallocated_Sector_Ct 9, limit 10",)), (api.Status.FAIL, None, {api.Flag.EARLY_WARNING})),
        (replace(WELL, failed_before=("190 Airflow_Temperature_Cel 40, limit 45",)), FINE),
        (replace(WELL, passed=None), (api.Status.UNKNOWN, None, set())),
        (replace(WELL, unclear=True), (api.Status.UNKNOWN, None, set())),
        (replace(WELL, passed=False, unclear=True), FAILING),
    ],
)
def test_what_a_drive_says_of_itself_is_judged(
    drive: Drive, expected: tuple[api.Status, api.Severity | None, set[api.Flag]]
) -> None:
    verdict = health(drive)
    assert (verdict.status, verdict.severity, set(verdict.flags)) == expected
    assert (verdict.remedy is not None) is (expected[0] in (api.Status.WARN, api.Status.FAIL))


def test_the_owner_reads_which_drive_and_why() -> None:
    assert health(replace(WELL, alarms=(Alarm.READ_ONLY,))).summary == (
        "The drive Samsung SSD 970 (serial number S1, /dev/nvme0) says that it accepts no more changes."
    )
    assert "its temperature" in health(replace(WELL, passed=False, alarms=(Alarm.TEMPERATURE,))).summary


def test_a_drive_that_does_not_say_tells_how_to_see_more() -> None:
    assert "smartctl" in health(replace(WELL, passed=None)).unlock
