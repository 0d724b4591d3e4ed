from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.disks.raid import raid
from itaudit.facts.arrays import Array


@pytest.mark.parametrize(
    ("array", "status", "severity", "words"),
    [
        (Array("md0", "md raid1", wanted=2, working=2), api.Status.OK, None, "has all its drives"),
        (Array("md0", "md raid0", secure=False), api.Status.OK, None, "without security against a failing drive"),
        (Array("controller 0 set 0/0", "RAID5"), api.Status.OK, None, "runs, and misses no drive"),
        (Array("md0", "md", active=False), api.Status.FAIL, None, "does not run"),
        (Array("md0", "md raid1", wanted=2, working=1, failed=("sda1",)), api.Status.FAIL, None, "only 1 of its 2 drives"),
        (
            Array("md0", "md raid1", wanted=2, working=1, progress="recovery = 12.6%"),
            api.Status.WARN,
            None,
            "1 of 2 drives complete",
        ),
        (
            Array("md0", "md raid1", wanted=2, working=1, progress="check = 12.6%"),
            api.Status.FAIL,
            None,
            "only 1 of its 2 drives",
        ),
        (
            Array("md0", "md raid1", wanted=2, working=2, failed=("sda1",)),
            api.Status.WARN,
            api.Severity.MEDIUM,
            "a spare took its place",
        ),
        (Array("md0", "md raid1", wanted=2, working=2, progress="recovery = 1%"), api.Status.OK, None, "has all its drives"),
        (
            Array("md0", "md raid6", wanted=4, working=2, progress="recovery = 1%", filling=1),
            api.Status.FAIL,
            None,
            "is being rebuilt with 2 of 4 drives complete, and 1 more is missing",
        ),
        (
            Array("md0", "md raid6", wanted=5, working=2, progress="recovery = 1%", filling=1),
            api.Status.FAIL,
            None,
            "and 2 more are missing",
        ),
        (Array("tank", "zfs", degraded=True), api.Status.FAIL, None, "is not complete"),
        (Array("tank", "zfs", degraded=True, progress="recovery"), api.Status.WARN, None, "is being rebuilt"),
    ],
)
def test_a_set_of_drives_is_judged_by_who_is_missing(
    array: Array, status: api.Status, severity: api.Severity | None, words: str
) -> None:
    verdict = raid(array)
    assert (verdict.status, verdict.severity) == (status, severity)
    assert words in verdict.summary
    assert (verdict.remedy is None) is (status is api.Status.OK)


@pytest.mark.parametrize(
    ("array", "waits"),
    [
        (Array("md0", "md raid1", wanted=2, working=1, failed=("sda1",), progress="recovery = 12.6%", filling=1), True),
        (Array("md0", "md raid1", wanted=2, working=1, progress="recovery=DELAYED", filling=1), True),
        (Array("controller 0 set 0/0", "RAID5", failed=("252:1",), degraded=True, progress="recovery"), True),
        (Array("tank", "zfs", wanted=3, working=2, failed=("sdb",), progress="recovery (resilver)", degraded=True), True),
        (Array("md0", "md raid6", wanted=4, working=2, progress="recovery = 1%", filling=1), False),
        (Array("md0", "md raid5", wanted=4, working=3, failed=("sdd1",), progress="recovery = 1%", filling=0), False),
        (Array("md0", "md raid1", wanted=2, working=1, failed=("sda1",)), False),
        (Array("md0", "md raid1", wanted=2, working=2, failed=("sda1",)), False),
        (Array("tank", "zfs", degraded=True), False),
        (Array("md0", "md", active=False, progress="recovery = 1%"), False),
    ],
)
def test_while_a_spare_is_being_filled_nobody_is_told_to_buy_a_drive(array: Array, waits: bool) -> None:
    remedy = raid(array).remedy
    assert remedy is not None
    assert remedy.action.startswith("Wait until") is waits
    assert ("Replace" in remedy.action, remedy.cost is None, remedy.lead is api.LeadTime.SETTING) == (not waits, waits, waits)


def test_the_technician_reads_the_whole_state() -> None:
    array = Array(
        "md1", "md raid5", wanted=4, working=3, failed=("sdd1",), progress="recovery = 12.6%", present=("sdc1", "sdb2", "sda2")
    )
    record = "md raid5, active, 3 of 4 working, failed: sdd1, leave in place: sdc1 sdb2 sda2, recovery = 12.6%"
    assert raid(array).detail == record


def test_nobody_is_told_to_leave_in_place_what_is_well() -> None:
    array = Array("md0", "md raid1", wanted=2, working=2, present=("sda1", "sdb1"))
    assert raid(array).detail == "md raid1, active, 2 of 2 working"
