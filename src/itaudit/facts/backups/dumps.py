"""Folders of database dumps that pg_dump, pg_dumpall, mysqldump and mariadb-dump write.

A dump is material for a backup and none alone: it lies on the machine whose disk may die. Only whole dumps count:
a full disk or a wrong password leaves an empty file, or one without its last line, under a fresh date.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.backups.dump_contents import DumpFile, current, told_by
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.opening import Contents, looked_into, must_be_there
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups

_NAME = re.compile(
    r"(?:\.(?:sql|dump|pgdump|psql|backup|archive|bson|bak|[fg]bk|bolt)(?:\.(?:gz|xz|bz2|zst|lz4|gpg|age|enc)){0,2}|/toc\.dat)$",
    re.IGNORECASE,
)
_SECRET = re.compile(r"\.(?:gpg|age|enc)$", re.IGNORECASE)


@api.provider("linux", seconds=60)
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
    told = told_by(ask, files)
    whole = [file for file in files if told.counts(file)]
    host = repository.host or machine.host
    pairs = [(host, _snapshot(file, told.kind(file) or repository.source)) for file in whole]
    encrypted = bool(whole) and all(_SECRET.search(file.path) for file in whole)
    broken = tuple((file.path, told.kind(file) or repository.source) for file in current(told.broken, files, machine.now))
    return repository, Contents(pairs, encrypted, beside_the_data=True, broken=broken)


def _snapshot(file: DumpFile, kind: str) -> Snapshot:
    return Snapshot(file.modified, (kind,) if kind else (), bool(kind))
