"""Opens the SQLite file safely: 0600, WAL, every transaction immediate, and the schema brought up to date in one transaction.

SQLAlchemy takes 0.2 s to import, so it is imported where it is used: a scan finds its folder without it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from itaudit.errors import UserError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD = "0001"
"""The newest migration. Known here so that a store that is up to date opens without importing alembic (0.2 s)."""
_BUSY_MILLISECONDS = 30_000
_TRY_AGAIN_SECONDS = 0.01
_PRIMARY_CODE = 0xFF
"""The low byte of an extended result code says what kind it is (sqlite.org/rescode.html)."""


def state_folder(asked: Path | None = None) -> Path:
    """--state or ITAUDIT_STATE, else /var/lib/itaudit for root and the user's state folder for others."""
    if asked or (asked := Path(value) if (value := os.environ.get("ITAUDIT_STATE")) else None):
        return asked
    if sys.platform == "linux" and os.geteuid() == 0:
        return Path("/var/lib/itaudit")
    try:
        return user_state_path("itaudit", appauthor=False)
    except RuntimeError as error:
        raise UserError("This user has no home folder to keep scans in. Give one with --state.") from error


def is_up_to_date(folder: Path) -> bool:
    """Create itaudit.db where there is none, and look at it. Raises UserError where it cannot be used; cheap, so ask it early."""
    path = _create(folder)
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_MILLISECONDS / 1000)) as connection:
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error) from error
    return _is_head(row[0] if row else None, path)


def open_database(folder: Path, *, reading: bool = False) -> Engine:
    """Open (and create or migrate) itaudit.db. Raises UserError in one line when it cannot be.

    reading: only look; then nothing is created, and a file that may not be written is fine.
    """
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import DatabaseError, SQLAlchemyError

    path = folder / "itaudit.db"
    if reading and not path.exists():
        raise UserError(f"No scan is kept in {folder} yet. Run: itaudit scan")
    path = _copy(path) if reading and not _may_write(path) else _create(folder)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_MILLISECONDS / 1000})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    try:
        with engine.begin() as connection:
            if not _is_head(_revision(connection), path):
                _migrate(connection)
    except DatabaseError as error:
        raise _unusable(path, error.orig) from error
    except SQLAlchemyError as error:
        raise UserError(f"{path} cannot be opened: {error}") from error
    return engine


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _copy(path: Path) -> Path:
    """A private copy, gone at exit. In place SQLite could not read what a killed scan left in its journal (-wal)."""
    folder = tempfile.TemporaryDirectory(prefix="itaudit-")
    atexit.register(folder.cleanup)
    try:
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{suffix}", Path(folder.name) / f"{path.name}{suffix}")
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror}. Check its permissions.") from error
    return Path(folder.name) / path.name


def _create(folder: Path) -> Path:
    path = folder / "itaudit.db"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Created by us first: SQLite would use the umask, and its -wal and -shm files take the mode of the database.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise UserError(f"Cannot keep scans in {folder}: {error.strerror}. Give another folder with --state.") from error
    return path


def _unusable(path: Path, error: BaseException | None) -> UserError:
    words = str(error)
    if "locked" in words:
        return UserError(f"{path} is in use by another scan. Try again when it has ended.")
    if "full" in words or "I/O" in words:
        return UserError(f"{path} cannot be used ({words}): the disk is full or failing. Make room, or give --state.")
    if "readonly" in words or "unable to open" in words:
        return UserError(f"{path} cannot be written ({words}). Check its permissions, or give another folder with --state.")
    return UserError(f"{path} cannot be used ({words}). Move it away to start anew, or restore it from a backup.")


def _is_head(revision: str | None, path: Path) -> bool:
    if revision is not None and revision > HEAD:
        raise UserError(f"{path} was written by a newer itaudit (schema {revision}). Update itaudit to read it.")
    return revision == HEAD


def _on_connect(connection: sqlite3.Connection, _: object) -> None:
    # Python's own transaction handling commits before DDL; SQLAlchemy begins and commits for us instead.
    connection.isolation_level = None
    _switch_to_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Two that switch a new file at once: SQLite refuses one of them without the wait it was told, lest both wait for ever."""
    ends = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() >= ends:
                raise
            time.sleep(_TRY_AGAIN_SECONDS)


def _on_begin(connection: Connection) -> None:
    # Immediate: two scans at once wait for each other at the start instead of failing half-way.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _revision(connection: Connection) -> str | None:
    from sqlalchemy import text

    known = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).first()
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
