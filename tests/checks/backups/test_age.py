"""backups.age"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from itaudit.checks.backups.age import Settings, age
from itaudit.facts.backups.fact import Backup
from itaudit.model import Machine, Severity, Status


@pytest.mark.parametrize(
    ("hours", "status", "severity"),
    [
        (0, Status.OK, None),
        (26, Status.OK, None),
        (26.1, Status.WARN, None),
        (168, Status.WARN, None),
        (168.1, Status.FAIL, None),
        (504, Status.FAIL, None),
        (504.1, Status.FAIL, Severity.CRITICAL),
    ],
)
def test_age_is_judged_by_the_newest_copy(
    backup_of: Callable[..., Backup], machine: Machine, hours: float, status: Status, severity: Severity | None
) -> None:
    verdict = age(backup_of(900, hours), machine, Settings())
    assert (verdict.status, verdict.severity) == (status, severity)
    assert verdict.measurements[0].value == pytest.approx(hours)
    assert (verdict.remedy is None) is (status is Status.OK)


def test_the_owner_reads_how_old_it_is(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert age(backup_of(216), machine, Settings()).summary == "The newest copy in office is 9 days old."


def test_vital_data_overdue_is_critical_at_once(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert age(backup_of(200, vital=True), machine, Settings()).severity is Severity.CRITICAL
    assert age(backup_of(30, vital=True), machine, Settings()).severity is None


def test_no_copy_of_this_machine_fails(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = age(backup_of(other_hosts=("till",), future=2), machine, Settings())
    assert (verdict.status, verdict.severity) == (Status.FAIL, Severity.CRITICAL)
    assert "till" in verdict.detail
    assert "future: 2" in verdict.detail
