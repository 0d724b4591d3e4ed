from __future__ import annotations

from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.patches.other import Settings, other
from itaudit.facts.updates import Archive, PackageManager, Update


def manager(machine: api.Machine, count: int, list_days: float = 1) -> PackageManager:
    pending = tuple(Update(f"tool{number}", "1", "2", ("stable",), security=False) for number in range(count))
    hidden = (Update("tls", "1", "2", ("x-security",), security=True), Update("pinned", "1", "2", (), security=False, held=True))
    archive = Archive("Debian", "Debian", "stable", machine.now - timedelta(days=list_days))
    return PackageManager("apt", pending + hidden, (archive,))


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, api.Status.OK), (10, api.Status.OK), (11, api.Status.WARN), (30, api.Status.WARN), (31, api.Status.FAIL)],
)
def test_ordinary_updates_are_counted_and_only_those(machine: api.Machine, count: int, expected: api.Status) -> None:
    found = other(manager(machine, count), machine, Settings())
    assert (found.status, found.measurements[0].value) == (expected, count)


def test_few_updates_by_an_old_list_are_unknown(machine: api.Machine) -> None:
    assert other(manager(machine, 1, list_days=31), machine, Settings()).status is api.Status.UNKNOWN


def test_many_updates_by_an_old_list_still_fail(machine: api.Machine) -> None:
    assert other(manager(machine, 31, list_days=31), machine, Settings()).status is api.Status.FAIL
