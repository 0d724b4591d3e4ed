from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.disks.space import Settings, space
from itaudit.facts.folders import Folder, Folders
from itaudit.facts.volumes import Volume

GB = 10**9
GIB = 2**30


def judged(
    machine: api.Machine, size: int, free: int, past: api.History | None = None, limits: Settings | None = None
) -> api.Verdict:
    return space(Volume("/data", "/dev/sda1", "ext4", size, free), [], past or api.History(), machine, limits or Settings())


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


@pytest.mark.parametrize(
    ("mount", "size", "free", "status"),
    [
        ("/boot", 2000, 400, api.Status.OK),  # 20 %, and two more versions fit
        ("/boot", 2000, 249, api.Status.WARN),
        ("/boot", 2000, 119, api.Status.FAIL),
        ("/boot", 480, 130, api.Status.OK),  # 27 %
        ("/boot", 480, 100, api.Status.WARN),  # 21 %
        ("/boot/efi", 100, 20, api.Status.OK),
        ("/boot/efi", 100, 19, api.Status.WARN),
        ("/boot/efi", 100, 4, api.Status.FAIL),
        ("/efi", 1000, 200, api.Status.WARN),  # large enough to start a system from
        ("/recovery", 4000, 800, api.Status.OK),
        ("/data", 2000, 400, api.Status.WARN),
    ],
)
def test_what_a_computer_starts_from_needs_room_for_the_next_update_and_no_more(
    machine: api.Machine, mount: str, size: int, free: int, status: api.Status
) -> None:
    volume = Volume(mount, "/dev/sda1", "vfat", size * 10**6, free * 10**6)
    assert space(volume, [], api.History(), machine, Settings()).status is status


def steps(machine: api.Machine, volume: Volume) -> tuple[str, ...]:
    remedy = space(volume, [], api.History(), machine, Settings()).remedy
    assert remedy is not None
    assert not any(word in " ".join((*remedy.steps, remedy.verify)) for word in ("MOUNT", "DEVICE"))
    return remedy.steps


def test_the_commands_can_be_pasted_as_they_are(machine: api.Machine) -> None:
    assert steps(machine, Volume("/my data", "/dev/sda1", "xfs", 100 * GB, 5 * GB)) == (
        "du -xh --max-depth=2 '/my data' | sort -h | tail -20",
    )
    assert steps(machine, Volume("/var", "/dev/sda1", "btrfs", 100 * GB, 5 * GB)) == (
        "du -xh --max-depth=2 /var | sort -h | tail -20",
        "btrfs filesystem usage /var",
        "btrfs subvolume list -s /var",
        "journalctl --disk-usage",
    )
    assert "zfs list -o space -s used -r tank" in steps(machine, Volume("/srv", "tank", "zfs", 100 * GB, 5 * GB))
    assert "ls -lhS /boot" in steps(machine, Volume("/boot", "/dev/sda1", "ext4", 10**9, 10**8))


@pytest.mark.parametrize("name", ["/new\nline", "/\x1b[31mred", "/turned\u202e"])
def test_a_name_that_cannot_be_shown_is_not_put_into_a_command(machine: api.Machine, name: str) -> None:
    remedy = space(Volume(name, name, "btrfs", 100 * GB, 5 * GB), [], api.History(), machine, Settings()).remedy
    assert remedy is not None
    assert all(step.isprintable() for step in (*remedy.steps, remedy.verify))


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
    verdict = space(volume, [], api.History(), machine, Settings())
    assert verdict.detail.endswith("50000000000 more (5.0%) are reserved for root and counted as used")
    assert verdict.remedy is not None
    assert verdict.remedy.steps[-1] == "tune2fs -m 1 '/dev/my disk'"


@pytest.mark.parametrize(
    ("mount", "kind", "reserved"), [("/", "ext4", 50 * GB), ("/data", "xfs", 50 * GB), ("/data", "ext4", 10 * GIB)]
)
def test_what_the_system_needs_is_not_released(machine: api.Machine, mount: str, kind: str, reserved: int) -> None:
    verdict = space(
        Volume(mount, "/dev/sda1", kind, 1000 * GB, 40 * GB, reserved_bytes=reserved), [], api.History(), machine, Settings()
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


def walked(*folders: tuple[str, int, int], complete: bool = True, problem: str = "") -> Folders:
    return Folders("/data", tuple(Folder(path, held * GB, new * GB, complete) for path, held, new in folders), problem)


def judged_with(
    machine: api.Machine, walk: Folders, past: Mapping[str, Sequence[tuple[float, float]]] | None = None, free: int = 10
) -> api.Verdict:
    """past: (days ago, gigabytes) of each measurement."""

    def series(name: str) -> list[api.Point]:
        return [api.Point(machine.now - timedelta(days=ago), held * GB) for ago, held in (past or {}).get(name, [])]

    volume = Volume("/data", "/dev/sda1", "ext4", 200 * GB, free * GB)
    return space(volume, [Folders("/"), walk], api.History(series), machine, Settings())


WALK = walked(("/data/srv", 150, 14), ("/data/srv/photos", 120, 13), ("/data/srv/mail", 30, 1), ("/data/log", 20, 0))


def test_the_folders_that_grew_are_named_with_the_day_since_when(machine: api.Machine) -> None:
    past = {"folder /data/srv": [(13, 138)], "folder /data/srv/photos": [(13, 118)], "folder /data/log": [(13, 10)]}
    verdict = judged_with(machine, WALK, past)
    assert verdict.summary.endswith(" Since 9 November 2026 most was added in /data/srv (12.0 GB) and /data/log (10.0 GB).")


def test_where_one_folder_holds_nearly_all_that_was_added_it_is_named_alone(machine: api.Machine) -> None:
    past = {"folder /data/srv": [(13, 138)], "folder /data/srv/photos": [(13, 110)], "folder /data/srv/mail": [(13, 28)]}
    assert judged_with(machine, WALK, past).summary.endswith(
        " Since 9 November 2026 most was added in /data/srv/photos (10.0 GB)."
    )


def test_without_an_earlier_look_the_newest_files_tell(machine: api.Machine) -> None:
    told = " Most of what was added or changed within 14 days is in /data/srv/photos (13.0 GB)."
    assert judged_with(machine, WALK).summary.endswith(told)


@pytest.mark.parametrize("before", [19.1, 20, 40])
def test_what_grew_by_little_or_shrank_is_not_named_as_growth(machine: api.Machine, before: float) -> None:
    # 1 % of 200 GB would be 2 GB, but a gigabyte is always worth telling.
    verdict = judged_with(machine, walked(("/data/log", 20, 0)), {"folder /data/log": [(10, before)]})
    assert verdict.summary.endswith(" Large folders in it: /data/log (20.0 GB).")


def test_a_look_of_a_clock_that_was_ahead_is_not_compared_with(machine: api.Machine) -> None:
    verdict = judged_with(machine, walked(("/data/log", 20, 0)), {"folder /data/log": [(-3, 1)]})
    assert verdict.summary.endswith(" Large folders in it: /data/log (20.0 GB).")


def test_a_look_minutes_ago_is_passed_over_for_one_of_last_week(machine: api.Machine) -> None:
    past = {"folder /data/log": [(40, 1), (7, 15), (1, 19), (0.001, 20), (-3, 0)]}
    verdict = judged_with(machine, walked(("/data/log", 20, 0)), past)
    assert verdict.summary.endswith(" Since 15 November 2026 most was added in /data/log (5.0 GB).")


def test_folders_remembered_from_other_days_are_not_compared_with_each_other(machine: api.Machine) -> None:
    past = {"folder /data/srv": [(300, 20)], "folder /data/log": [(7, 15)]}
    assert judged_with(machine, WALK, past).summary.endswith(" Since 15 November 2026 most was added in /data/log (5.0 GB).")


def test_a_look_cut_short_is_told_to_the_technician_and_never_remembered_or_compared(machine: api.Machine) -> None:
    walk = walked(("/data/log", 20, 3), complete=False, problem="it took too long")
    verdict = judged_with(machine, walk, {"folder /data/log": [(7, 15)]})
    assert " Most of what was added or changed within 14 days is in /data/log (3.0 GB)." in verdict.summary
    assert verdict.detail.endswith(
        "; /data/log at least 20000000000 bytes (3000000000 new or changed within 14 days); it took too long"
    )
    assert [one.name for one in verdict.measurements] == ["used"]


def test_the_sizes_are_remembered_for_the_next_scan(machine: api.Machine) -> None:
    verdict = judged_with(machine, WALK)
    assert verdict.measurements[1:] == (
        api.Measurement("folder /data/srv", 150 * GB, api.Unit.BYTES),
        api.Measurement("folder /data/srv/photos", 120 * GB, api.Unit.BYTES),
        api.Measurement("folder /data/srv/mail", 30 * GB, api.Unit.BYTES),
        api.Measurement("folder /data/log", 20 * GB, api.Unit.BYTES),
    )


def test_a_volume_with_room_says_nothing_of_its_folders(machine: api.Machine) -> None:
    assert judged_with(machine, WALK, free=90).summary == "/data has 90.0 GB (45%) free (not enough history yet for a forecast)."


def test_nothing_seen_adds_nothing(machine: api.Machine) -> None:
    verdict = judged_with(machine, Folders("/data", problem="what fills it was not seen: x"))
    assert verdict.summary.endswith("(5%) free (not enough history yet for a forecast).")
    assert verdict.detail.endswith("; what fills it was not seen: x")
