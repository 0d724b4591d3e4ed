"""Dumps of a real PostgreSQL server, whole and broken; MariaDB's as its manual shows their first and last lines."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.backups.databases import Settings, databases
from itaudit.facts.backups.databases import Database
from itaudit.facts.backups.dump_contents import MYSQL, POSTGRESQL, SQL_SERVER, DumpFile, told_by
from itaudit.facts.backups.dumps import database_dumps, parse_files
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups

if TYPE_CHECKING:
    from lab.postgresql import PostgresqlLab

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


@pytest.mark.parametrize("form", ["custom", "plain"])
@pytest.mark.parametrize("packer", ["", "gzip", "xz", "bzip2", "zstd"])
def test_a_packed_dump_tells_its_database_and_a_cut_one_does_not_count(
    postgresql: PostgresqlLab,
    needs: Callable[..., str],
    tmp_path: Path,
    live: api.Ask,
    machine: api.Machine,
    form: str,
    packer: str,
) -> None:
    ending = {"": "", "gzip": ".gz", "xz": ".xz", "bzip2": ".bz2", "zstd": ".zst"}[packer]
    made = postgresql.dump(tmp_path / "shop-2026-11-21.dump", form)
    if packer:
        subprocess.run([needs(packer), str(made)], check=True, capture_output=True, timeout=60)
        made.unlink(missing_ok=True)
        made = made.with_name(made.name + ending)
    put(made, 30)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert (backup.snapshots[-1].paths, backup.broken) == ((POSTGRESQL,), ())
    whole = made.read_bytes()
    cut = tmp_path / f"shop-2026-11-22.dump{ending}"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    put(cut, 6)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert [snapshot.when for snapshot in backup.snapshots] == [NOON - timedelta(hours=30)]
    assert backup.broken == ((str(cut), POSTGRESQL),)


@pytest.mark.parametrize(
    ("newest", "status"),
    [("whole", api.Status.OK), ("empty", api.Status.FAIL), ("cut", api.Status.FAIL), ("only cut", api.Status.FAIL)],
)
@pytest.mark.parametrize(("form", "packed"), [("custom", False), ("plain", True)])
def test_a_running_database_is_covered_by_whole_dumps_that_are_saved(
    postgresql: PostgresqlLab,
    tmp_path: Path,
    live: api.Ask,
    machine: api.Machine,
    form: str,
    packed: bool,
    newest: str,
    status: api.Status,
) -> None:
    body = postgresql.dump(tmp_path / "made", form).read_bytes()
    whole, cut = (gzip.compress(part) if packed else part for part in (body, body[: len(body) // 2]))
    ending = "sql.gz" if packed else "dump"
    nights = {21: whole, 22: {"whole": whole, "empty": b"", "cut": cut, "only cut": cut}[newest]}
    folder = tmp_path / "dumps"
    folder.mkdir()
    for day, content in nights.items():
        if day == 22 or newest != "only cut":
            (folder / f"shop-{day}.{ending}").write_bytes(content)
            put(folder / f"shop-{day}.{ending}", (24 * (22 - day)) + 6)
    dumps = look(live, machine, folder)
    assert isinstance(dumps, Backup)
    real = Backup("office", "restic", "/mnt/usb", (Snapshot(NOON - timedelta(hours=5), (str(tmp_path),)),))
    places = [Repository("dumps", "dumps", str(folder)), Repository("office", "restic", "/mnt/usb")]
    verdict = databases(Database("PostgreSQL", POSTGRESQL), [dumps, real], places, machine, Settings())
    assert verdict.status is status


def test_a_packed_dump_whose_program_was_stopped_is_broken_though_it_unpacks(
    postgresql_dumps: Path, tmp_path: Path, live: api.Ask, machine: api.Machine
) -> None:
    text = (postgresql_dumps / "plain.sql").read_bytes()
    for day, body, hours in ((21, text, 30), (22, text[: len(text) // 2], 6)):
        (tmp_path / f"shop-{day}.sql.gz").write_bytes(gzip.compress(body))
        put(tmp_path / f"shop-{day}.sql.gz", hours)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert backup.age_hours(machine) == 30.0
    assert backup.broken == ((str(tmp_path / "shop-22.sql.gz"), POSTGRESQL),)


def test_each_database_in_a_folder_is_told_by_its_own_dumps(
    postgresql_dumps: Path, tmp_path: Path, live: api.Ask, machine: api.Machine
) -> None:
    mysql = "-- MySQL dump 10.13\n" + "-- x\n" * 50 + "-- Dump completed on 2026-11-22  3:00:00\n"
    for day, hours in ((20, 60), (21, 36), (22, 12)):
        (tmp_path / f"web-{day}.sql").write_text(mysql)
        put(tmp_path / f"web-{day}.sql", hours)
        put(Path(shutil.copy(postgresql_dumps / "plain.sql", tmp_path / f"shop-{day}.sql")), hours + 1)
    # The settings tell of one database only.
    backup = look(live, machine, tmp_path, MYSQL)
    assert isinstance(backup, Backup)
    assert backup.newest_with(MYSQL) == NOON - timedelta(hours=12)
    assert backup.newest_with(POSTGRESQL) == NOON - timedelta(hours=13)
    assert len(backup.snapshots) == 6


@pytest.mark.parametrize(("hours", "broken"), [(0.1, 0), (0.3, 1), (47, 1), (49, 0)])
def test_a_dump_that_is_being_written_and_one_long_given_up_are_not_told_of(
    tmp_path: Path, live: api.Ask, machine: api.Machine, hours: float, broken: int
) -> None:
    (tmp_path / "half.sql").write_text("-- MySQL dump 10.13\n" + "-- x\n" * 50)
    (tmp_path / "other.sql").write_text("x" * 200)
    put(tmp_path / "half.sql", hours)
    put(tmp_path / "other.sql", 0)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert len(backup.broken) == broken
    assert len(backup.snapshots) == 1


def test_files_that_only_look_like_dumps_by_name_do_not_make_a_folder_fresh(
    tmp_path: Path, live: api.Ask, machine: api.Machine
) -> None:
    (tmp_path / "passwd.bak").write_text("root:x:0:0\n" * 50)
    (tmp_path / "group.bak").write_text("root:x:0\n")
    (tmp_path / "office.bak").write_bytes(b"TAPE" + bytes(300))
    (tmp_path / "items.bson").write_bytes(b"")
    for name, hours in (("passwd.bak", 2), ("group.bak", 2), ("items.bson", 2), ("office.bak", 70)):
        put(tmp_path / name, hours)
    backup = look(live, machine, tmp_path)
    assert isinstance(backup, Backup)
    assert [(snapshot.when, snapshot.paths) for snapshot in backup.snapshots] == [(NOON - timedelta(hours=70), (SQL_SERVER,))]
    assert backup.broken == ()


def test_a_disk_that_stops_answering_ends_the_looking(recorded: Callable[..., api.Ask]) -> None:
    files = [DumpFile(f"/mnt/{name}.sql", NOON, 5000) for name in "abc"]
    stuck = api.Answer.missing(api.TimedOut("4 s"))
    ask = recorded({api.Command(("head", "-c", "120", "--", files[0].path), timeout=4.0, limit_bytes=2**20): stuck})
    told = told_by(ask, files)
    assert (dict(told.kinds), told.broken) == ({}, frozenset())
    assert len(ask.taken_keys()) == 1


def test_many_series_are_looked_into_up_to_a_limit(recorded: Callable[..., api.Ask]) -> None:
    ask = recorded({})
    told_by(ask, [DumpFile(f"/mnt/{chr(97 + number % 26)}{'x' * (number // 26)}.sql", NOON, 5000) for number in range(2000)])
    assert len(ask.taken_keys()) == 24


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
