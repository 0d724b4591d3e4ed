"""Opens the SQLite file safely: 0600, WAL, every transaction immediate, and the schema brought up to date in one transaction."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

from platformdirs import user_state_path
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from itaudit.errors import UserError

HEAD = "0001"
"""The newest migration. Known here so that a store that is up to date opens without importing alembic (0.2 s)."""
_BUSY_MILLISECONDS = 30_000


def state_folder(asked: Path | None = None) -> Path:
    """--state or ITAUDIT_STATE, else /var/lib/itaudit for root and the user's state folder for others."""
    if asked or (asked := Path(value) if (value := os.environ.get("ITAUDIT_STATE")) else None):
        return asked
    if sys.platform == "linux" and os.geteuid() == 0:
        return Path("/var/lib/itaudit")
    return user_state_path("itaudit", appauthor=False)


def open_database(folder: Path) -> Engine:
    """Open (and create or migrate) itaudit.db. Raises UserError in one line when it cannot be."""
    path = folder / "itaudit.db"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Created by us first: SQLite would use the umask, and its -wal and -shm files take the mode of the database.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise UserError(f"Cannot keep scans in {folder}: {error.strerror}. Give another folder with --state.") from error
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_MILLISECONDS / 1000})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    try:
        _bring_up_to_date(engine, path)
    except DatabaseError as error:
        raise UserError(
            f"{path} cannot be used ({error.orig}). Move it away to start anew, or restore it from a backup."
        ) from error
    except SQLAlchemyError as error:
        raise UserError(f"{path} cannot be opened: {error}") from error
    return engine


def _on_connect(connection: sqlite3.Connection, _: object) -> None:
    # Python's own transaction handling commits before DDL; SQLAlchemy begins and commits for us instead.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    # Immediate: two scans at once wait for each other at the start instead of failing half-way.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _revision(connection: Connection) -> str | None:
    known = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).first()
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None


def _bring_up_to_date(engine: Engine, path: Path) -> None:
    with engine.begin() as connection:
        revision = _revision(connection)
        if revision == HEAD:
            return
        if revision is not None and revision > HEAD:
            raise UserError(f"{path} was written by a newer itaudit (schema {revision}). Update itaudit to read it.")
        _migrate(connection)


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
