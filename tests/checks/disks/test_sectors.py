from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.disks.sectors import Settings, sectors
from itaudit.facts.drive import Drive

WELL = Drive("drive W1", "/dev/sda", "WDC WD20", "W1", spinning=True, unreadable=0, replaced=0, uncorrected=0)
SMALL = (api.Status.WARN, api.Severity.LOW)


@pytest.mark.parametrize(
    ("drive", "expected"),
    [
        (WELL, (api.Status.OK, None)),
        (replace(WELL, unreadable=1), (api.Status.FAIL, None)),
        (replace(WELL, replaced=1), SMALL),
        (replace(WELL, replaced=50), SMALL),
        (replace(WELL, replaced=51), (api.Status.FAIL, None)),
        (replace(WELL, uncorrected=10), SMALL),
        (replace(WELL, uncorrected=11), (api.Status.FAIL, None)),
        (replace(WELL, self_test_failed=True), (api.Status.FAIL, None)),
        (Drive("drive X", "/dev/sdb", "X", self_test_failed=True), (api.Status.FAIL, None)),
        (Drive("drive X", "/dev/sdb", "X"), (api.Status.SKIPPED, None)),
    ],
)
def test_damaged_places_are_judged_at_first_sight(drive: Drive, expected: tuple[api.Status, api.Severity | None]) -> None:
    verdict = sectors(drive, api.History(), Settings())
    assert (verdict.status, verdict.severity) == expected
    assert (verdict.remedy is not None) is (expected[0] in (api.Status.WARN, api.Status.FAIL))


@pytest.mark.parametrize(
    ("name", "before", "now", "status"),
    [
        ("replaced", [3.0], 3, api.Status.WARN),
        ("replaced", [3.0], 4, api.Status.FAIL),
        ("replaced", [1.0, 4.0], 4, api.Status.WARN),
        ("uncorrected", [0.0], 1, api.Status.FAIL),
        ("uncorrected", [5.0], 2, api.Status.WARN),
    ],
)
def test_a_count_that_grew_since_the_last_scan_fails(
    machine: api.Machine, name: str, before: list[float], now: int, status: api.Status
) -> None:
    points = [api.Point(machine.now - timedelta(days=10 - day), value) for day, value in enumerate(before)]
    past = api.History(lambda asked: points if asked == name else ())
    drive = replace(WELL, replaced=now) if name == "replaced" else replace(WELL, uncorrected=now)
    verdict = sectors(drive, past, Settings())
    assert verdict.status is status
    assert ("more than before" in verdict.summary) is (status is api.Status.FAIL)


def test_every_count_that_the_drive_keeps_goes_into_the_history() -> None:
    verdict = sectors(replace(WELL, unreadable=2, replaced=None), api.History(), Settings())
    assert [(each.name, each.value) for each in verdict.measurements] == [("unreadable", 2), ("uncorrected", 0)]
    assert verdict.summary == "The drive WDC WD20 (/dev/sda) reports 2 places it cannot read."
