"""Databases are saved in a form that opens again.

The files of a database change while they are being copied; such a copy often cannot be opened.
A database has to write out its contents itself, and that has to go into the backup.
"""

from __future__ import annotations

import re

from itaudit import api
from itaudit.facts.backups.databases import Database
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository, not_opened

FIX = api.Remedy(
    "Let the database write out its contents every night before the backup runs, into a folder that is in the backup.",
    api.Effort.HOURS,
    steps=(
        "PostgreSQL: pg_dumpall --file /var/backups/postgresql/all.sql (as postgres), or pg_dump --format custom for each",
        "MySQL, MariaDB: mysqldump --all-databases --single-transaction --result-file /var/backups/mysql/all.sql",
        "run it before the backup, and back up that folder; tell of it in itaudit.toml: [[backups.repositories]]",
        'product = "dumps", location = "/var/backups/postgresql"',
        'saved in another way (replica elsewhere, the provider): [[accepted]] check = "backups.databases"',
    ),
    verify="itaudit scan --only backups",
    if_you_wait="On the day of the loss the database may not open, though its files are in the backup.",
)
_DUMP = re.compile(r"/stdin$|\.(?:sql|dump|pgdump|psql)(?:\.\w{1,5}){0,2}$", re.IGNORECASE)


@api.check(severity=api.Severity.HIGH, sources=("PostgreSQL manual, File System Level Backup", "MySQL manual, Backup Methods"))
def databases(database: Database, backups: list[Backup], repositories: list[Repository], machine: api.Machine) -> api.Verdict:
    """A dump counts when it lies in a folder that a real backup saves, or was piped into one."""
    real = [backup for backup in backups if not backup.beside_the_data]
    dumps = [backup for backup in backups if backup.beside_the_data and backup.newest_with(database.folder)]
    saved = [dump for dump in dumps if any(backup.newest_with(dump.place) for backup in real)]
    piped = sorted({path for backup in real for made in backup.snapshots[-20:] for path in made.paths if _DUMP.search(path)})
    detail = f"{database.folder}; dumps in {', '.join(dump.place for dump in dumps) or 'no folder that we know of'}"
    if saved or piped:
        detail = ", ".join([*(dump.place for dump in saved), *piped[:5]])
        return api.verdict(api.Status.OK, f"The contents of {database.subject} are written out and saved.", detail=detail)
    if dumps and real:
        summary = f"The contents of {database.subject} are written out, but that folder is in no backup."
    else:
        summary = f"{database.subject} runs here, and nothing that we found saves it in a form that surely opens again."
    if unlock := _why_unsure(database, backups, repositories, machine):
        return api.verdict(api.Status.UNKNOWN, f"We cannot tell how {database.subject} is saved.", detail=detail, unlock=unlock)
    files_saved = any(backup.newest_with(database.folder) for backup in real)
    return api.verdict(api.Status.WARN if files_saved else api.Status.FAIL, summary, detail=detail, fix=FIX)


def _why_unsure(database: Database, backups: list[Backup], repositories: list[Repository], machine: api.Machine) -> str:
    if database.other_tools:
        return f"It seems to be saved by a program that itaudit does not know: look at {', '.join(database.other_tools[:3])}."
    if not_opened(repositories, backups):
        return "Let itaudit open every backup: location and password_file under [[backups.repositories]] in itaudit.toml."
    if any(backup.snapshots and not backup.snapshots[-1].paths_sure for backup in backups if not backup.beside_the_data):
        return "The list of folders is kept outside the backup command: give the folders in the command itself."
    return "" if machine.admin else "Run itaudit as root (sudo itaudit scan): this user may not see every backup that is set up."
