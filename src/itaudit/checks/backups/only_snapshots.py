"""Earlier states kept on the same disk are not the only copies.

They bring back a file that was deleted by mistake. When the disk breaks or is stolen, they are gone together with the files.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.backups._set_up import SET_UP
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.local_snapshots import LocalSnapshots
from itaudit.facts.backups.repository import Repository, how_to_open, not_opened


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 11.4", "CISA, Data Backup Options (3-2-1)"))
def only_snapshots(kept: LocalSnapshots, backups: list[Backup], repositories: list[Repository]) -> api.Verdict:
    """A backup that could not be opened may be the second copy: unknown."""
    newest = f", newest {kept.newest:%Y-%m-%d %H:%M} UTC" if kept.newest else ""
    detail = f"{kept.product}: {kept.count} snapshots of {kept.subject}{newest}"
    where = "on its own disk" if kept.own_disk else "in another place of this machine"
    if not kept.count:
        return api.verdict(api.Status.SKIPPED, f"No earlier states of {kept.subject} are kept on its own disk.", detail=detail)
    if any(backup.newest and not backup.beside_the_data for backup in backups):
        summary = f"Earlier states of {kept.subject} are kept {where}, and there is a backup as well."
        return api.verdict(api.Status.OK, summary, detail=detail)
    if closed := not_opened(repositories, backups):
        summary = f"We cannot tell whether there is a backup besides the earlier states of {kept.subject} {where}."
        return api.verdict(api.Status.UNKNOWN, summary, detail=detail, unlock=how_to_open(closed))
    summary = f"Earlier states of {kept.subject} are kept only on its own disk, and are lost together with it."
    if not kept.own_disk:
        summary = f"Earlier states of {kept.subject} are kept {where}, mostly without people's own files, and nothing else is."
    return api.verdict(api.Status.FAIL, summary, detail=detail, fix=SET_UP)
