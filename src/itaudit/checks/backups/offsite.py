"""One copy is kept in another place.

Fire, theft and a surge hit everything in the room, the backup disk beside the computer included.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.backups.data import ImportantData
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository, may_be_elsewhere, not_opened

FIX = api.Remedy(
    "Keep one copy of the backup in another building or with a provider.",
    api.Effort.HOURS,
    cost=(0, 200),
    steps=(
        "a second repository on another machine: restic init --repo sftp:HOST:/PATH, or borg init ssh://HOST/PATH",
        "let the schedule write there too (restic copy, or a second run)",
        "name it in itaudit.toml: [[backups.repositories]]",
    ),
    verify="itaudit scan --only backups",
    if_you_wait="One burglary or fire takes the originals and the copy together.",
)


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 11.4", "CISA, Data Backup Options (3-2-1)"))
def offsite(backups: list[Backup], repositories: list[Repository], data: list[ImportantData]) -> api.Verdict:
    """A folder of this machine is judged by its file system: the same as the data's is no second disk."""
    usable = [backup for backup in backups if backup.newest and not backup.beside_the_data]
    detail = "; ".join(f"{backup.subject}: {backup.place}" for backup in usable)
    if not usable:
        return api.verdict(api.Status.SKIPPED, "There is no backup whose place could be judged.")
    if any(backup.remote for backup in usable):
        return api.verdict(api.Status.OK, "A copy is kept on another machine.", detail=detail)
    if away := [repository.place for repository in not_opened(repositories, backups) if may_be_elsewhere(repository)]:
        summary = "A copy that may be in another place is set up, but we could not look into it."
        return api.verdict(api.Status.UNKNOWN, summary, detail=", ".join(away), unlock="Let itaudit open that backup.")
    devices = {folder.device for folder in data if folder.device is not None}
    if all(backup.device in devices for backup in usable):
        summary = "The only copies are on the same disk as the originals."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=FIX)
    return api.verdict(api.Status.WARN, "All copies are on disks attached to this machine.", detail=detail, fix=FIX)
