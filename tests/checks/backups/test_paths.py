"""backups.paths"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from itaudit.checks.backups.paths import Settings, paths
from itaudit.facts.backups.data import ImportantData
from itaudit.facts.backups.databases import Database
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.repository import Repository
from itaudit.model import Machine, Status

HOME = ImportantData("/home")
OFFICE = Repository("office", "restic", "/mnt/usb")


def test_a_folder_in_the_newest_copy_is_covered_however_old_that_is(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert paths(HOME, [backup_of(5000)], [OFFICE], [], machine, Settings()).status is Status.OK


def test_a_folder_in_no_copy_fails(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = paths(HOME, [backup_of(6, paths=("/etc",))], [OFFICE], [], machine, Settings())
    assert (verdict.status, verdict.summary) == (Status.FAIL, "/home is not in any backup.")
    assert "/etc" in verdict.detail


@pytest.mark.parametrize(("behind", "status"), [(48, Status.OK), (49, Status.WARN), (168, Status.WARN), (169, Status.FAIL)])
def test_a_folder_that_later_copies_leave_out_is_found(machine: Machine, behind: int, status: Status) -> None:
    newest = machine.now - timedelta(hours=6)
    snapshots = (Snapshot(newest - timedelta(hours=behind), ("/home",)), Snapshot(newest, ("/etc",)))
    verdict = paths(HOME, [Backup("office", "restic", "/mnt/usb", snapshots)], [OFFICE], [], machine, Settings())
    assert verdict.status is status


def test_the_owner_reads_for_how_long_it_was_left_out(machine: Machine) -> None:
    snapshots = (Snapshot(machine.now - timedelta(days=10), ("/home",)), Snapshot(machine.now, ("/etc",)))
    verdict = paths(HOME, [Backup("office", "restic", "/mnt/usb", snapshots)], [OFFICE], [], machine, Settings())
    assert verdict.summary == "/home was left out of the newest copies for 10 days."


def test_another_backup_may_hold_it_unless_the_owner_named_one(backup_of: Callable[..., Backup], machine: Machine) -> None:
    backups = [backup_of(6, paths=("/etc",)), backup_of(6, subject="nas")]
    assert paths(HOME, backups, [], [], machine, Settings()).status is Status.OK
    verdict = paths(ImportantData("/home", "office"), backups, [], [], machine, Settings())
    assert (verdict.status, verdict.summary) == (Status.FAIL, "/home is not in office.")


def test_a_part_of_it_is_a_warning(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert paths(HOME, [backup_of(6, paths=("/home/anna",))], [OFFICE], [], machine, Settings()).status is Status.WARN


def test_a_backup_that_was_not_opened_might_hold_it(backup_of: Callable[..., Backup], machine: Machine) -> None:
    closed = Repository("nas", "borg", "nas:/b")
    backups = [backup_of(6, paths=("/etc",))]
    assert paths(HOME, backups, [OFFICE, closed], [], machine, Settings()).status is Status.UNKNOWN
    assert paths(ImportantData("/home", "office"), backups, [OFFICE, closed], [], machine, Settings()).status is Status.FAIL


def test_a_list_of_folders_kept_elsewhere_is_unknown(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = paths(HOME, [backup_of(6, paths=("/etc",), sure=False)], [OFFICE], [], machine, Settings())
    assert verdict.status is Status.UNKNOWN


def test_a_folder_that_could_not_be_looked_into_is_unknown(backup_of: Callable[..., Backup], machine: Machine) -> None:
    unseen = ImportantData("/root", seen=False)
    assert paths(unseen, [backup_of(6)], [OFFICE], [], machine, Settings()).status is Status.UNKNOWN
    assert paths(unseen, [backup_of(6, paths=("/",))], [OFFICE], [], machine, Settings()).status is Status.OK


def test_without_any_backup_it_fails(machine: Machine) -> None:
    assert paths(HOME, [], [], [], machine, Settings()).status is Status.FAIL


def test_without_root_and_without_a_known_backup_it_is_unknown(machine: Machine) -> None:
    verdict = paths(HOME, [], [], [], replace(machine, admin=False), Settings())
    assert verdict.status is Status.UNKNOWN
    assert "root" in verdict.unlock


def test_without_root_a_known_backup_that_leaves_it_out_fails(backup_of: Callable[..., Backup], machine: Machine) -> None:
    backups = [backup_of(6, paths=("/etc",))]
    assert paths(HOME, backups, [OFFICE], [], replace(machine, admin=False), Settings()).status is Status.FAIL


def test_the_folder_of_a_running_database_is_judged_by_how_that_is_saved(
    backup_of: Callable[..., Backup], machine: Machine
) -> None:
    """Its contents may be piped into the backup, and its files then need not be in it; one fault is one finding."""
    data, running = ImportantData("/var/lib/mysql"), Database("MySQL or MariaDB", "/var/lib/mysql")
    backups = [backup_of(6, paths=("/stdin",))]
    assert paths(data, backups, [OFFICE], [running], machine, Settings()).status is Status.SKIPPED
    inside = replace(running, in_container=True)
    assert paths(data, backups, [OFFICE], [inside], machine, Settings()).status is Status.FAIL
    # Asked for by name it is wanted, whatever runs.
    named = replace(data, backup="office")
    assert paths(named, backups, [OFFICE], [running], machine, Settings()).status is Status.FAIL


@pytest.mark.parametrize(("saved", "status"), [("/var/backups", Status.OK), ("/home", Status.FAIL)])
def test_dumps_on_this_machine_count_only_when_they_are_saved(
    backup_of: Callable[..., Backup], machine: Machine, saved: str, status: Status
) -> None:
    data, place = ImportantData("/var/lib/mysql"), Repository("dumps", "dumps", "/var/backups/mysql")
    dump = backup_of(6, paths=("/var/lib/mysql",), subject="dumps", place=place.location, beside_the_data=True)
    real = backup_of(5, paths=(saved,))
    assert paths(data, [dump, real], [place, OFFICE], [], machine, Settings()).status is status
    assert paths(data, [dump], [place], [], machine, Settings()).status is Status.FAIL
