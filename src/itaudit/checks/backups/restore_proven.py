"""Files were brought back from the backup and checked, not long ago.

Only a restore shows that a backup works. Many businesses learn on their worst day that it never did.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.backups.drills import Drill
from itaudit.facts.backups.fact import CLOCK_TOLERANCE, Backup, hours_since

FIX = api.Remedy(
    "Bring back a few files from the backup, compare them with the originals, and note the result.",
    api.Effort.MINUTES,
    steps=(
        "itaudit drill: does all of this for restic, borg and rsnapshot, and notes the result; for others, by hand:",
        "restic restore latest --target /tmp/restore-test --include /etc/hostname; or borg extract ::ARCHIVE etc/hostname",
        "sha256sum the original and the restored file",
        'append to the drill_log of [backups]: {"time": "...+00:00", "backup": "NAME", "restored": 20, "different": 0}',
    ),
    verify="itaudit scan --only backups",
    if_you_wait="You would learn on the day of the loss whether the backup works.",
)
REPAIR = api.Remedy(
    "Find out why files did not come back intact, and start a sound backup beside this one.",
    api.Effort.DAY,
    steps=(
        "keep the old repository as it is",
        "restic check --read-data; borg check --verify-data: says what is damaged",
        "test memory and disks of both machines (memtest86+, smartctl -a)",
        "back up into a new repository, then restore from that one and compare",
    ),
    verify="a restore test without different or failed files",
    if_you_wait="You have a backup that does not give your files back as they were.",
)


class Settings(api.CheckSettings):
    age_days: api.AtMost = api.AtMost(warn=75, fail=90)
    """Days since files were last brought back intact (90: quarterly, with a reminder two weeks before)."""


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 11.5",))
def restore_proven(backup: Backup, machine: api.Machine, limits: Settings) -> api.Verdict:
    if backup.drills is None:
        summary = f"Whether a restore from {backup.subject} was ever tested could not be read."
        unlock = "Run itaudit as root, and look at the file that drill_log under [backups] names."
        return api.verdict(api.Status.UNKNOWN, summary, unlock=unlock)
    past = [drill for drill in backup.drills if drill.when <= machine.now + CLOCK_TOLERANCE]
    if not past:
        return api.verdict(api.Status.FAIL, f"Nobody has yet tested whether files come back from {backup.subject}.", fix=FIX)
    last = max(past, key=lambda drill: drill.when)
    if last.altered:
        summary = (
            f"The newest note about a restore test of {backup.subject} was changed after it was written, and proves nothing."
        )
        return api.verdict(
            api.Status.UNKNOWN, summary, detail=last.line(), unlock="Run itaudit drill again, and ask who changed it."
        )
    return _judged(backup, last, machine, limits) if last.proven else _damaged(backup, last)


def _damaged(backup: Backup, last: Drill) -> api.Verdict:
    if last.different:
        what = f"{last.different} of {last.restored} files came back from {backup.subject} with other contents"
    else:
        what = (
            f"{last.failed} files could not be brought back from {backup.subject}"
            if last.failed
            else (f"not one file came back from {backup.subject}")
        )
    return api.verdict(
        api.Status.FAIL,
        f"In the last test, on {_day(last)}, {what}.",
        detail=last.line(),
        fix=REPAIR,
        severity=api.Severity.CRITICAL if last.different else api.Severity.HIGH,
    )


def _judged(backup: Backup, last: Drill, machine: api.Machine, limits: Settings) -> api.Verdict:
    days = hours_since(last.when, machine.now) / 24
    took = f"; it took {_readable(last.seconds)}" if last.seconds else ""
    return api.verdict(
        limits.age_days.judge(days),
        f"Files were last brought back from {backup.subject} on {_day(last)}, {_ago(int(days))}{took}.",
        api.Measurement("restore_age", days, api.Unit.DAYS),
        detail=last.line(),
        fix=FIX,
    )


def _day(drill: Drill) -> str:
    return f"{drill.when.day} {drill.when:%B %Y}"


def _ago(days: int) -> str:
    return "less than a day ago" if not days else f"{api.readable_days(days)} ago"


def _readable(seconds: float) -> str:
    if seconds < 1.5:
        return "about a second"
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"
