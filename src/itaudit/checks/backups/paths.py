"""Everything important is in the backup.

A backup that runs every night can still leave out the folder that matters, often one that was added later.
"""

from __future__ import annotations

from collections.abc import Sequence

from itaudit import api
from itaudit.checks.backups._set_up import SET_UP
from itaudit.facts.backups.data import ImportantData
from itaudit.facts.backups.databases import Database
from itaudit.facts.backups.fact import Backup, hours_since, readable_age
from itaudit.facts.backups.repository import Repository, how_to_open, not_opened

FIX = api.Remedy(
    "Add the missing folders to the backup.",
    api.Effort.MINUTES,
    steps=(
        "restic: add the folder to the `restic backup` command; borg: to `borg create`; borgmatic: to source_directories",
        "look for an exclude that leaves it out",
        "databases: save a dump (pg_dump, mysqldump), because files copied while the database runs may not open again",
        "not needed: leave it out of required_paths under [backups] in itaudit.toml",
    ),
    verify="itaudit scan --only backups",
    if_you_wait="If the disk fails, what is in these folders is lost for good.",
)


class Settings(api.CheckSettings):
    behind_hours: api.AtMost = api.AtMost(warn=48, fail=168)
    """Hours from the newest copy that holds the folder to the newest copy of anything (how old that one is: backups.age)."""


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 11.1", "CIS v8.1 11.2"))
def paths(
    data: ImportantData,
    backups: list[Backup],
    repositories: list[Repository],
    databases: list[Database],
    machine: api.Machine,
    limits: Settings,
) -> api.Verdict:
    """A folder left out of the newest copies is found, though older ones hold it. That of a running database is not judged:
    its files need not be saved when its contents are (backups.databases)."""
    running = [database for database in databases if database.folder == data.path and not database.in_container]
    if running and not data.backup:
        return api.verdict(
            api.Status.SKIPPED, f"{data.path} belongs to {running[0].subject}: how that is saved is judged by itself."
        )
    wanted = _that_count(data, backups)
    detail = "; ".join(_contents(backup) for backup in wanted) or "no backup could be opened"
    newest = max((backup.newest for backup in wanted if backup.newest), default=None)
    whole = max((when for backup in wanted if (when := backup.newest_with(data.path))), default=None)
    part = max((when for backup in wanted if (when := backup.newest_with_part_of(data.path))), default=None)
    if newest and whole:
        hours = hours_since(whole, newest)
        status = limits.behind_hours.judge(hours)
        left_out = f"{data.path} was left out of the newest copies for {readable_age(hours)}."
        summary = f"{data.path} is in the backup." if status is api.Status.OK else left_out
        return api.verdict(status, summary, detail=detail, fix=FIX)
    if newest and part and limits.behind_hours.judge(hours_since(part, newest)) is not api.Status.FAIL:
        return api.verdict(api.Status.WARN, f"Only a part of {data.path} is in the backup.", detail=detail, fix=FIX)
    if unlock := _why_unsure(data, wanted, not_opened(repositories, backups), repositories, machine):
        return api.verdict(
            api.Status.UNKNOWN, f"We cannot tell whether {data.path} is in a backup.", detail=detail, unlock=unlock
        )
    fix = FIX if newest else SET_UP
    return api.verdict(api.Status.FAIL, f"{data.path} is not in {data.backup or 'any backup'}.", detail=detail, fix=fix)


def _that_count(data: ImportantData, backups: list[Backup]) -> list[Backup]:
    """Dumps on this machine count when a real backup saves them, or when they were asked for by name."""
    real = [backup for backup in backups if not backup.beside_the_data]
    wanted = [backup for backup in backups if data.backup in ("", backup.subject)]
    return [
        backup
        for backup in wanted
        if not backup.beside_the_data or data.backup or any(other.newest_with(backup.place) for other in real)
    ]


def _why_unsure(
    data: ImportantData,
    wanted: list[Backup],
    closed: Sequence[Repository],
    repositories: list[Repository],
    machine: api.Machine,
) -> str:
    """What would make it sure that the folder is missing; "" when that is sure."""
    if might_hold_it := [one for one in closed if data.backup in ("", one.subject)]:
        return how_to_open(might_hold_it)
    if any(backup.snapshots and not backup.snapshots[-1].paths_sure for backup in wanted):
        return "The list of folders is kept outside the backup command: give the folders in the command itself."
    if not data.seen:
        return "Run itaudit as root (sudo itaudit scan): this user may not see whether the folder holds anything."
    if not machine.admin and not repositories:
        return "Run itaudit as root (sudo itaudit scan): this user may not see every backup that is set up."
    return ""


def _contents(backup: Backup) -> str:
    if not backup.snapshots:
        return f"{backup.subject}: no snapshot of this machine"
    newest = backup.snapshots[-1]
    excludes = f", without {' '.join(newest.excludes)}" if newest.excludes else ""
    return f"{backup.subject} {newest.when:%Y-%m-%d %H:%M} UTC: {' '.join(newest.paths) or 'folders not recorded'}{excludes}"
