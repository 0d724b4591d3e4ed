"""A backup to judge, made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.model import Machine


@pytest.fixture
def backup_of(machine: Machine) -> Callable[..., Backup]:
    """`backup_of(30, 6, paths=("/home",))`: snapshots 30 and 6 hours before the machine's now."""

    def make(*hours: float, paths: tuple[str, ...] = ("/home",), sure: bool = True, **more: Any) -> Backup:
        snapshots = tuple(Snapshot(machine.now - timedelta(hours=age), paths, sure) for age in hours)
        return Backup(**{"subject": "office", "product": "restic", "place": "/mnt/usb", "snapshots": snapshots, **more})

    return make
