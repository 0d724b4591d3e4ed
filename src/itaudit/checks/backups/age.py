"""The newest backup is recent.

Whatever was written since the newest copy has to be done again by hand. Backups often stop without anybody noticing.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.backups.fact import Backup, readable_age

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
CRITICAL_TIMES = 3
"""This many times the limit for fail is critical."""


class Settings(api.CheckSettings):
    age_hours: api.AtMost = api.AtMost(warn=26, fail=168)
    """Hours since the newest copy of this machine was begun (26: a day, and two hours for a late one; 168: a week)."""


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 11.2", "NIST SP 800-34 rev. 1, 3.2.1"))
def age(backup: Backup, machine: api.Machine, limits: Settings) -> api.Verdict:
    hours = backup.age_hours(machine)
    if hours is None:
        return api.verdict(
            api.Status.FAIL,
            f"{backup.subject} holds no copy of this machine.",
            detail=f"snapshots of others: {', '.join(backup.other_hosts) or 'none'}; dated in the future: {backup.future}",
            fix=FIX,
            severity=api.Severity.CRITICAL,
        )
    status = limits.age_hours.judge(hours)
    worse = backup.vital or hours > CRITICAL_TIMES * limits.age_hours.fail
    return api.verdict(
        status,
        f"The newest copy in {backup.subject} is {readable_age(hours)} old.",
        api.Measurement("age", hours, api.Unit.HOURS),
        detail=f"{backup.product} {backup.place}: {len(backup.snapshots)} snapshots, newest {backup.newest:%Y-%m-%d %H:%M} UTC"
        + (f"; {backup.future} dated in the future were not counted" if backup.future else ""),
        fix=FIX,
        severity=api.Severity.CRITICAL if worse and status is api.Status.FAIL else None,
    )
