"""Dumps of a real PostgreSQL server, whole and broken; MariaDB's as its manual shows their first and last lines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.dumps import MYSQL, POSTGRESQL, database_dumps, parse_files
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups

NO_LOG = Backups(drill_log="/nonexistent/drills.jsonl")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def look(ask: api.Ask, machine: api.Machine, folder: Path | str, kind: str = "") -> Backup | api.Gap:
    [found] = database_dumps.function(ask, machine, NO_LOG, [Repository("dumps", "dumps", str(folder), source=kind)])
    return found


def put(path: Path, hours_old: float) -> None:
    at = (NOON - timedelta(hours=hours_old)).timestamp()
    os.utime(path, (at, at))


@pytest.mark.parametrize("name", ["plain.sql", "all.sql", "custom.dump"])
def test_a_whole_dump_counts_and_tells_its_database(
    postgresql_dumps: Path, tmp_path: Path, live: api.Ask, machine: api.Machine, name: str
) -> None:
    put(Path(shutil.copy(postgresql_dumps / name, tmp_path)), 3)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 3.0
    assert backup.snapshots[-1].paths == (POSTGRESQL,)
    assert backup.beside_the_data
    assert not backup.encrypted


def test_a_dump_without_its_last_line_does_not_count(
    postgresql_dumps: Path, tmp_path: Path, live: api.Ask, machine: api.Machine
) -> None:
    for name, hours in (("old.sql", 27), ("new.sql", 3)):
        put(Path(shutil.copy(postgresql_dumps / "plain.sql", tmp_path / name)), hours)
    whole = (tmp_path / "new.sql").read_bytes()
    (tmp_path / "new.sql").write_bytes(whole[: len(whole) // 2])
    put(tmp_path / "new.sql", 3)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 27.0


def test_an_empty_file_under_a_fresh_date_does_not_count(
    postgresql_dumps: Path, tmp_path: Path, live: api.Ask, machine: api.Machine
) -> None:
    (tmp_path / "today").mkdir()
    put(Path(shutil.copy(postgresql_dumps / "packed.sql.gz", tmp_path / "old.sql.gz")), 50)
    # What `pg_dump | gzip` leaves when pg_dump cannot log in.
    (tmp_path / "today" / "new.sql.gz").write_bytes(bytes.fromhex("1f8b08000000000000030300000000000000000000"))
    put(tmp_path / "today" / "new.sql.gz", 1)
    backup = look(live, machine, tmp_path, POSTGRESQL)
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 50.0
    assert backup.snapshots[-1].paths == (POSTGRESQL,)


@pytest.mark.parametrize(("end", "counts"), [("-- Dump completed on 2026-11-22  3:00:00\n", True), ("INSERT INTO `t`\n", False)])
def test_a_dump_of_mariadb_is_known_by_its_lines(
    tmp_path: Path, live: api.Ask, machine: api.Machine, end: str, counts: bool
) -> None:
    (tmp_path / "shop.sql").write_text("-- MariaDB dump 10.19\n" + "-- x\n" * 50 + end)
    put(tmp_path / "shop.sql", 9)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert [snapshot.paths for snapshot in backup.snapshots] == ([(MYSQL,)] if counts else [])


def test_names_with_newlines_and_dashes_and_other_files_do_no_harm(tmp_path: Path, live: api.Ask, machine: api.Machine) -> None:
    for name in ("-rf.sql", "a\n\tb.sql", "holiday.jpg"):
        (tmp_path / name).write_text("x" * 200)
        put(tmp_path / name, 2)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert len(backup.snapshots) == 2


def test_encrypted_dumps_are_told(tmp_path: Path, live: api.Ask, machine: api.Machine) -> None:
    (tmp_path / "a.sql.gz.gpg").write_bytes(b"\x85" * 200)
    put(tmp_path / "a.sql.gz.gpg", 2)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert backup.encrypted


def test_a_folder_that_is_gone_is_a_gap(tmp_path: Path, live: api.Ask, machine: api.Machine) -> None:
    gap = look(live, machine, tmp_path / "absent")
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.NotFound)


@given(st.text("0123456789.\t\0/-einfa.sql\n", max_size=60))
def test_hostile_output_is_files_or_unreadable(text: str) -> None:
    try:
        files = parse_files(text)
    except api.Unreadable:
        return
    assert files == sorted(files, key=lambda file: file.modified, reverse=True)


def test_any_answer_is_a_backup_or_a_gap(always: Callable[[str], api.Ask], machine: api.Machine) -> None:
    for body in ("", "{}", "1e400\t1\ta.sql\0", "nan\t1\ta.sql\0", "1\t200\ta.sql\0", "-- MySQL dump"):
        assert isinstance(look(always(body), machine, "/var/backups"), Backup | api.Gap)
