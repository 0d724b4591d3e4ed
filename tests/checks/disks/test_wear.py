from __future__ import annotations

from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.disks.wear import Settings, wear
from itaudit.facts.drive import Drive


def ssd(left: int | None) -> Drive:
    return Drive("drive S", "/dev/nvme0", "Samsung SSD 970", "S", spinning=False, life_left_percent=left)


@pytest.mark.parametrize(
    ("left", "status"),
    [
        (100, api.Status.OK),
        (20, api.Status.OK),
        (19, api.Status.WARN),
        (10, api.Status.WARN),
        (9, api.Status.FAIL),
        (0, api.Status.FAIL),
        (None, api.Status.SKIPPED),
    ],
)
def test_what_is_left_is_judged(machine: api.Machine, left: int | None, status: api.Status) -> None:
    assert wear(ssd(left), api.History(), machine, Settings()).status is status


def test_a_drive_that_wears_out_within_half_a_year_warns_with_the_day(machine: api.Machine) -> None:
    # 1 % in two days, 50 % used now: the other half lasts 100 days after 22 November.
    points = [api.Point(machine.now - timedelta(days=ago), 50 - ago / 2) for ago in range(60, 0, -1)]
    past = api.History(lambda name: points if name == "used" else ())
    verdict = wear(ssd(50), past, machine, Settings())
    assert (verdict.status, verdict.due) == (api.Status.WARN, date(2027, 3, 2))
    assert verdict.flags == {api.Flag.EARLY_WARNING}
    assert "has used 50% of the writing it was built for, worn out on 2 March 2027" in verdict.summary
    assert verdict.measurements == (api.Measurement("used", 50, api.Unit.PERCENT),)
