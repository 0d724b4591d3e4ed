"""There are two copies besides the originals, on two different disks or places.

A single copy fails together with the original more often than one thinks: the disk that breaks while everything is
being copied back, the theft that takes both. Two copies in two places survive any one accident.
"""

from __future__ import annotations

import re
from datetime import timedelta

from itaudit import api
from itaudit.facts.backups.data import ImportantData
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository, how_to_open, not_opened

WANTED = 2
FIX = api.Remedy(
    "Keep a second copy of the backup on another disk or in another place.",
    api.Effort.HOURS,
    cost=(0, 200),
    steps=(
        "a second repository on another disk, another machine or with a provider: restic init, borg init",
        "let the schedule write there too: a second run, or restic copy --from-repo FIRST (restic before 0.14: --repo2)",
        "name it in itaudit.toml: [[backups.repositories]]",
        "the rule 3-2-1-1-0: 3 copies with the original, 2 media, 1 elsewhere, 1 that cannot be changed, 0 faults in tests",
    ),
    verify="itaudit scan --only backups",
    if_you_wait="If the one copy turns out to be broken on the day it is needed, there is nothing else.",
)
_HOST = re.compile(r"(?:(?:sftp|rest|s3|rclone):)?(?:[a-z0-9+]{1,10}://)?(?:[^@/:]{1,100}@)?(?P<host>[^:/]{1,255})")
"""sftp:nas:/a, rest:https://nas:8000/, ssh://nas/./a, user@nas:a, s3:s3.example.com/bucket, rclone:remote:a."""


class Settings(api.CheckSettings):
    counts_for_days: float = 31
    """A place whose newest copy is older than this many days is no copy any more (31: the second one may be made monthly)."""


@api.check(severity=api.Severity.MEDIUM, sources=("CISA, Data Backup Options (3-2-1)",))
def copies(
    backups: list[Backup],
    repositories: list[Repository],
    data: list[ImportantData],
    machine: api.Machine,
    limits: Settings,
) -> api.Verdict:
    """Two repositories on one disk of this machine are one copy; one on the disk of the originals is none."""
    since = machine.now - timedelta(days=limits.counts_for_days)
    kept = [backup for backup in backups if backup.newest and not backup.beside_the_data]
    recent = [backup for backup in kept if backup.newest and backup.newest >= since]
    if not kept:
        return api.verdict(api.Status.SKIPPED, "There is no backup whose copies could be counted.")
    originals = {folder.device for folder in data if folder.device is not None}
    media = {_medium(backup) for backup in recent if backup.device is None or backup.device not in originals}
    detail = "; ".join(f"{backup.subject}: {backup.product} {backup.place}" for backup in recent) or "no recent copy"
    count = api.Measurement("copies", len(media), api.Unit.COUNT)
    if len(media) >= WANTED:
        summary = f"There are {len(media)} copies in different places besides the originals."
        return api.verdict(api.Status.OK, summary, count, detail=detail)
    closed = not_opened(repositories, backups)
    if len(media) + len(closed) >= WANTED:
        return api.verdict(
            api.Status.UNKNOWN,
            "We cannot tell whether there are two copies, because we could not look into every backup.",
            detail="; ".join(repository.place for repository in closed),
            unlock=how_to_open(closed),
        )
    return api.verdict(api.Status.FAIL, _too_few(len(media)), count, detail=detail, fix=FIX)


def _medium(backup: Backup) -> str:
    """What fails as one: a disk of this machine, or a machine or provider elsewhere."""
    if backup.device is not None:
        return f"device {backup.device}"
    host = _HOST.match(backup.place) if backup.remote else None
    return host["host"].casefold() if host else backup.place


def _too_few(media: int) -> str:
    if media:
        return "There is only one copy besides the originals."
    return "There is no recent copy on another disk than the originals."
