"""The newest backup is recent.

Whatever was written since the newest copy has to be done again by hand. Backups often stop without anybody noticing.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.backups.fact import Backup, hours_since, is_within, readable_age
from itaudit.facts.business import BusinessProcess

FIX = api.Remedy(
    "Find out why the backup stopped, and get it running every day again.",
    api.Effort.HOURS,
    steps=(
        "systemctl list-timers --all; journalctl -u UNIT --since -14d; grep -i restic /var/log/syslog",
        "run the backup once by hand and read what it says",
        "common causes: disk not attached, place full, password changed, schedule switched off, stale lock (restic unlock)",
    ),
    verify="itaudit scan --only backups",
    if_you_wait="Each day adds a day of work that would have to be done again.",
)
MORE_OFTEN = api.Remedy(
    "Let the backup run more often, so that no more work can be lost than you said.",
    api.Effort.MINUTES,
    steps=(
        "systemd timer: OnCalendar=hourly; cron: 0 * * * * (restic and borg save only what changed)",
        "see that one run ends before the next begins: how long it takes stands in its log",
        "more may be lost than was said: most_lost_hours under [[business.processes]] in itaudit.toml",
    ),
    verify="itaudit scan --only backups",
    if_you_wait="After a loss more work has to be done again than the business can bear.",
)
CRITICAL_TIMES = 3
"""This many times the limit for fail is critical."""


class Settings(api.CheckSettings):
    age_hours: api.AtMost = api.AtMost(warn=26, fail=168)
    """Hours since the newest copy of this machine was begun (26: a day, and two hours for a late one; 168: a week)."""
    late_hours: float = 2
    """A copy may be late by so many hours against `most_lost_hours` of [[business.processes]], and by a quarter at most:
    the next one is being made meanwhile."""


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 11.2", "NIST SP 800-34 rev. 1, 3.2.1"))
def age(
    backup: Backup, backups: list[Backup], processes: list[BusinessProcess], machine: api.Machine, limits: Settings
) -> api.Verdict:
    """What the owner said may be lost counts; for all else in the backup, and where nothing was said, a day and a week."""
    hours = backup.age_hours(machine)
    if hours is None:
        return api.verdict(
            api.Status.FAIL,
            f"{backup.subject} holds no copy of this machine.",
            detail=f"snapshots of others: {', '.join(backup.other_hosts) or 'none'}; dated in the future: {backup.future}",
            fix=FIX,
            severity=api.Severity.CRITICAL,
        )
    overdue = [(_hours_of(process, backup, backups, machine), process) for process in processes]
    late = [(time, process) for time, process in overdue if time > _allowed(process, limits)]
    if late:
        return _too_old_for(*max(late, key=lambda pair: pair[0] / pair[1].most_lost_hours), backup, hours, limits)
    status = api.Status.OK if _all_told(backup, processes) else limits.age_hours.judge(hours)
    worse = backup.vital or hours > CRITICAL_TIMES * limits.age_hours.fail
    return api.verdict(
        status,
        f"The newest copy in {backup.subject} is {readable_age(hours)} old.",
        api.Measurement("age", hours, api.Unit.HOURS),
        detail=_detail(backup),
        fix=FIX,
        severity=api.Severity.CRITICAL if worse and status is api.Status.FAIL else None,
    )


def _too_old_for(time: float, process: BusinessProcess, backup: Backup, hours: float, limits: Settings) -> api.Verdict:
    critical = backup.vital or time > CRITICAL_TIMES * process.most_lost_hours
    allowed = readable_age(process.most_lost_hours)
    return api.verdict(
        api.Status.FAIL,
        f"The newest copy in {backup.subject} of what {process.subject} needs is {readable_age(time)} old; "
        f"of its work {allowed} may be lost at most.",
        api.Measurement("age", hours, api.Unit.HOURS),
        detail=f"{_detail(backup)}; {' '.join(process.folders)}",
        fix=MORE_OFTEN if time <= limits.age_hours.warn else FIX,
        severity=api.Severity.CRITICAL if critical else None,
    )


def _hours_of(process: BusinessProcess, backup: Backup, backups: list[Backup], machine: api.Machine) -> float:
    """How old the oldest of its folders is in this backup; 0 where another one has it newer, or this one has none of them.

    A folder of a database is held by its dumps, and those by the backup that saves them.
    """
    dumps = [dump.place for dump in backups if dump.beside_the_data for folder in process.folders if dump.newest_with(folder)]
    others = [other for other in backups if other.beside_the_data is backup.beside_the_data]
    hours = [0.0]
    for folder in (*process.folders, *dumps):
        here = backup.newest_with(folder)
        if here and not any((there := other.newest_with(folder)) and there > here for other in others):
            hours.append(hours_since(here, machine.now))
    return max(hours)


def _allowed(process: BusinessProcess, limits: Settings) -> float:
    return process.most_lost_hours + min(limits.late_hours, process.most_lost_hours / 4)


def _all_told(backup: Backup, processes: list[BusinessProcess]) -> bool:
    """Has the owner said of all that is in it how much may be lost?"""
    paths = backup.snapshots[-1].paths
    folders = [folder for process in processes for folder in process.folders]
    return bool(paths) and all(any(is_within(path, folder) for folder in folders) for path in paths)


def _detail(backup: Backup) -> str:
    future = f"; {backup.future} dated in the future were not counted" if backup.future else ""
    newest = f"newest {backup.newest:%Y-%m-%d %H:%M} UTC"
    return f"{backup.product} {backup.place}: {len(backup.snapshots)} snapshots, {newest}{future}"
