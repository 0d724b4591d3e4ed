"""Databases that run on this machine, by the sockets they open: their files, copied while they run, may not open again."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.backups.dumps import MYSQL, POSTGRESQL

_SOCKETS = (
    ("PostgreSQL", POSTGRESQL, "/run/postgresql/.s.PGSQL.*[0-9]"),
    ("MySQL or MariaDB", MYSQL, "/run/mysqld/mysqld.sock"),
    ("MySQL or MariaDB", MYSQL, "/var/lib/mysql/mysql.sock"),
)
_OTHER_TOOLS = (
    (POSTGRESQL, "/etc/pgbackrest*"),
    (POSTGRESQL, "/etc/barman*"),
    (POSTGRESQL, "/etc/wal-g*"),
    (MYSQL, "/etc/my.cnf.d/*backup*"),
    (MYSQL, "/etc/mysql/*backup*"),
)


@dataclass(frozen=True, slots=True)
class Database:
    """subject: the product. folder: where Debian keeps its files. other_tools: settings of programs that save it otherwise."""

    subject: str
    folder: str
    other_tools: tuple[str, ...] = ()


@api.provider("linux", seconds=15)
def databases(ask: api.Ask) -> api.Facts[Database]:
    """Yield each product once that has a socket open."""
    running = dict.fromkeys((name, folder) for name, folder, pattern in _SOCKETS if ask(api.Glob(pattern, most=10)).json)
    for name, folder in running:
        patterns = [pattern for of, pattern in _OTHER_TOOLS if of == folder]
        tools = [str(path) for pattern in patterns for path in ask(api.Glob(pattern, most=10)).json]
        yield Database(name, folder, tuple(tools))
