"""backups.encrypted"""

from __future__ import annotations

from collections.abc import Callable

from itaudit.checks.backups.encrypted import encrypted
from itaudit.facts.backups.fact import Backup
from itaudit.model import Status


def test_a_backup_that_anybody_can_read_fails(backup_of: Callable[..., Backup]) -> None:
    assert encrypted(backup_of(6, encrypted=False)).status is Status.FAIL
    assert encrypted(backup_of(6, encrypted=True)).status is Status.OK
