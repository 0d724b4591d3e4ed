"""Jobs that are run by the clock succeed.

Backups, reports and clean-ups run at night. When one fails, nobody is there to see it.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from itaudit import api
from itaudit.facts.scheduled_jobs import DAYS, Runner, ScheduledJobs


class Settings(api.CheckSettings):
    ignored: tuple[str, ...] = (
        "fwupd-refresh.service",
        "motd-news.service",
        "apt-news.service",
        "dnf-makecache.service",
        "update-notifier-download.service",
        "apport-autoreport.service",
    )
    """Names of jobs that may fail, with * for any letters. The usual ones do so without harm on machines without internet."""


FIX = api.Remedy(
    "Find out why the scheduled job failed, mend it and run it once by hand.",
    api.Effort.HOURS,
    steps=(
        "systemctl list-timers --all; systemctl status UNIT; journalctl -u UNIT -n 100; sudo systemctl start UNIT",
        "for cron: journalctl -t CRON -t cron --since=-7d; files in /etc/cron.d: owner root, mode 0644, line break at the end",
        "for anacron: journalctl -t anacron --since=-7d; sudo anacron -f -n -d cron.daily (or cron.weekly, cron.monthly)",
    ),
    verify="systemctl list-units --state=failed; journalctl -t CRON -t cron --since=-1d",
    if_you_wait="What the job does stays undone: a backup, a report, a clean-up.",
)
UNSEEN = 'how a job of cron ended is seen only when cron writes it down (EXTRA_OPTS="-L 5" in /etc/default/cron) or mails it'


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("systemd.timer(5)", "cron(8)", "anacron(8)", "itaudit's own choice: a week of patience for jobs of days and weeks"),
)
def cron(jobs: ScheduledJobs, limits: Settings) -> api.Verdict:
    failed = [job for job in jobs.failed if not any(fnmatchcase(job.name, pattern) for pattern in limits.ignored)]
    shown = failed or jobs.failed
    detail = "\n".join([*(job.record for job in shown[:20]), *([UNSEEN] if jobs.runner is Runner.CRON else [])])
    measured = api.Measurement("failed", len(failed), api.Unit.COUNT)
    if not failed:
        but = f", except {len(jobs.failed)} that may" if jobs.failed else ""
        words = f"No scheduled job is known to have failed in the last {DAYS} days{but}."
        return api.verdict(api.Status.OK, words, measured, detail=detail)
    late = all(job.overdue for job in failed)
    names = ", ".join(dict.fromkeys(job.name for job in failed[:3]))
    many = f"{len(failed)} scheduled job{'' if len(failed) == 1 else 's'}"
    # Cron tells of the past; the state of a timer's job is that of its last run.
    broken = f"failed in the last {DAYS} days" if jobs.runner is Runner.CRON else "failed"
    words = f"{many} {'did not run in time' if late else broken} ({names})."
    return api.verdict(api.Status.WARN if late else api.Status.FAIL, words, measured, detail=detail, fix=FIX)
