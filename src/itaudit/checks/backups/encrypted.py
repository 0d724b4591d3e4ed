"""The backup can only be read with its password.

A backup holds everything at once. If the disk it is on is lost or stolen, it should be of no use to the finder.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.backups.fact import Backup

FIX = api.Remedy(
    "Start a new backup that is protected by a password, and destroy the unprotected one once the new one is complete.",
    api.Effort.HOURS,
    steps=(
        "borg init --encryption repokey-blake2 NEW-LOCATION",
        "borg key export NEW-LOCATION /path/on/paper-or-usb",
        "run the backup into NEW-LOCATION, restore a file from it, then delete the old repository after the time you keep copies",
    ),
    undo="Go on with the old repository.",
    verify="borg list --json NEW-LOCATION: encryption.mode is not none",
    if_you_wait="Whoever gets hold of the backup can read every file in it.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 11.3", "borg init, encryption modes"))
def encrypted(backup: Backup) -> api.Verdict:
    detail = f"{backup.product} {backup.place}"
    if backup.beside_the_data:
        summary = f"{backup.subject} is on this machine, as open as the data itself: the backup that saves it is judged."
        return api.verdict(api.Status.SKIPPED, summary, detail=detail)
    if backup.encrypted:
        return api.verdict(api.Status.OK, f"{backup.subject} can only be read with its password.", detail=detail)
    return api.verdict(
        api.Status.FAIL, f"Anyone who gets hold of {backup.subject} can read every file in it.", detail=detail, fix=FIX
    )
