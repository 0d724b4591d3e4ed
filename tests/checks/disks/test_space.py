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
    # 1000 GB, 580 used today, growing 42 GB a day: (1000 - 580) / 42 = 10 days after 22 November.
    verdict = judged(machine, 1000 * GB, 420 * GB, growing(machine, 42 * GB, 538 * GB))
    assert verdict.status is api.Status.FAIL
    assert verdict.due == date(2026, 12, 2)
    assert verdict.flags == {api.Flag.EARLY_WARNING}
    assert "/data has 420 GB (42%) free, full on 2 December 2026" in verdict.summary


def test_a_volume_that_will_be_full_in_forty_days_warns(machine: api.Machine) -> None:
    verdict = judged(machine, 1000 * GB, 400 * GB, growing(machine, 10 * GB, 590 * GB))
    assert (verdict.status, verdict.due) == (api.Status.WARN, date(2027, 1, 1))


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
