"""backups.encrypted"""

from __future__ import annotations

from collections.abc import Callable

from itaudit.checks.backups.encrypted import encrypted
from itaudit.facts.backups.fact import Backup
from itaudit.model import Status


def test_a_backup_that_anybody_can_read_fails(backup_of: Callable[..., Backup]) -> None:
    assert encrypted(backup_of(6, encrypted=False)).status is Status.FAIL
    assert encrypted(backup_of(6, encrypted=True)).status is Status.OK


def test_dumps_beside_the_data_are_as_open_as_the_data(backup_of: Callable[..., Backup]) -> None:
    assert encrypted(backup_of(6, encrypted=False, beside_the_data=True)).status is Status.SKIPPED
