"""Databases that run here, by their sockets and programs; a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.backups.databases import PROGRAMS_QUESTION, Database, databases, running_databases

if TYPE_CHECKING:
    from lab.postgresql import PostgresqlLab

SOCKETS = ("/run/postgresql/.s.PGSQL.*[0-9]", "/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock")
TOOLS = (
    *("/etc/pgbackrest*", "/etc/barman*", "/etc/wal-g*", "/etc/default/autopostgresqlbackup", "/etc/backup.d/*.pgsql"),
    *("/etc/my.cnf.d/*backup*", "/etc/mysql/*backup*", "/etc/default/automysqlbackup", "/etc/backup.d/*.mysql"),
)
BORGMATIC = ("/etc/borgmatic/*.yaml", "/etc/borgmatic.d/*.yaml", "/root/.config/borgmatic/*.yaml")
UNIT = "0::/system.slice/postgresql@15-main.service"
DOCKER = "0::/system.slice/docker-4f5e.scope"
POD = "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-77.scope/container"
LXC = "0::/lxc.payload.101/system.slice/postgresql.service"
DESKTOP = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/akonadi.service"
POSTGRESQL = Database("PostgreSQL", "/var/lib/postgresql")
MYSQL = Database("MySQL or MariaDB", "/var/lib/mysql")


def listing(*programs: tuple[str, str]) -> str:
    """As `ps` prints them, the name in a column of 16."""
    return "".join(f"{program:<16} {group}\n" for program, group in (("systemd", "0::/init.scope"), *programs))


@pytest.fixture
def look(recorded: Callable[..., api.Ask]) -> Callable[..., list[Database | api.Gap]]:
    """What is found where these paths exist and `ps` prints this."""

    def found(*there: str, programs: str | api.Answer = "systemd          0::/init.scope\n", **files: str) -> list[Any]:
        answers: dict[api.Question, api.Answer | str] = {
            api.Glob(pattern, most=10): json.dumps([pattern] if pattern in there else []) for pattern in (*SOCKETS, *TOOLS)
        }
        answers |= {api.Glob(pattern, most=20): "[]" for pattern in BORGMATIC}
        answers[PROGRAMS_QUESTION] = programs
        if text := files.get("borgmatic"):
            answers[api.Glob(BORGMATIC[0], most=20)] = '["/etc/borgmatic/config.yaml"]'
            answers[api.ReadFile("/etc/borgmatic/config.yaml", limit_bytes=256 * 2**10)] = text
        return list(databases.function(recorded(answers)))

    return found


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ((), []),
        (SOCKETS[:1], [POSTGRESQL]),
        (SOCKETS[1:], [MYSQL]),
        ((SOCKETS[0], "/etc/barman*"), [replace(POSTGRESQL, other_tools=("/etc/barman*",))]),
    ],
)
def test_each_product_with_a_socket_is_found_once(
    look: Callable[..., list[Database]], there: tuple[str, ...], found: list[Database]
) -> None:
    assert look(*there) == found


@pytest.mark.parametrize(
    ("program", "group", "found"),
    [
        ("postgres", UNIT, [POSTGRESQL]),
        ("postgres", "-", [POSTGRESQL]),
        ("postgres", DOCKER, [replace(POSTGRESQL, subject="PostgreSQL in a container", in_container=True)]),
        ("mariadbd", POD, [replace(MYSQL, subject="MySQL or MariaDB in a container", in_container=True)]),
        ("postgres", LXC, []),
        ("mysqld", DESKTOP, []),
        ("postgres_exporte", UNIT, []),
        ("mongod", "12:pids:/system.slice/mongod.service,1:name=systemd:/x", [Database("MongoDB", "/var/lib/mongodb")]),
        ("sqlservr", UNIT, [Database("SQL Server", "/var/opt/mssql")]),
    ],
)
def test_running_programs_tell_of_databases_wherever_their_sockets_are(
    look: Callable[..., list[Database]], program: str, group: str, found: list[Database]
) -> None:
    assert look(programs=listing((program, group), (program, group))) == found


def test_a_database_with_a_socket_and_a_program_is_one(look: Callable[..., list[Database]]) -> None:
    assert look(SOCKETS[0], programs=listing(("postgres", UNIT))) == [POSTGRESQL]


def test_programs_that_cannot_be_listed_are_a_gap_beside_what_was_found(look: Callable[..., list[Database | api.Gap]]) -> None:
    gap, found = look(SOCKETS[0], programs=api.Answer.missing(api.ToolMissing("ps")))
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.ToolMissing)
    assert found == POSTGRESQL


@pytest.mark.parametrize("indent", ["", "    "])
def test_borgmatic_tells_which_databases_it_dumps(look: Callable[..., list[Database]], indent: str) -> None:
    text = f"{'hooks:' if indent else ''}\n{indent}mariadb_databases:\n{indent}    - name: all\n# postgresql_databases:\n"
    postgresql, mysql = look(*SOCKETS[:2], borgmatic=text)
    assert mysql.by_borgmatic == ("/etc/borgmatic/config.yaml",)
    assert postgresql.by_borgmatic == ()


def test_a_real_server_is_in_the_list_of_programs(live: api.Ask, postgresql: PostgresqlLab) -> None:
    assert postgresql.query("SELECT 1") == "1\n"
    lines = [line for line in live(PROGRAMS_QUESTION).checked_text.splitlines() if line.startswith("postgres ")]
    # In which control group it is depends on who runs the tests.
    assert lines
    assert all(line[15:].strip() for line in lines)
    assert set(running_databases("\n".join(f"{line.split()[0]} -" for line in lines))) == {"PostgreSQL"}


@given(st.text("postgresmongod \t\n:/0-", max_size=80))
def test_whatever_ps_prints_only_known_products_come_of_it(text: str) -> None:
    assert {name.removesuffix(" in a container") for name in running_databases(text)} <= {"PostgreSQL", "MongoDB"}


def test_the_lock_beside_the_socket_is_no_second_database(live: api.Ask, tmp_path: Path) -> None:

    folder = tmp_path
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (folder / name).touch()
    assert live(api.Glob(f"{folder}/.s.PGSQL.*[0-9]", most=10)).json == [str(folder / ".s.PGSQL.5432")]
