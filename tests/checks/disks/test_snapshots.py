from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.disks.snapshots import Settings, snapshots
from itaudit.facts.snapshots import Snapshots

OK, WARN, FAIL = api.Status.OK, api.Status.WARN, api.Status.FAIL
MEDIUM = api.Severity.MEDIUM


@pytest.mark.parametrize(
    ("kept", "status", "severity"),
    [
        (Snapshots("data/old", "lvm", 1, full_percent=79.99), OK, None),
        (Snapshots("data/old", "lvm", 1, full_percent=80), FAIL, MEDIUM),
        (Snapshots("data/old", "lvm", 1, full_percent=100, lost=True), WARN, MEDIUM),
        (Snapshots("data/old", "lvm", 1), api.Status.SKIPPED, None),
        # Snapshots that hold much are no fault while there is room, nor is a full disk theirs when they hold little.
        (Snapshots("tank", "zfs", held_bytes=700, size_bytes=1000, free_bytes=200), OK, None),
        (Snapshots("tank", "zfs", held_bytes=199, size_bytes=1000, free_bytes=10), OK, None),
        (Snapshots("tank", "zfs", held_bytes=200, size_bytes=1000, free_bytes=199), WARN, None),
        (Snapshots("/", "btrfs", 5000, size_bytes=1000, free_bytes=200), OK, None),
        (Snapshots("/", "btrfs", 99, size_bytes=1000, free_bytes=10), OK, None),
        (Snapshots("/", "btrfs", 100, size_bytes=1000, free_bytes=199), WARN, None),
        (Snapshots("/", "btrfs", 0, size_bytes=1000, free_bytes=0), OK, None),
    ],
)
def test_snapshots_are_judged_by_the_room_they_take(kept: Snapshots, status: api.Status, severity: api.Severity | None) -> None:
    verdict = snapshots(kept, Settings())
    assert (verdict.status, verdict.severity) == (status, severity)
    assert (verdict.remedy is None) is (status in (OK, api.Status.SKIPPED))


def test_what_is_held_is_said_and_kept() -> None:
    verdict = snapshots(Snapshots("tank", "zfs", held_bytes=3 * 10**11, size_bytes=10**12, free_bytes=10**11), Settings())
    assert verdict.summary == "Earlier states hold 300 GB of tank, and only 10% of its room is free."
    assert verdict.measurements == (api.Measurement("held", 3 * 10**11, api.Unit.BYTES),)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "no earlier states of"), (1, "1 earlier state of"), (12, "12 earlier states of")]
)
def test_what_is_counted_is_said_and_kept(count: int, words: str) -> None:
    verdict = snapshots(Snapshots("/home", "btrfs", count, size_bytes=1000, free_bytes=900), Settings())
    assert verdict.summary == f"/home keeps {words} its files."
    assert verdict.measurements == (api.Measurement("count", count, api.Unit.COUNT),)


def test_the_room_of_an_old_style_snapshot_is_kept() -> None:
    verdict = snapshots(Snapshots("data/old", "lvm", 1, full_percent=83.5), Settings())
    assert verdict.summary == "The room set aside for the earlier state data/old is 83% full."
    assert verdict.measurements == (api.Measurement("used", 83.5, api.Unit.PERCENT),)
