"""backups.exists"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from itaudit.checks.backups.exists import exists
from itaudit.facts.backups.data import ImportantData
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository, seen
from itaudit.model import Flag, Machine, Status

HOME = ImportantData("/home")
ETC = ImportantData("/etc", of_the_business=False)
OFFICE = Repository("office", "restic", "/mnt/usb")


def test_one_copy_is_enough_to_exist(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = exists([backup_of(), backup_of(72, subject="nas")], [OFFICE], [HOME], machine)
    assert verdict.status is Status.OK
    assert verdict.summary == "This machine is backed up; the newest copy is 3 days old."


def test_no_backup_known_stops_the_business(machine: Machine) -> None:
    verdict = exists([], [], [HOME, ETC], machine)
    assert verdict.status is Status.FAIL
    assert verdict.summary == "We found no backup of this machine, which keeps data in /home, /etc."
    assert verdict.flags == {Flag.BUSINESS_STOPPER}
    assert verdict.remedy


def test_settings_alone_do_not_stop_the_business(machine: Machine) -> None:
    verdict = exists([], [], [ETC], machine)
    assert (verdict.status, verdict.flags) == (Status.FAIL, frozenset())


def test_a_backup_without_a_copy_of_this_machine_is_none(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = exists([backup_of(other_hosts=("till",))], [OFFICE], [HOME], machine)
    assert verdict.status is Status.FAIL
    assert "till" in verdict.detail


def test_a_backup_that_could_not_be_opened_is_unknown_not_absent(backup_of: Callable[..., Backup], machine: Machine) -> None:
    nas = Repository("nas", "borg", "nas:/b")
    assert exists([], [OFFICE], [HOME], machine).status is Status.UNKNOWN
    verdict = exists([backup_of()], [OFFICE, nas], [HOME], machine)
    assert (verdict.status, verdict.detail) == (Status.UNKNOWN, "nas:/b")


def test_without_root_none_found_is_unknown(machine: Machine) -> None:
    verdict = exists([], [], [HOME], replace(machine, admin=False))
    assert verdict.status is Status.UNKNOWN
    assert "root" in verdict.unlock


def test_a_machine_without_data_needs_none(machine: Machine) -> None:
    assert exists([], [], [], machine).status is Status.SKIPPED


def test_dumps_on_the_same_machine_are_no_backup_alone(backup_of: Callable[..., Backup], machine: Machine) -> None:
    dumps = backup_of(3, subject="/var/backups", product="dumps", place="/var/backups", beside_the_data=True)
    verdict = exists([dumps], [], [HOME], machine)
    assert verdict.status is Status.FAIL
    assert verdict.detail == "dumps /var/backups: 1 on the machine itself, which are no backup alone"
    assert exists([dumps, backup_of(5)], [], [HOME], machine).status is Status.OK


def test_a_product_that_cannot_be_looked_into_is_unknown_not_absent(machine: Machine) -> None:
    verdict = exists([], [seen("Veeam Agent", "/etc/veeam")], [HOME], machine)
    assert (verdict.status, verdict.detail) == (Status.UNKNOWN, "Veeam Agent")
    assert "itaudit.toml" not in verdict.unlock


def test_dumps_that_did_not_open_are_no_sign_of_a_backup(machine: Machine) -> None:
    dumps = Repository("/var/backups/pg", "dumps", "/var/backups/pg")
    assert exists([], [dumps], [HOME], machine).status is Status.FAIL
