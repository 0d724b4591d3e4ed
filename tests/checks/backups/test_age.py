"""backups.age"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from itaudit.checks.backups.age import FIX, MORE_OFTEN, Settings, age
from itaudit.facts.backups.fact import Backup
from itaudit.facts.business import BusinessProcess
from itaudit.model import Machine, Severity, Status, Verdict

INVOICES = BusinessProcess("invoicing", ("/home/office",), 4)


def judged(machine: Machine, backup: Backup, *others: Backup, processes: Sequence[BusinessProcess] = ()) -> Verdict:
    return age(backup, [backup, *others], list(processes), machine, Settings())


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
    verdict = judged(machine, backup_of(900, hours))
    assert (verdict.status, verdict.severity) == (status, severity)
    assert verdict.measurements[0].value == pytest.approx(hours)
    assert (verdict.remedy is None) is (status is Status.OK)


def test_the_owner_reads_how_old_it_is(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert judged(machine, backup_of(216)).summary == "The newest copy in office is 9 days old."


def test_vital_data_overdue_is_critical_at_once(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert judged(machine, backup_of(200, vital=True)).severity is Severity.CRITICAL
    assert judged(machine, backup_of(30, vital=True)).severity is None


def test_no_copy_of_this_machine_fails(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = judged(machine, backup_of(other_hosts=("till",), future=2))
    assert (verdict.status, verdict.severity) == (Status.FAIL, Severity.CRITICAL)
    assert "till" in verdict.detail
    assert "future: 2" in verdict.detail


@pytest.mark.parametrize(
    ("hours", "status", "severity"),
    [
        (4, Status.OK, None),
        # A quarter of the four hours: the next copy is being made.
        (5, Status.OK, None),
        (5.1, Status.FAIL, None),
        (12, Status.FAIL, None),
        (12.1, Status.FAIL, Severity.CRITICAL),
    ],
)
def test_what_the_owner_can_bear_to_lose_counts(
    backup_of: Callable[..., Backup], machine: Machine, hours: float, status: Status, severity: Severity | None
) -> None:
    verdict = judged(machine, backup_of(hours), processes=[INVOICES])
    assert (verdict.status, verdict.severity) == (status, severity)


def test_the_owner_reads_what_may_be_lost_and_how_to_lose_less(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = judged(machine, backup_of(20), processes=[INVOICES])
    assert verdict.summary == (
        "The newest copy in office of what invoicing needs is 20 hours old; of its work 4 hours may be lost at most."
    )
    assert verdict.remedy == MORE_OFTEN
    assert judged(machine, backup_of(200), processes=[INVOICES]).remedy == FIX


def test_a_day_may_be_two_hours_late_as_by_default(backup_of: Callable[..., Backup], machine: Machine) -> None:
    daily = replace(INVOICES, most_lost_hours=24)
    assert judged(machine, backup_of(26), processes=[daily]).status is Status.OK
    assert judged(machine, backup_of(26.1), processes=[daily]).status is Status.FAIL


def test_an_older_second_copy_is_judged_by_the_usual_limits(backup_of: Callable[..., Backup], machine: Machine) -> None:
    hourly, nightly = backup_of(1), backup_of(20, subject="far")
    assert judged(machine, nightly, hourly, processes=[INVOICES]).status is Status.OK
    assert judged(machine, hourly, nightly, processes=[INVOICES]).status is Status.OK
    # Both too old is one finding.
    late = [backup_of(7), backup_of(20, subject="far")]
    statuses = [judged(machine, *pair, processes=[INVOICES]).status for pair in (late, late[::-1])]
    assert statuses == [Status.FAIL, Status.OK]


def test_fresh_copies_of_other_folders_do_not_hide_an_old_one(backup_of: Callable[..., Backup], machine: Machine) -> None:
    old, new = backup_of(20), backup_of(1, paths=("/etc",))
    both = replace(new, snapshots=old.snapshots + new.snapshots)
    assert judged(machine, both).status is Status.OK
    assert judged(machine, both, processes=[INVOICES]).status is Status.FAIL


def test_a_backup_of_nothing_but_what_may_be_old_may_be_old(backup_of: Callable[..., Backup], machine: Machine) -> None:
    archive = BusinessProcess("the archive", ("/home",), 24 * 30)
    assert judged(machine, backup_of(300), processes=[archive]).status is Status.OK
    # With other folders in it, the usual limits hold for those.
    assert judged(machine, backup_of(300, paths=("/home", "/etc")), processes=[archive]).status is Status.FAIL
    assert judged(machine, backup_of(800), processes=[archive]).status is Status.FAIL


def test_a_process_whose_folders_are_elsewhere_changes_nothing(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert judged(machine, backup_of(20, paths=("/etc",)), processes=[INVOICES]).status is Status.OK


def test_what_a_database_loses_is_the_age_of_its_dump_and_of_the_copy_of_that(
    backup_of: Callable[..., Backup], machine: Machine
) -> None:
    shop = BusinessProcess("the shop", ("/var/lib/postgresql",), 4)
    folder = {"subject": "dumps", "place": "/var/backups/pg", "beside_the_data": True}
    dump, copy = backup_of(1, paths=shop.folders, **folder), backup_of(20, paths=("/var/backups",))
    assert judged(machine, dump, copy, processes=[shop]).status is Status.OK
    assert judged(machine, copy, dump, processes=[shop]).status is Status.FAIL
    old = backup_of(7, paths=shop.folders, **folder)
    assert judged(machine, old, copy, processes=[shop]).status is Status.FAIL
