"""backups.only_snapshots"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from itaudit.checks.backups.only_snapshots import only_snapshots
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.local_snapshots import LocalSnapshots
from itaudit.facts.backups.repository import Repository
from itaudit.model import Status

KEPT = LocalSnapshots("/home", "snapper", 3, datetime(2026, 11, 22, 6, tzinfo=UTC))


def test_snapshots_on_the_same_disk_are_no_backup_alone(backup_of: Callable[..., Backup]) -> None:
    verdict = only_snapshots(KEPT, [], [])
    assert verdict.status is Status.FAIL
    assert verdict.remedy
    assert verdict.detail == "snapper: 3 snapshots of /home, newest 2026-11-22 06:00 UTC"
    assert only_snapshots(KEPT, [backup_of(5, beside_the_data=True)], []).status is Status.FAIL


def test_beside_a_backup_they_are_well(backup_of: Callable[..., Backup]) -> None:
    assert only_snapshots(KEPT, [backup_of(5)], []).status is Status.OK


def test_a_backup_that_was_not_opened_leaves_it_unknown() -> None:
    assert only_snapshots(KEPT, [], [Repository("nas", "borg", "nas:/b")]).status is Status.UNKNOWN


def test_without_any_there_is_nothing_to_say() -> None:
    assert only_snapshots(LocalSnapshots("/", "snapper", 0, None), [], []).status is Status.SKIPPED


def test_copies_of_the_system_on_another_disk_are_no_backup_of_the_data(backup_of: Callable[..., Backup]) -> None:
    timeshift = LocalSnapshots("the system", "Timeshift", 5, None, own_disk=False)
    verdict = only_snapshots(timeshift, [], [])
    assert verdict.status is Status.FAIL
    assert "own disk" not in verdict.summary
    assert "people's own files" in verdict.summary
    assert only_snapshots(timeshift, [backup_of(5)], []).status is Status.OK
    assert only_snapshots(timeshift, [], [Repository("nas", "borg", "nas:/b")]).status is Status.UNKNOWN
