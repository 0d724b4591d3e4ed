"""A real PostgreSQL server in a private folder, on a socket and a free port of loopback; not as root, since it refuses that."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab._ports import claimed_port
from lab._running import short_folder

BOUND_SECONDS = 60
_NOBODY = 65534


@dataclass(frozen=True)
class PostgresqlLab:
    """A running server with the database `shop` and its table `invoice` of 200 rows. No password is asked for."""

    socket_folder: Path
    port: int
    superuser: str = "lab"
    database: str = "shop"
    host: str = "127.0.0.1"

    @property
    def reach(self) -> tuple[str, ...]:
        """Options for every program of PostgreSQL, by socket: nothing else on the machine can get in between."""
        return ("-h", str(self.socket_folder), "-p", str(self.port), "-U", self.superuser)

    def query(self, statement: str) -> str:
        """What psql prints for it, without headers."""
        return self._run("psql", *self.reach, "-d", self.database, "-Atqc", statement)

    def dump(self, path: Path, form: str = "custom") -> Path:
        """pg_dump of the database to `path`, as plain, custom, directory or tar; "all" is pg_dumpall. Returns the path."""
        if form == "all":
            self._run("pg_dumpall", *self.reach, "-f", str(path))
        else:
            self._run("pg_dump", *self.reach, "-F", form, "-f", str(path), self.database)
        return path

    def _run(self, *command: str) -> str:
        return bounded(*command)


def bounded(*command: str) -> str:
    """Run to its end, at most a minute. Raises CalledProcessError."""
    # Its output goes to a file: the server that pg_ctl starts would keep a pipe open.
    with tempfile.TemporaryFile("w+") as output:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, cwd="/", timeout=BOUND_SECONDS, check=True)
        output.seek(0)
        return output.read()


@pytest.fixture(scope="session")
def postgresql(needs: Callable[..., str]) -> Iterator[PostgresqlLab]:
    """A running server; tests may add databases of their own, and leave `shop` as it is."""
    needs("pg_dump", "postgresql-client")
    server = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None)
    if server is None:
        needs("postgres", "postgresql")
    assert server is not None
    as_user = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups") if os.geteuid() == 0 else ()
    # Not below pytest's own folder, which is closed to other users.
    with short_folder("postgresql") as folder:
        name = str(folder)
        if as_user:
            os.chown(name, _NOBODY, _NOBODY)
        lab = PostgresqlLab(folder, claimed_port())
        data = f"{name}/data"
        bounded(*as_user, str(server.with_name("initdb")), "-D", data, "-U", lab.superuser, "-A", "trust", "--no-sync")
        control = (*as_user, str(server.with_name("pg_ctl")), "-D", data, "-w", "-l", f"{name}/log")
        options = f"-c listen_addresses={lab.host} -c port={lab.port} -c unix_socket_directories={name} -c fsync=off"
        bounded(*control, "-o", options, "start")
        try:
            bounded("createdb", *lab.reach, lab.database)
            lab.query("CREATE TABLE invoice AS SELECT n AS number, md5(n::text) AS customer FROM generate_series(1, 200) AS n")
            yield lab
        finally:
            bounded(*control, "-m", "immediate", "stop")
