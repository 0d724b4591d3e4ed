from __future__ import annotations

from dataclasses import replace

import pytest

from itaudit import api
from itaudit.checks.disks.self_test import Settings, self_test
from itaudit.facts.drive import Drive
from itaudit.facts.self_tests import SelfTests

DISK = Drive("drive W1", "/dev/sda", "WDC WD20", "W1", way="-d sat /dev/sda", spinning=True, hours=20000)
FAIL = (api.Status.FAIL, None)
LATE = (api.Status.WARN, api.Severity.LOW)
FINE = (api.Status.OK, None)
YEAR = 365 * 24


@pytest.mark.parametrize(
    ("drive", "expected"),
    [
        (replace(DISK, tests=SelfTests(hours_ago=5)), FINE),
        (replace(DISK, tests=SelfTests(hours_ago=YEAR + 23)), FINE),
        (replace(DISK, tests=SelfTests(hours_ago=YEAR + 24)), LATE),
        (replace(DISK, tests=SelfTests(hours_ago=YEAR + 24), spinning=False), FINE),
        (replace(DISK, tests=SelfTests(hours_ago=YEAR + 24), spinning=None), FINE),
        (replace(DISK, tests=SelfTests(never=True)), LATE),
        (replace(DISK, tests=SelfTests(never=True), hours=YEAR), FINE),
        (replace(DISK, tests=SelfTests(never=True), hours=None), (api.Status.SKIPPED, None)),
        (replace(DISK, tests=SelfTests(failed=True, hours_ago=5)), FAIL),
        (replace(DISK, tests=SelfTests(failed=True), hours=None, spinning=False), FAIL),
        (DISK, (api.Status.SKIPPED, None)),
    ],
)
def test_tests_are_judged_by_their_result_and_their_age(drive: Drive, expected: tuple[api.Status, api.Severity | None]) -> None:
    verdict = self_test(drive, Settings())
    assert (verdict.status, verdict.severity) == expected
    assert (verdict.remedy is not None) is (verdict.status in (api.Status.WARN, api.Status.FAIL))


def test_the_owner_reads_how_long_ago_and_the_technician_what_to_type() -> None:
    verdict = self_test(replace(DISK, tests=SelfTests(hours_ago=400 * 24)), Settings())
    assert verdict.summary == "The drive WDC WD20 (serial number W1, /dev/sda) tested itself 400 days of running ago."
    assert verdict.measurements == (api.Measurement("days", 400, api.Unit.DAYS),)
    assert verdict.remedy is not None
    assert verdict.remedy.steps == (
        "smartctl -t long -d sat /dev/sda",
        "every month by smartd, a line in /etc/smartd.conf: /dev/sda -d sat -a -s L/../01/./03",
    )


def test_a_drive_that_never_did_is_told_so() -> None:
    assert (
        "has never tested itself in 833 days of running"
        in self_test(replace(DISK, tests=SelfTests(never=True)), Settings()).summary
    )
