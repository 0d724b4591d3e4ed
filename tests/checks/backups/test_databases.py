"""backups.databases"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from itaudit.checks.backups.databases import databases
from itaudit.facts.backups.databases import Database
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository
from itaudit.model import Machine, Status, Verdict

POSTGRESQL = Database("PostgreSQL", "/var/lib/postgresql")
DUMPS = {"subject": "dumps", "product": "dumps", "place": "/var/backups/postgresql", "beside_the_data": True}


def judged(machine: Machine, *backups: Backup, database: Database = POSTGRESQL, closed: bool = False) -> Verdict:
    known = [Repository(backup.subject, backup.product, backup.place) for backup in backups]
    return databases(database, list(backups), [*known, *([Repository("far", "restic", "/far")] if closed else [])], machine)


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
