"""Databases are saved in a form that opens again.

The files of a database change while they are being copied; such a copy often cannot be opened.
A database has to write out its contents itself, and that has to go into the backup.
"""

from __future__ import annotations

import re
from datetime import timedelta

from itaudit import api
from itaudit.checks.backups._set_up import SET_UP
from itaudit.facts.backups.databases import Database
from itaudit.facts.backups.dump_contents import MONGODB, MYSQL, POSTGRESQL
from itaudit.facts.backups.fact import Backup, hours_since, readable_age
from itaudit.facts.backups.repository import Repository, how_to_open, not_opened

FIX = api.Remedy(
    "Let the database write out its contents every night before the backup runs, into a folder that is in the backup.",
    api.Effort.HOURS,
    steps=(
        "PostgreSQL: pg_dumpall --file /var/backups/postgresql/all.sql (as postgres), or pg_dump --format custom for each",
        "MySQL, MariaDB: mysqldump --all-databases --single-transaction --result-file /var/backups/mysql/all.sql",
        "MongoDB: mongodump --gzip --archive=FILE; SQL Server: BACKUP DATABASE; InfluxDB: influx backup; Firebird: gbak",
        "in a container: docker exec NAME pg_dumpall -U postgres > /var/backups/postgresql/all.sql",
        "run it before the backup, and back up that folder; tell of it in itaudit.toml: [[backups.repositories]]",
        'product = "dumps", location = "/var/backups/postgresql"',
        'saved in another way (replica elsewhere, the provider): [[accepted]] check = "backups.databases"',
    ),
    verify="itaudit scan --only backups",
    if_you_wait="On the day of the loss the database may not open, though its files are in the backup.",
)
BROKEN = api.Remedy(
    "Find out why the database was not written out to its end, and let it be done again before the next backup.",
    api.Effort.HOURS,
    steps=(
        "run by hand what writes the file in the detail, and read what it says; look for free space (df -h) and the password",
        "in a script: set -o pipefail, so that `pg_dump | gzip` fails when pg_dump does; write to a new name, rename at the end",
        "then back up, and keep the older copies until a whole one is saved",
    ),
    verify="tail -n 3 FILE (zcat FILE.gz | tail -n 3) tells of a complete dump; pg_restore -f /dev/null FILE ends with 0",
    if_you_wait="The newest copy of the database that opens again becomes older every day.",
)
_DUMP = re.compile(r"/stdin$|\.(?:sql|dump|pgdump|psql|archive)(?:\.\w{1,5}){0,2}$", re.IGNORECASE)
_NAMED_AFTER = {
    POSTGRESQL: re.compile(r"postgres|pg_|psql", re.IGNORECASE),
    MYSQL: re.compile(r"mysql|maria", re.IGNORECASE),
    MONGODB: re.compile(r"mongo", re.IGNORECASE),
}


class Settings(api.CheckSettings):
    behind_days: float = 7
    """Days that the database may be behind the rest: its written-out contents behind other files in that folder, and the
    newest copy with that folder behind the newest copy of anything."""


@api.check(severity=api.Severity.HIGH, sources=("PostgreSQL manual, File System Level Backup", "MySQL manual, Backup Methods"))
def databases(
    database: Database, backups: list[Backup], repositories: list[Repository], machine: api.Machine, limits: Settings
) -> api.Verdict:
    """A dump counts when it lies in a folder that a real backup saves, or was piped into one."""
    name, behind = database.subject, timedelta(days=limits.behind_days)
    real = [backup for backup in backups if not backup.beside_the_data and backup.newest]
    dumps = [backup for backup in backups if backup.beside_the_data and backup.newest_with(database.folder)]
    saved = [dump for dump in dumps if _is_saved(dump, real, behind)]
    straight = [*_piped(database, real, behind), *_by_borgmatic(database, real)]
    broken = [path for dump in backups for path, kind in dump.broken if kind == database.folder or (not kind and dump in dumps)]
    detail = _detail(database, dumps, broken)
    if (saved or straight) and broken:
        summary = f"The contents of {name} were last written out only in part."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=BROKEN)
    if straight or any(_behind_hours(dump, database) <= behind.total_seconds() / 3600 for dump in saved):
        detail = ", ".join([*(dump.place for dump in saved), *straight[:5]])
        return api.verdict(api.Status.OK, f"The contents of {name} are written out and saved.", detail=detail)
    if saved:
        hours = min(_behind_hours(dump, database) for dump in saved)
        summary = f"The contents of {name} were not written out in the last {readable_age(hours)}, while others were."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=FIX)
    if unlock := _why_unsure(database, backups, repositories, machine):
        return api.verdict(api.Status.UNKNOWN, f"We cannot tell how {name} is saved.", detail=detail, unlock=unlock)
    return _not_saved(database, real, dumps, detail)


def _not_saved(database: Database, real: list[Backup], dumps: list[Backup], detail: str) -> api.Verdict:
    """Files in the backup are better than nothing; where a container keeps them is not known."""
    name = database.subject
    if dumps:
        summary = f"The contents of {name} are written out, but that folder is in no backup."
    else:
        summary = f"{name} runs here, and nothing that we found saves it in a form that surely opens again."
    files_saved = any(backup.newest_with(database.folder) for backup in real) or (database.in_container and real)
    status = api.Status.WARN if files_saved and not dumps else api.Status.FAIL
    return api.verdict(status, summary, detail=detail, fix=FIX if real else SET_UP)


def _detail(database: Database, dumps: list[Backup], broken: list[str]) -> str:
    known = f"dumps in {', '.join(dump.place for dump in dumps) or 'no folder that we know of'}"
    said = f"; empty or without their end: {', '.join(broken[:5])}" if broken else ""
    return f"{database.folder}; {known}{said}"


def _is_saved(dump: Backup, real: list[Backup], behind: timedelta) -> bool:
    """Is its folder in a backup, and still so?"""
    return any((when := backup.newest_with(dump.place)) and backup.newest and backup.newest - when <= behind for backup in real)


def _behind_hours(dump: Backup, database: Database) -> float:
    """How far its dumps are behind the newest in that folder; how old that one is, backups.age tells."""
    when = dump.newest_with(database.folder)
    return hours_since(when, dump.newest) if when and dump.newest else 0.0


def _piped(database: Database, real: list[Backup], behind: timedelta) -> list[str]:
    """Paths of dumps that went straight into a backup lately; not those named after another database."""
    others = [pattern for folder, pattern in _NAMED_AFTER.items() if folder != database.folder]
    found: dict[str, None] = {}
    for backup in real:
        for made in backup.snapshots:
            if backup.newest and backup.newest - made.when <= behind:
                found.update(dict.fromkeys(path for path in made.paths if _DUMP.search(path)))
    own = _NAMED_AFTER.get(database.folder)
    return sorted(path for path in found if (own and own.search(path)) or not any(pattern.search(path) for pattern in others))


def _by_borgmatic(database: Database, real: list[Backup]) -> list[str]:
    """borgmatic puts the dumps straight into borg's archives."""
    return list(database.by_borgmatic) if any(backup.product == "borg" for backup in real) else []


def _why_unsure(database: Database, backups: list[Backup], repositories: list[Repository], machine: api.Machine) -> str:
    if database.other_tools:
        return f"It seems to be saved by a program that itaudit does not know: look at {', '.join(database.other_tools[:3])}."
    if closed := not_opened(repositories, backups):
        return how_to_open(closed)
    unclear = [dump for dump in backups if dump.beside_the_data and any(not made.paths for made in dump.snapshots)]
    if unclear:
        return (
            f"Say which database the files in {unclear[0].place} are of: source = {database.folder!r}"
            " under its [[backups.repositories]] in itaudit.toml."
        )
    if any(backup.snapshots and not backup.snapshots[-1].paths_sure for backup in backups if not backup.beside_the_data):
        return "The list of folders is kept outside the backup command: give the folders in the command itself."
    return "" if machine.admin else "Run itaudit as root (sudo itaudit scan): this user may not see every backup that is set up."
