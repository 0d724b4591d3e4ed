from __future__ import annotations

from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.disks.space import Settings, space
from itaudit.facts.volumes import Volume

GB = 10**9
GIB = 2**30


def judged(
    machine: api.Machine, size: int, free: int, past: api.History | None = None, limits: Settings | None = None
) -> api.Verdict:
    return space(Volume("/data", "/dev/sda1", "ext4", size, free), past or api.History(), machine, limits or Settings())


@pytest.mark.parametrize(
    ("size", "free", "status", "severity"),
    [
        (200 * GB, 51 * GB, api.Status.OK, None),  # 25.5 %
        (200 * GB, 50 * GB, api.Status.OK, None),  # 25 %: the limit itself is enough
        (200 * GB, 49 * GB, api.Status.WARN, None),  # 24.5 %
        (200 * GB, 20 * GB, api.Status.WARN, None),  # 10 %
        (200 * GB, 19 * GB, api.Status.FAIL, None),  # 9.5 %
        (200 * GB, 9 * GB, api.Status.FAIL, api.Severity.CRITICAL),  # 4.5 %
        (4000 * GB, 400 * GB, api.Status.OK, None),  # 10 %, but plenty
        (4000 * GB, 190 * GB, api.Status.OK, None),  # 4.75 %, but still plenty
        (4000 * GB, 90 * GB, api.Status.WARN, None),  # 2.25 %, less than 100 GB
        (4000 * GB, 49 * GB, api.Status.FAIL, api.Severity.CRITICAL),
        (10 * GIB, GIB - 1, api.Status.FAIL, api.Severity.CRITICAL),  # 10 %, but below 1 GiB
        (10 * GIB, GIB, api.Status.WARN, None),
        (GIB // 2, GIB // 4, api.Status.OK, None),  # a small one: 50 %
        (GIB // 2, 0, api.Status.FAIL, api.Severity.CRITICAL),
    ],
)
def test_free_space_is_judged_by_share_and_by_size(
    machine: api.Machine, size: int, free: int, status: api.Status, severity: api.Severity | None
) -> None:
    verdict = judged(machine, size, free)
    assert (verdict.status, verdict.severity) == (status, severity)


def growing(machine: api.Machine, per_day: int, until: int, days: int = 30) -> api.History:
    """`until` is the value of the day before the scan."""
    points = [api.Point(machine.now - timedelta(days=ago), until - per_day * (ago - 1)) for ago in range(days, 0, -1)]
    return api.History(lambda name: points if name == "used" else ())


def test_a_volume_that_will_be_full_in_ten_days_fails_although_it_has_room(machine: api.Machine) -> None:
    # 500 GB, 290 used today, growing 21 GB a day: (500 - 290) / 21 = 10 days after 22 November.
    verdict = judged(machine, 500 * GB, 210 * GB, growing(machine, 21 * GB, 269 * GB, days=13 + 1))
    assert verdict.status is api.Status.FAIL
    assert verdict.due == date(2026, 12, 2)
    assert verdict.flags == {api.Flag.EARLY_WARNING}
    assert "/data has 210 GB (42%) free, full on 2 December 2026" in verdict.summary


def test_a_volume_that_will_be_full_in_forty_days_warns(machine: api.Machine) -> None:
    verdict = judged(machine, 500 * GB, 200 * GB, growing(machine, 5 * GB, 295 * GB))
    assert (verdict.status, verdict.due) == (api.Status.WARN, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("size", "free", "status"),
    [
        (1000 * GB, 400 * GB, api.Status.OK),
        (1000 * GB, 399 * GB, api.Status.FAIL),
        (7000 * GB, 400 * GB, api.Status.OK),  # 5.7 %
        (9000 * GB, 400 * GB, api.Status.FAIL),  # 4.4 %: on a volume of this size 400 GB may be gone tomorrow
    ],
)
def test_a_forecast_is_told_but_does_not_alarm_while_400_gigabytes_are_free(
    machine: api.Machine, size: int, free: int, status: api.Status
) -> None:
    verdict = judged(machine, size, free, growing(machine, 40 * GB, size - free - 40 * GB))
    assert verdict.status is status
    assert "full on " in verdict.summary


def test_the_first_scans_say_that_there_is_not_enough_history(machine: api.Machine) -> None:
    # 13 days before today and today are 13 days apart; one more is enough.
    early = judged(machine, 500 * GB, 210 * GB, growing(machine, 21 * GB, 269 * GB, days=13))
    assert (early.status, early.due) == (api.Status.OK, None)
    assert "not enough history yet" in early.summary
    assert judged(machine, 500 * GB, 210 * GB).summary == early.summary


def test_space_that_is_kept_back_is_told_and_can_be_released(machine: api.Machine) -> None:
    volume = Volume("/data", "/dev/my disk", "ext4", 1000 * GB, 40 * GB, reserved_bytes=50 * GB)
    verdict = space(volume, api.History(), machine, Settings())
    assert verdict.detail.endswith("50000000000 more (5.0%) are reserved for root and counted as used")
    assert verdict.remedy is not None
    assert verdict.remedy.steps[-1] == "tune2fs -m 1 '/dev/my disk'"


@pytest.mark.parametrize(
    ("mount", "kind", "reserved"), [("/", "ext4", 50 * GB), ("/data", "xfs", 50 * GB), ("/data", "ext4", 10 * GIB)]
)
def test_what_the_system_needs_is_not_released(machine: api.Machine, mount: str, kind: str, reserved: int) -> None:
    verdict = space(
        Volume(mount, "/dev/sda1", kind, 1000 * GB, 40 * GB, reserved_bytes=reserved), api.History(), machine, Settings()
    )
    assert verdict.remedy is not None
    assert not any("tune2fs" in step for step in verdict.remedy.steps)


def test_a_volume_that_does_not_grow_is_well_and_keeps_its_series(machine: api.Machine) -> None:
    verdict = judged(machine, 1000 * GB, 400 * GB, growing(machine, 0, 600 * GB))
    assert (verdict.status, verdict.due, verdict.flags, verdict.remedy) == (api.Status.OK, None, frozenset(), None)
    assert verdict.measurements == (api.Measurement("used", 600 * GB, api.Unit.BYTES),)


def test_a_share_below_the_limit_is_never_shown_as_the_limit(machine: api.Machine) -> None:
    verdict = judged(machine, 1000, 99)  # 9.9 %
    assert verdict.status is api.Status.FAIL
    assert "(9%)" in verdict.summary


def test_limits_can_be_set(machine: api.Machine) -> None:
    limits = Settings(free_percent=api.AtLeast(warn=2, fail=1), critical_percent=1)
    assert judged(machine, 200 * GB, 9 * GB, limits=limits).status is api.Status.OK
