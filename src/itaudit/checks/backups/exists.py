"""This machine is backed up.

Disks break, thieves take computers and criminals lock files for ransom.
Without a second copy, what was on this machine is gone that day.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.backups._set_up import SET_UP
from itaudit.facts.backups.data import ImportantData
from itaudit.facts.backups.fact import Backup, hours_since, readable_age
from itaudit.facts.backups.repository import Repository, how_to_open, not_opened


@api.check(severity=api.Severity.CRITICAL, sources=("CIS v8.1 11.2", "NIST SP 800-34 rev. 1, 3.4.2"))
def exists(backups: list[Backup], repositories: list[Repository], data: list[ImportantData], machine: api.Machine) -> api.Verdict:
    """Without any repository we look no further; one that could not be opened is unknown, never absent."""
    alone = [backup for backup in backups if backup.newest and not backup.beside_the_data]
    newest = max((backup.newest for backup in alone if backup.newest), default=None)
    if newest:
        age = readable_age(hours_since(newest, machine.now))
        places = ", ".join(f"{b.subject} ({b.product}, {len(b.snapshots)} snapshots)" for b in alone)
        return api.verdict(api.Status.OK, f"This machine is backed up; the newest copy is {age} old.", detail=places)
    # A folder of dumps that did not open would be no backup alone either.
    if closed := [repository for repository in not_opened(repositories, backups) if repository.product != "dumps"]:
        return api.verdict(
            api.Status.UNKNOWN,
            "A backup is set up, but we could not look into it.",
            detail=", ".join(repository.place for repository in closed),
            unlock=how_to_open(closed),
        )
    if not machine.admin and not repositories:
        summary = "We found no backup of this machine, but may not see everything that it runs."
        return api.verdict(api.Status.UNKNOWN, summary, unlock="Run itaudit as root (sudo itaudit scan).")
    if not data:
        return api.verdict(api.Status.SKIPPED, "There is no data on this machine that would need a backup.")
    folders = ", ".join(folder.path for folder in data)
    found = "The backup that is set up holds no copy of this machine" if backups else "We found no backup of this machine"
    if backups and all(backup.beside_the_data for backup in backups):
        found = "Only the databases are copied, and into a folder of this same machine. There is no backup of this machine"
    return api.verdict(
        api.Status.FAIL,
        f"{found}, which keeps data in {folders}.",
        detail="; ".join(_emptiness(backup) for backup in backups)
        or "looked in cron, systemd, /etc/restic, borgmatic, running programs and the traces of 40 other products",
        fix=SET_UP,
        flags=[api.Flag.BUSINESS_STOPPER] if any(folder.of_the_business for folder in data) else [],
    )


def _emptiness(backup: Backup) -> str:
    others = f"; holds snapshots of {', '.join(backup.other_hosts)}" if backup.other_hosts else ""
    future = f"; {backup.future} snapshots are dated in the future and do not count" if backup.future else ""
    if backup.beside_the_data:
        return f"{backup.product} {backup.place}: {len(backup.snapshots)} on the machine itself, which are no backup alone"
    return f"{backup.product} {backup.place}: no snapshot of this machine{others}{future}"
