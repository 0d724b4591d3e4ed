"""Folders of database dumps that pg_dump, pg_dumpall, mysqldump and mariadb-dump write.

A dump is material for a backup and none alone: it lies on the machine whose disk may die. Only whole dumps count:
a full disk or a wrong password leaves an empty file, or one without its last line, under a fresh date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.opening import Contents, looked_into, must_be_there
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups

POSTGRESQL, MYSQL = "/var/lib/postgresql", "/var/lib/mysql"
SMALLEST_BYTES = 100
"""gzip of nothing has 20 bytes, xz of nothing 32; the dump of an empty database has several hundred."""
MOST_LOOKED_INTO = 5
"""Newest files whose beginning and end are read."""
_NAME = re.compile(r"\.(?:sql|dump|pgdump|psql|backup)(?:\.(?:gz|xz|bz2|zst|lz4|gpg|age|enc)){0,2}$", re.IGNORECASE)
_SECRET = re.compile(r"\.(?:gpg|age|enc)$", re.IGNORECASE)
_WHOLE = {
    POSTGRESQL: re.compile(r"^-- PostgreSQL database (?:cluster )?dump complete", re.MULTILINE),
    MYSQL: re.compile(r"^-- Dump completed", re.MULTILINE),
}


@dataclass(frozen=True, slots=True)
class DumpFile:
    """modified: UTC. size_bytes: as it lies there."""

    path: str
    modified: datetime
    size_bytes: int


@api.provider("linux", seconds=40)
def database_dumps(ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository]) -> api.Facts[Backup]:
    """Yield one Backup for each folder, with a Snapshot for each dump that is whole as far as can be seen."""
    ours = [repository for repository in repositories if repository.product == "dumps"]
    yield from looked_into(ask, machine, settings, ours, lambda repository: _look(ask, machine, repository))


def files_question(folder: str) -> api.Command:
    """Time, size and name of the files in the folder and two levels below it, which is how the usual scripts sort them."""
    argv = ("find", folder, "-maxdepth", "3", "-type", "f", "-printf", r"%T@\t%s\t%p\0")
    return api.Command(argv, timeout=20.0)


def parse_files(text: str) -> list[DumpFile]:
    """Return what looks like a dump by its name, newest first. Raises Unreadable for what find does not print."""
    found: list[DumpFile] = []
    for record in text.split("\0")[:-1]:
        try:
            modified, size, path = record.split("\t", 2)
            if _NAME.search(path):
                found.append(DumpFile(path, datetime.fromtimestamp(float(modified), UTC), int(size)))
        except (ValueError, OverflowError, OSError) as error:
            raise api.Unreadable(f"the list of dumps: {record[:100]!r}") from error
    return sorted(found, key=lambda file: file.modified, reverse=True)


def _look(ask: api.Ask, machine: api.Machine, repository: Repository) -> tuple[Repository, Contents]:
    must_be_there(ask, repository.location)
    answer = ask(files_question(repository.location))
    # find ends with 1 where it may not enter a folder; what it did print is true.
    files = parse_files(answer.text)
    if not files and answer.exit_code not in (0, None):
        raise api.AccessDenied(repository.location)
    kind, broken = _kind_and_broken(ask, repository, files[:MOST_LOOKED_INTO])
    whole = [file for file in files if file.size_bytes >= SMALLEST_BYTES and file not in broken]
    host = repository.host or machine.host
    pairs = [(host, Snapshot(file.modified, (kind,) if kind else (), bool(kind))) for file in whole]
    encrypted = bool(whole) and all(_SECRET.search(file.path) for file in whole)
    return repository, Contents(pairs, encrypted, beside_the_data=True)


def _kind_and_broken(ask: api.Ask, repository: Repository, files: Sequence[DumpFile]) -> tuple[str, set[DumpFile]]:
    """(which database they are of, "" when neither tells; those without their end)."""
    kind, broken = repository.source, set()
    for file in files:
        start = _read(ask, ("head", "-c", "80", "--", file.path))
        if start.startswith("PGDMP"):
            kind = kind or POSTGRESQL
        for database, last_line in _WHOLE.items():
            if _is_plain(start, database):
                kind = kind or database
                end = _read(ask, ("tail", "-c", "150", "--", file.path))
                if end and not last_line.search(end):
                    broken.add(file)
    return kind, broken


def _is_plain(start: str, database: str) -> bool:
    signs = ("-- PostgreSQL database",) if database == POSTGRESQL else ("-- MySQL dump", "-- MariaDB dump")
    return any(sign in start for sign in signs)


def _read(ask: api.Ask, argv: tuple[str, ...]) -> str:
    """A few bytes, for dumps hold what is private; "" for a file that is gone or closed to us."""
    answer = ask(api.Command(argv, timeout=5.0))
    return "" if answer.error or answer.exit_code else answer.body
