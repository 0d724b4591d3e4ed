"""backups.copies"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from itaudit.checks.backups.copies import Settings, copies
from itaudit.facts.backups.data import ImportantData
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository
from itaudit.model import Machine, Status, Verdict

HOME = ImportantData("/home", device=1)
DAY = 24


def judged(machine: Machine, *backups: Backup, closed: tuple[str, ...] = ()) -> Verdict:
    known = [Repository(backup.subject, backup.product, backup.place) for backup in backups]
    more = [Repository(name, "restic", f"/mnt/{name}") for name in closed]
    return copies(list(backups), [*known, *more], [HOME], machine, Settings())


def test_two_disks_of_this_machine_are_two_copies(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = judged(machine, backup_of(6, subject="a", device=2), backup_of(6, subject="b", device=3))
    assert verdict.status is Status.OK
    assert verdict.measurements[0].value == 2


def test_two_backups_on_one_disk_are_one_copy(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = judged(machine, backup_of(6, subject="a", device=2), backup_of(6, subject="b", device=2))
    assert (verdict.status, verdict.summary) == (Status.FAIL, "There is only one copy besides the originals.")


def test_one_on_the_disk_of_the_originals_is_none(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = judged(machine, backup_of(6, device=1))
    assert verdict.status is Status.FAIL
    assert verdict.measurements[0].value == 0


def test_one_that_stopped_months_ago_is_none(backup_of: Callable[..., Backup], machine: Machine) -> None:
    near = backup_of(6, subject="a", device=2)
    assert judged(machine, near, backup_of(31 * DAY + 1, subject="b", place="sftp:nas:/b")).status is Status.FAIL
    assert judged(machine, near, backup_of(31 * DAY, subject="b", place="sftp:nas:/b")).status is Status.OK


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("sftp:nas:/a", "sftp:nas:/b", 1),
        ("sftp:nas:/a", "sftp:safe:/a", 2),
        ("rest:https://nas:8000/a", "ssh://NAS/./b", 1),
        ("ssh://backup@nas:22/./a", "safe:a", 2),
        ("s3:s3.example.com/bucket", "sftp:nas:/b", 2),
        ("s3:https://s3.example.com/one", "s3:s3.example.com/two", 1),
        ("b2:bucket:a", "b2:bucket:b", 1),
    ],
)
def test_two_backups_on_one_other_machine_are_one_copy(
    backup_of: Callable[..., Backup], machine: Machine, one: str, other: str, count: int
) -> None:
    verdict = judged(machine, backup_of(6, subject="a", place=one), backup_of(6, subject="b", place=other))
    assert verdict.measurements[0].value == count


def test_one_that_could_not_be_opened_is_unknown_and_never_absent(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = judged(machine, backup_of(6, device=2), closed=("safe",))
    assert verdict.status is Status.UNKNOWN
    assert "/mnt/safe" in verdict.detail


def test_no_backup_at_all_is_the_matter_of_another_check(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert judged(machine, backup_of()).status is Status.SKIPPED
    assert judged(machine).status is Status.SKIPPED


def test_dumps_beside_the_data_are_no_copy(backup_of: Callable[..., Backup], machine: Machine) -> None:
    near = backup_of(6, subject="a", device=2)
    dumps = backup_of(6, subject="b", device=3, beside_the_data=True)
    assert judged(machine, near, dumps).status is Status.FAIL
    assert judged(machine, dumps).status is Status.SKIPPED
