"""Archives, databases and dumps are opened; damaged ones are told, and what cannot be judged is not."""

from __future__ import annotations

import gzip
import os
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.drill.opening import opens
from itaudit.errors import ToolMissing
from itaudit.evidence.questions import Answer, Question, Source


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b" * 5000)


def _tar(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        archive.add("/etc/hostname")
        archive.add("/etc/passwd")


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
    assert opens(path, live_source.ask)[1].startswith("pg_restore -l: ")
    assert opens(path, lambda _: Answer.missing(ToolMissing("pg_restore"))) == ("PostgreSQL dump", "")
    assert opens(path, lambda _: Answer(exit_code=1, errors="unsupported version (1.16) in file header")) == (
        "PostgreSQL dump",
        "",
    )


@given(st.sampled_from([b"PK\x03\x04", b"SQLite format 3\0", b"\x1f\x8b\x08", b"\0" * 257 + b"ustar"]), st.binary(max_size=2000))
def test_hostile_files_never_raise(tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile"
    path.write_bytes(start + rest)
    kind, _ = opens(path, never)
    assert kind


def test_plain_files_are_of_no_kind(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hello")
    assert opens(tmp_path / "a", never) == ("", "")
