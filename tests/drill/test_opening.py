"""Archives, databases and dumps are opened; damaged ones are told, and what cannot be judged is not."""

from __future__ import annotations

import gzip
import os
import sqlite3
import subprocess
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.drill.opening import opens
from itaudit.errors import ToolMissing
from itaudit.evidence.questions import Answer, Question, Source
from lab.postgresql import PostgresqlLab


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b" * 5000)


def _tar(path: Path) -> None:
    (path.parent / "letter").write_text("Dear")
    with tarfile.open(path, "w") as archive:
        for name in ("first", "second"):
            archive.add(path.parent / "letter", name)


def _gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(os.urandom(5000)))


def _sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE account (name TEXT PRIMARY KEY)")
    connection.executemany("INSERT INTO account VALUES (?)", [(f"{number:0200}",) for number in range(200)])
    connection.commit()
    connection.close()


def never(question: Question) -> Answer:
    raise AssertionError(question)


@pytest.mark.parametrize(
    ("make", "kind"), [(_zip, "ZIP archive"), (_tar, "tar archive"), (_gzip, "gzip file"), (_sqlite, "SQLite database")]
)
def test_a_whole_one_opens_and_a_cut_one_does_not(tmp_path: Path, make: object, kind: str) -> None:
    path = tmp_path / "named-otherwise"
    assert callable(make)
    make(path)
    assert opens(path, never) == (kind, "")
    content = path.read_bytes()
    # Tar ends with empty blocks, which may be missing.
    path.write_bytes(content[: len(content) // 2 if kind != "tar archive" else 700])
    assert opens(path, never)[0] == kind
    assert opens(path, never)[1]


def test_a_database_with_an_overwritten_page_fails_its_check(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    _sqlite(path)
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)
    assert opens(path, never)[1].startswith("integrity check")
    assert [one.name for one in tmp_path.iterdir()] == ["accounts.db"]


def test_a_damaged_dump_is_told_by_pg_restore_and_without_it_nothing_is_said(
    tmp_path: Path, live_source: Source, needs: object
) -> None:
    assert callable(needs)
    needs("pg_restore", "postgresql-client")
    path = tmp_path / "dump"
    path.write_bytes(b"PGDMP\x01\x0e\x00\x04\x08\x01")
    assert opens(path, live_source.ask)[1].startswith("pg_restore: ")
    assert opens(path, lambda _: Answer.missing(ToolMissing("pg_restore"))) == ("PostgreSQL dump", "")
    assert opens(path, lambda _: Answer(exit_code=1, errors="unsupported version (1.16) in file header")) == (
        "PostgreSQL dump",
        "",
    )


@pytest.fixture(scope="session")
def dump(postgresql: PostgresqlLab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An intact dump of a real database, in PostgreSQL's custom format; do not change it."""
    return postgresql.dump(tmp_path_factory.mktemp("dump") / "shop.dump")


def test_an_intact_dump_of_a_real_database_opens(dump: Path, live_source: Source) -> None:
    assert opens(dump, live_source.ask) == ("PostgreSQL dump", "")


def test_a_dump_whose_list_is_whole_and_whose_rows_are_not_is_told(dump: Path, tmp_path: Path, live_source: Source) -> None:
    whole = dump.read_bytes()
    cut, changed = tmp_path / "cut", tmp_path / "changed"
    # The packed rows of the table are the last kilobytes; the list before them says what there is.
    cut.write_bytes(whole[:-2000])
    changed.write_bytes(whole[:-2000] + bytes(100) + whole[-1900:])
    for path in (cut, changed):
        assert subprocess.run(["pg_restore", "-l", path], capture_output=True).returncode == 0
        assert opens(path, live_source.ask)[1].startswith("pg_restore: ")


def test_the_list_of_a_dump_that_is_a_folder_is_not_taken_for_a_damaged_dump(
    postgresql: PostgresqlLab, tmp_path: Path, live_source: Source
) -> None:
    folder = postgresql.dump(tmp_path / "shop", "directory")
    assert opens(folder / "toc.dat", live_source.ask) == ("PostgreSQL dump", "")


@given(st.sampled_from([b"PK\x03\x04", b"SQLite format 3\0", b"\x1f\x8b\x08", b"\0" * 257 + b"ustar"]), st.binary(max_size=2000))
def test_hostile_files_never_raise(tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile"
    path.write_bytes(start + rest)
    kind, _ = opens(path, never)
    assert kind


def test_a_list_of_very_many_names_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "many.tar"
    with tarfile.open(path, "w") as archive:
        for number in range(5000):
            archive.addfile(tarfile.TarInfo(str(number)))
    tracemalloc.start()
    assert opens(path, never) == ("tar archive", "")
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 1_000_000
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive_of_long_names:
        for number in range(300):
            archive_of_long_names.writestr(f"{number:060000}", "")
    # Damage in the list, which would be told if it were looked at.
    with path.open("r+b") as file:
        file.seek(-2_000_000, os.SEEK_END)
        file.write(bytes(100_000))
    assert opens(path, never) == ("ZIP archive", "")


def test_plain_files_are_of_no_kind(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hello")
    assert opens(tmp_path / "a", never) == ("", "")
