"""Copies go back far enough.

A file that was damaged, overwritten or locked by criminals is often missed only weeks later.
If every copy is younger than the damage, all of them hold the damaged file.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from itaudit import api
from itaudit.facts.backups.fact import Backup, hours_since

FIX = api.Remedy(
    "Keep older copies too: some weeks and some months back.",
    api.Effort.MINUTES,
    steps=(
        "restic forget --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --prune",
        "borg prune --keep-daily 7 --keep-weekly 5 --keep-monthly 12; borgmatic: keep_daily, keep_weekly, keep_monthly",
        "look first at what would go: --dry-run",
    ),
    verify="itaudit scan --only backups, some weeks later",
    if_you_wait="A mistake that is noticed late cannot be undone, because every copy already holds it.",
)
_MOVED = timedelta(hours=36)
"""The oldest copy is a later one than it was, by more than this: old copies are thrown away."""
_LONGEST_DAYS = 36500


class Settings(api.CheckSettings):
    reaches_back_days: api.AtLeast = api.AtLeast(warn=28, fail=7)
    """Days from the oldest copy to now, once old copies are thrown away (28: a month of work; 7: a week)."""


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 11.1",))
def retention(backup: Backup, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    """A backup that was begun lately is not judged: only when its oldest copy moves on do we know that copies are thrown away."""
    oldest = min((snapshot.when for snapshot in backup.snapshots), default=None)
    if oldest is None:
        return api.verdict(api.Status.SKIPPED, f"{backup.subject} holds no copy of this machine.")
    if backup.beside_the_data:
        return api.verdict(api.Status.SKIPPED, f"{backup.subject} is on this machine: the backup that saves it is judged.")
    days = hours_since(oldest, machine.now) / 24
    status = limits.reaches_back_days.judge(days)
    reach = api.Measurement("reach", days, api.Unit.DAYS)
    detail = f"{backup.product} {backup.place}: {len(backup.snapshots)} snapshots, the oldest of {oldest:%Y-%m-%d %H:%M} UTC"
    if status is api.Status.OK or _thrown_away(oldest, past):
        return api.verdict(status, f"The copies in {backup.subject} go back {_days(days)}.", reach, detail=detail, fix=FIX)
    summary = f"The copies in {backup.subject} go back {_days(days)} so far, and we have seen none thrown away."
    return api.verdict(api.Status.OK, summary, reach, detail=detail)


def _thrown_away(oldest: datetime, past: api.History) -> bool:
    known = (point for point in past.series("reach") if 0 <= point.value < _LONGEST_DAYS)
    return any(oldest - (point.when - timedelta(days=point.value)) > _MOVED for point in known)


def _days(days: float) -> str:
    return "less than a day" if days < 1 else api.readable_days(int(days))
