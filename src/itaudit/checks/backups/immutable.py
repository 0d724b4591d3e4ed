"""One copy cannot be deleted from this machine.

Criminals who lock files for ransom delete the backups first, with the rights of the machine that they broke into.
A copy that this machine may add to, but not delete or change, survives them.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.protection import Protection

FIX = api.Remedy(
    "Keep one copy in a place where this machine cannot delete or change it.",
    api.Effort.HOURS,
    cost=(0, 200),
    steps=(
        "restic to another machine: rest-server --append-only; to S3: a bucket with object lock",
        'borg to another machine: command="borg serve --append-only --restrict-to-path PATH" in its authorized_keys',
        "any other: read-only snapshots of the place, made by the machine that keeps it; tidy old copies from there",
        "then say so: protected = true in its [[backups.repositories]] of itaudit.toml",
    ),
    verify="try to delete one copy from this machine: restic forget ID, borg delete ::ARCHIVE must be refused or undone",
    if_you_wait="Whoever breaks into this machine can delete the originals and every copy.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 11.3", "CISA #StopRansomware Guide, Part 1"))
def immutable(protections: list[Protection], backups: list[Backup]) -> api.Verdict:
    """One that is protected is enough; one whose protection cannot be seen is unknown, never unprotected."""
    with_copies = {backup.subject for backup in backups if backup.newest and not backup.beside_the_data}
    if not with_copies:
        return api.verdict(api.Status.SKIPPED, "There is no backup whose protection could be judged.")
    detail = "; ".join(f"{protection.subject} ({protection.place}): {protection.how}" for protection in protections)
    if any(protection.protected and protection.subject in with_copies for protection in protections):
        return api.verdict(api.Status.OK, "One copy cannot be deleted from this machine.", detail=detail)
    known = {protection.subject for protection in protections if protection.protected is not None}
    if with_copies - known or any(p.protected is None for p in protections):
        return api.verdict(
            api.Status.UNKNOWN,
            "We cannot see from here whether this machine could delete its own copies.",
            detail=detail,
            unlock="Say for each backup whether it can: protected = true or false in [[backups.repositories]] of itaudit.toml.",
        )
    return api.verdict(api.Status.FAIL, "Every copy can be deleted from this machine.", detail=detail, fix=FIX)
