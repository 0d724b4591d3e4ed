from __future__ import annotations

from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.disks.inodes import Settings, inodes
from itaudit.facts.volumes import Volume


@pytest.mark.parametrize(
    ("files", "free", "status"),
    [
        (1000, 100, api.Status.OK),
        (1000, 99, api.Status.WARN),
        (1000, 50, api.Status.WARN),
        (1000, 49, api.Status.FAIL),
        (1000, 0, api.Status.FAIL),
        (0, 0, api.Status.SKIPPED),
        (100_000_000, 2_000_000, api.Status.OK),  # 2 %, but plenty
        (100_000_000, 1_999_999, api.Status.WARN),
        (100_000_000, 999_999, api.Status.FAIL),
    ],
)
def test_places_for_files_are_judged_by_share_and_by_number(
    machine: api.Machine, files: int, free: int, status: api.Status
) -> None:
    volume = Volume("/mail", "/dev/sda1", "ext4", 10**12, 9 * 10**11, files, free)
    assert inodes(volume, api.History(), machine, Settings()).status is status


def growing(machine: api.Machine, per_day: int, until: int, days: int = 30) -> api.History:
    """`until` is the value of the day before the scan."""
    points = [api.Point(machine.now - timedelta(days=ago), until - per_day * (ago - 1)) for ago in range(days, 0, -1)]
    return api.History(lambda name: points if name == "files" else ())


def test_a_volume_that_will_take_no_more_files_in_ten_days_fails_although_it_has_room(machine: api.Machine) -> None:
    # 1,000,000 places, 500,000 taken today, 50,000 more each day: ten days after 22 November.
    volume = Volume("/mail", "/dev/sda1", "ext4", 10**12, 9 * 10**11, 1_000_000, 500_000)
    verdict = inodes(volume, growing(machine, 50_000, 450_000), machine, Settings())
    assert (verdict.status, verdict.due) == (api.Status.FAIL, date(2026, 12, 2))
    assert verdict.flags == {api.Flag.EARLY_WARNING}
    assert verdict.summary.endswith("(50% of all it can hold), full on 2 December 2026 at its present growth.")


def test_growth_does_not_alarm_while_millions_of_files_still_fit(machine: api.Machine) -> None:
    volume = Volume("/mail", "/dev/sda1", "ext4", 10**12, 9 * 10**11, 10_000_000, 5_000_000)
    verdict = inodes(volume, growing(machine, 500_000, 4_500_000), machine, Settings())
    assert (verdict.status, verdict.due) == (api.Status.OK, None)
    assert "full on 2 December 2026" in verdict.summary


def test_the_number_of_files_is_kept(machine: api.Machine) -> None:
    verdict = inodes(Volume("/mail", "/dev/sda1", "ext4", 10**12, 9 * 10**11, 1000, 30), api.History(), machine, Settings())
    assert verdict.measurements == (api.Measurement("files", 970, api.Unit.COUNT),)
    assert verdict.summary == "/mail can take 30 more files (3% of all it can hold) (not enough history yet for a forecast)."
    assert verdict.remedy is not None
    assert verdict.remedy.steps == ("du -x --inodes --max-depth=3 /mail | sort -n | tail -20",)
    assert verdict.remedy.verify == "df -i /mail"
