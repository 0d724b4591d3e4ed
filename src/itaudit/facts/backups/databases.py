"""Databases that run on this machine: their files, copied while they run, may not open again.

Seen by the sockets they open and by the names of running programs; those in containers run here too. Programs of people who are
logged in are left out (a desktop's mail program keeps a MySQL of its own), and so are machines of their own (LXC, nspawn): they
are looked at themselves. Redis is left out: it replaces its file as a whole, so that a copy of it opens again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.backups.dump_contents import FIREBIRD, INFLUXDB, MONGODB, MYSQL, POSTGRESQL, SQL_SERVER

_SOCKETS = (
    ("PostgreSQL", "/run/postgresql/.s.PGSQL.*[0-9]"),
    ("MySQL or MariaDB", "/run/mysqld/mysqld.sock"),
    ("MySQL or MariaDB", "/var/lib/mysql/mysql.sock"),
)
_PROGRAMS = {
    "postgres": "PostgreSQL",
    "postmaster": "PostgreSQL",
    "mysqld": "MySQL or MariaDB",
    "mariadbd": "MySQL or MariaDB",
    "mongod": "MongoDB",
    "sqlservr": "SQL Server",
    "influxd": "InfluxDB",
    "influxdb3": "InfluxDB",
    "firebird": "Firebird",
    "fbserver": "Firebird",
}
_FOLDERS = {
    "PostgreSQL": POSTGRESQL,
    "MySQL or MariaDB": MYSQL,
    "MongoDB": MONGODB,
    "SQL Server": SQL_SERVER,
    "InfluxDB": INFLUXDB,
    "Firebird": FIREBIRD,
}
_OTHER_TOOLS = (
    (POSTGRESQL, "/etc/pgbackrest*"),
    (POSTGRESQL, "/etc/barman*"),
    (POSTGRESQL, "/etc/wal-g*"),
    (POSTGRESQL, "/etc/default/autopostgresqlbackup"),
    (POSTGRESQL, "/etc/backup.d/*.pgsql"),
    (MYSQL, "/etc/my.cnf.d/*backup*"),
    (MYSQL, "/etc/mysql/*backup*"),
    (MYSQL, "/etc/default/automysqlbackup"),
    (MYSQL, "/etc/backup.d/*.mysql"),
)
_BORGMATIC_FILES = ("/etc/borgmatic/*.yaml", "/etc/borgmatic.d/*.yaml", "/root/.config/borgmatic/*.yaml")
_BORGMATIC_DUMPS = re.compile(r"^[ \t]{0,40}(?P<kind>postgresql|mysql|mariadb|mongodb)_databases:", re.MULTILINE)
_BORGMATIC_KINDS = {"postgresql": POSTGRESQL, "mysql": MYSQL, "mariadb": MYSQL, "mongodb": MONGODB}
_CONTAINER = re.compile(r"docker|libpod|containerd|kubepods|crio")
_NOT_JUDGED = re.compile(r"lxc|lxd|incus|machine\.slice|/user\.slice/")
_IN_A_CONTAINER = " in a container"
PROGRAMS_QUESTION = api.Command(("ps", "-e", "-ww", "-o", "comm:16=", "-o", "cgroup="))
"""Names only: the command lines of others may hold passwords."""


@dataclass(frozen=True, slots=True)
class Database:
    """One product that runs here.

    subject: its name. folder: where Debian keeps its files, by which dumps of it are known. in_container: there it keeps them
    somewhere else. other_tools: settings of programs that save it otherwise. by_borgmatic: borgmatic's files that name it.
    """

    subject: str
    folder: str
    other_tools: tuple[str, ...] = ()
    in_container: bool = False
    by_borgmatic: tuple[str, ...] = ()


@api.provider("linux", seconds=20)
def databases(ask: api.Ask) -> api.Facts[Database]:
    """Yield each product once that runs here, and once more when it runs in containers; a Gap when programs cannot be listed."""
    names = dict.fromkeys(name for name, pattern in _SOCKETS if ask(api.Glob(pattern, most=10)).json)
    answer = ask(PROGRAMS_QUESTION)
    try:
        names |= dict.fromkeys(running_databases(answer.checked_text))
    except api.Missing as error:
        yield api.Gap("", error)
    borgmatic = _named_by_borgmatic(ask) if names else {}
    for name in names:
        folder = _FOLDERS[name.removesuffix(_IN_A_CONTAINER)]
        patterns = [pattern for of, pattern in _OTHER_TOOLS if of == folder]
        tools = [str(path) for pattern in patterns for path in ask(api.Glob(pattern, most=10)).json]
        yield Database(name, folder, tuple(tools), name.endswith(_IN_A_CONTAINER), tuple(borgmatic.get(folder, ())))


def running_databases(text: str) -> Iterator[str]:
    """Read lines of program and control group; yield the names of products, again and again."""
    for line in text.splitlines():
        program, _, group = line.strip().partition(" ")
        if not (name := _PROGRAMS.get(program)):
            continue
        if _CONTAINER.search(group):
            yield name + _IN_A_CONTAINER
        elif not _NOT_JUDGED.search(group):
            yield name


def _named_by_borgmatic(ask: api.Ask) -> dict[str, list[str]]:
    """Data folder of a database -> files of borgmatic that have it dumped straight into borg's archives."""
    found: dict[str, list[str]] = {}
    for pattern in _BORGMATIC_FILES:
        for path in ask(api.Glob(pattern, most=20)).json:
            answer = ask(api.ReadFile(str(path), limit_bytes=256 * 2**10))
            for match in _BORGMATIC_DUMPS.finditer("" if answer.error else answer.body):
                found.setdefault(_BORGMATIC_KINDS[match["kind"]], []).append(str(path))
    return found
