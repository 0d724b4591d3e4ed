"""Databases that run here, by their sockets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from itaudit import api
from itaudit.facts.backups.databases import Database, databases

SOCKETS = ("/run/postgresql/.s.PGSQL.*[0-9]", "/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock")
TOOLS = (
    "/etc/pgbackrest*", "/etc/barman*", "/etc/wal-g*", "/etc/my.cnf.d/*backup*", "/etc/mysql/*backup*",
)  # fmt: skip


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ((), []),
        (("/run/postgresql/.s.PGSQL.*[0-9]",), [Database("PostgreSQL", "/var/lib/postgresql")]),
        (SOCKETS[1:], [Database("MySQL or MariaDB", "/var/lib/mysql")]),
        (
            ("/run/postgresql/.s.PGSQL.*[0-9]", "/etc/barman*"),
            [Database("PostgreSQL", "/var/lib/postgresql", ("/etc/barman*",))],
        ),
    ],
)
def test_each_product_with_a_socket_is_found_once(
    recorded: Callable[..., api.Ask], there: tuple[str, ...], found: list[Database]
) -> None:
    ask = recorded(
        {api.Glob(pattern, most=10): json.dumps([pattern] if pattern in there else []) for pattern in (*SOCKETS, *TOOLS)}
    )
    assert list(databases.function(ask)) == found


def test_the_lock_beside_the_socket_is_no_second_database(live: api.Ask, tmp_path: Path) -> None:

    folder = tmp_path
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (folder / name).touch()
    assert live(api.Glob(f"{folder}/.s.PGSQL.*[0-9]", most=10)).json == [str(folder / ".s.PGSQL.5432")]
