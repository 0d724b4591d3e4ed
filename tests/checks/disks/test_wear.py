from __future__ import annotations

from dataclasses import replace
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


@pytest.mark.parametrize(
    ("left", "hours", "words"),
    [
        # 73 % in 8843 hours (368 days): 27 % last 368.46 * 27 / 73 = 136 days.
        (27, 8843, "built for; at the pace of its life so far the rest lasts 136 days of running."),
        (91, 8843, "built for (not enough history yet for a forecast)."),  # too little used to tell a pace
        (27, 2159, "built for (not enough history yet for a forecast)."),  # too young
        (49, 54704, "built for (not enough history yet for a forecast)."),  # 2190 days: nobody can foresee that
        (0, 8843, "built for."),  # worn out: nothing to foresee
        (27, None, "built for (not enough history yet for a forecast)."),
    ],
)
def test_before_there_is_history_the_pace_of_its_life_is_told_but_not_judged(
    machine: api.Machine, left: int, hours: int | None, words: str
) -> None:
    verdict = wear(replace(ssd(left), hours=hours), api.History(), machine, Settings())
    assert verdict.summary.endswith(words)
    assert verdict.due is None
    assert verdict.flags == frozenset()


def test_whole_percents_are_enough_to_tell_the_day(machine: api.Machine) -> None:
    # A drive tells whole percents: one more every five days, 73 now. The other 27 last 135 days, until 6 April.
    points = [api.Point(machine.now - timedelta(days=ago), int(73 - ago / 5)) for ago in range(60, 0, -1)]
    verdict = wear(ssd(27), api.History(lambda name: points if name == "used" else ()), machine, Settings())
    assert verdict.status is api.Status.WARN
    assert verdict.due is not None
    assert date(2027, 4, 3) <= verdict.due <= date(2027, 4, 12)
