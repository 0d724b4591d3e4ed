"""The backup has been examined for damage, and is sound.

Disks lose data without saying so, and a backup is read only on the day it is needed.
The backup program can find such damage beforehand.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.backups.examinations import MEASUREMENT, Examination
from itaudit.facts.backups.fact import Backup, hours_since

REPAIR = api.Remedy(
    "Start a sound backup beside the damaged one today, and only then try to repair that.",
    api.Effort.DAY,
    steps=(
        "keep the damaged repository as it is; make no tidying run (forget --prune, prune) on it",
        "back up everything into a new repository on another disk",
        "restic check --read-data; borg check --verify-data: says what is damaged",
        "test the disk and the memory: smartctl -t long DEVICE, memtest86+",
        "on a copy of it: restic rebuild-index (repair index), then restic backup --force; borg check --repair",
    ),
    verify="itaudit scan --only backups",
    if_you_wait="Some or all of your files may not come back on the day they are needed.",
)
FIX = api.Remedy(
    "Let the backup program examine the backup every month.",
    api.Effort.MINUTES,
    steps=(
        'let itaudit do it: check = "structure" under [backups] in itaudit.toml ("contents" reads everything)',
        "or by hand: restic check --read-data-subset=5%; borg check; then a restore test, which itaudit takes note of",
    ),
    undo='check = "never"',
    verify="itaudit scan --only backups",
    if_you_wait="Damage is found on the day the files are needed.",
)


class Settings(api.CheckSettings):
    age_days: api.AtMost = api.AtMost(warn=30, fail=90)
    """Days since the backup was last examined and found sound."""


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 11.5", "restic manual, Checking integrity and consistency"))
def integrity(examination: Examination, backups: list[Backup], machine: api.Machine, limits: Settings) -> api.Verdict:
    """A restore test that brought all its files back intact counts for an examination: it reads what matters most."""
    name = examination.subject
    backup = next((backup for backup in backups if backup.subject == name), None)
    detail = f"{examination.product} {examination.place}"
    if examination.when and not examination.sound:
        said = f"{detail}: {examination.said or f'found damaged {examination.when:%Y-%m-%d %H:%M} UTC'}"
        summary = f"{name} is damaged: files in it may not come back."
        severity = api.Severity.CRITICAL
        return api.verdict(api.Status.FAIL, summary, *_measured(examination), detail=said, fix=REPAIR, severity=severity)
    times = [drill.when for drill in (backup.drills if backup else None) or () if drill.proven and drill.when <= machine.now]
    newest = max([*times, *([examination.when] if examination.when else [])], default=None)
    if newest:
        days = hours_since(newest, machine.now) / 24
        when = "today" if days < 1 else f"{api.readable_days(int(days))} ago"
        summary = f"{name} was examined {when} and found sound."
        return api.verdict(limits.age_days.judge(days), summary, *_measured(examination), detail=detail, fix=FIX)
    if not backup:
        summary = f"We could not look into {name}, and know of no examination."
        return api.verdict(api.Status.UNKNOWN, summary, detail=detail, unlock="Let itaudit open that backup.")
    return api.verdict(api.Status.WARN, f"We know of nobody who has examined {name} for damage.", detail=detail, fix=FIX)


def _measured(examination: Examination) -> list[api.Measurement]:
    """Only what this scan saw: the memory of it must not renew itself."""
    return [api.Measurement(MEASUREMENT, float(examination.sound), api.Unit.COUNT)] if examination.now else []
