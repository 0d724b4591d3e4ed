"""backups.databases"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from itaudit.checks.backups.databases import BROKEN, Settings, databases
from itaudit.facts.backups.databases import Database
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository
from itaudit.model import Machine, Status, Verdict

POSTGRESQL = Database("PostgreSQL", "/var/lib/postgresql")
MYSQL = Database("MySQL or MariaDB", "/var/lib/mysql")
DUMPS = {"subject": "dumps", "product": "dumps", "place": "/var/backups/postgresql", "beside_the_data": True}


def judged(machine: Machine, *backups: Backup, database: Database = POSTGRESQL, closed: bool = False) -> Verdict:
    known = [Repository(backup.subject, backup.product, backup.place) for backup in backups]
    far = [Repository("far", "restic", "/far")] if closed else []
    return databases(database, list(backups), [*known, *far], machine, Settings())


def test_a_dump_in_a_folder_that_is_saved_is_well(backup_of: Callable[..., Backup], machine: Machine) -> None:
    dump = backup_of(6, paths=("/var/lib/postgresql",), **DUMPS)
    assert judged(machine, dump, backup_of(5, paths=("/var/backups",))).status is Status.OK


def test_a_dump_that_no_backup_saves_fails(backup_of: Callable[..., Backup], machine: Machine) -> None:
    dump = backup_of(6, paths=("/var/lib/postgresql",), **DUMPS)
    verdict = judged(machine, dump, backup_of(5, paths=("/home",)))
    assert verdict.status is Status.FAIL
    assert verdict.summary == "The contents of PostgreSQL are written out, but that folder is in no backup."


def test_a_dump_of_another_database_does_not_count(backup_of: Callable[..., Backup], machine: Machine) -> None:
    dump = backup_of(6, paths=("/var/lib/mysql",), **DUMPS)
    assert judged(machine, dump, backup_of(5, paths=("/var/backups",))).status is Status.FAIL


@pytest.mark.parametrize("path", ["/stdin", "/all.sql", "/office.dump.zst"])
def test_a_dump_that_was_piped_into_the_backup_is_well(backup_of: Callable[..., Backup], machine: Machine, path: str) -> None:
    assert judged(machine, backup_of(5, paths=(path,))).status is Status.OK


def test_files_copied_while_it_runs_are_a_warning_and_no_copy_fails(backup_of: Callable[..., Backup], machine: Machine) -> None:
    assert judged(machine, backup_of(5, paths=("/var/lib",))).status is Status.WARN
    assert judged(machine, backup_of(5, paths=("/home",))).status is Status.FAIL
    assert judged(machine).status is Status.FAIL


def test_what_could_not_be_seen_is_unknown(backup_of: Callable[..., Backup], machine: Machine) -> None:
    backup = backup_of(5, paths=("/home",))
    other = replace(POSTGRESQL, other_tools=("/etc/pgbackrest.conf",))
    assert judged(machine, backup, database=other).status is Status.UNKNOWN
    assert judged(machine, backup, closed=True).status is Status.UNKNOWN
    assert judged(machine, backup_of(5, paths=("/home",), sure=False)).status is Status.UNKNOWN
    assert judged(replace(machine, admin=False), backup).status is Status.UNKNOWN


def test_a_dump_that_was_not_finished_fails_though_an_older_one_is_whole(
    backup_of: Callable[..., Backup], machine: Machine
) -> None:
    broken = (("/var/backups/postgresql/shop.sql.gz", "/var/lib/postgresql"),)
    dump = backup_of(30, paths=("/var/lib/postgresql",), **DUMPS, broken=broken)
    verdict = judged(machine, dump, backup_of(5, paths=("/var",)))
    assert (verdict.status, verdict.remedy) == (Status.FAIL, BROKEN)
    assert "shop.sql.gz" in verdict.detail
    # Another database's finding does not repeat it.
    piped = backup_of(5, paths=("/var", "/mysql.sql"))
    assert judged(machine, dump, piped, database=MYSQL).status is Status.OK


def test_a_database_that_is_no_longer_written_out_beside_one_that_is_fails(
    backup_of: Callable[..., Backup], machine: Machine
) -> None:
    old, new = backup_of(24 * 9, paths=("/var/lib/postgresql",)), backup_of(4, paths=("/var/lib/mysql",))
    dump = backup_of(**DUMPS)
    dump = replace(dump, snapshots=(*old.snapshots, *new.snapshots))
    real = backup_of(3, paths=("/var/backups",))
    verdict = judged(machine, dump, real)
    assert verdict.status is Status.FAIL
    assert verdict.summary == "The contents of PostgreSQL were not written out in the last 8 days, while others were."
    assert judged(machine, dump, real, database=MYSQL).status is Status.OK


def test_a_folder_of_dumps_that_has_left_the_backup_does_not_count(backup_of: Callable[..., Backup], machine: Machine) -> None:
    dump = backup_of(6, paths=("/var/lib/postgresql",), **DUMPS)
    before, now = backup_of(24 * 20, paths=("/var/backups",)), backup_of(4, paths=("/home",))
    assert judged(machine, dump, replace(now, snapshots=before.snapshots + now.snapshots)).status is Status.FAIL


def test_a_nightly_dump_piped_between_copies_of_every_half_hour_is_seen(
    backup_of: Callable[..., Backup], machine: Machine
) -> None:
    nightly, often = backup_of(34, 10, paths=("/stdin",)), backup_of(*[n / 2 for n in range(100)])
    made = tuple(sorted((*nightly.snapshots, *often.snapshots), key=lambda snapshot: snapshot.when))
    assert judged(machine, replace(often, snapshots=made)).status is Status.OK


def test_what_was_piped_weeks_ago_or_is_of_another_database_does_not_count(
    backup_of: Callable[..., Backup], machine: Machine
) -> None:
    old, new = backup_of(24 * 9, paths=("/stdin",)), backup_of(5)
    assert judged(machine, replace(new, snapshots=old.snapshots + new.snapshots)).status is Status.FAIL
    assert judged(machine, backup_of(5, paths=("/mysql.sql",))).status is Status.FAIL


def test_dumps_that_do_not_tell_their_database_leave_it_open(backup_of: Callable[..., Backup], machine: Machine) -> None:
    verdict = judged(machine, backup_of(6, paths=(), sure=False, **DUMPS), backup_of(5, paths=("/var/backups",)))
    assert verdict.status is Status.UNKNOWN
    assert "source = '/var/lib/postgresql'" in verdict.unlock


def test_what_borgmatic_dumps_is_in_borgs_archives(backup_of: Callable[..., Backup], machine: Machine) -> None:
    named = replace(POSTGRESQL, by_borgmatic=("/etc/borgmatic/config.yaml",))
    assert judged(machine, backup_of(5, product="borg"), database=named).status is Status.OK
    assert judged(machine, backup_of(5, product="restic"), database=named).status is Status.FAIL


def test_in_a_container_a_backup_may_hold_its_files(backup_of: Callable[..., Backup], machine: Machine) -> None:
    inside = Database("PostgreSQL in a container", "/var/lib/postgresql", in_container=True)
    assert judged(machine, backup_of(5), database=inside).status is Status.WARN
    assert judged(machine, database=inside).status is Status.FAIL
    dump = backup_of(6, paths=("/var/lib/postgresql",), **DUMPS)
    assert judged(machine, dump, backup_of(5, paths=("/var/backups",)), database=inside).status is Status.OK
