from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.services.cron import Settings, cron
from itaudit.facts.scheduled_jobs import Job, Runner, ScheduledJobs

BACKUP = Job("backup.service", "backup.service: failed/failed, exit-code")
LATE = Job("/etc/cron.daily", "/var/spool/anacron/cron.daily: last run on 2026-11-01", overdue=True)


def judged(runner: Runner, *jobs: Job, limits: Settings | None = None) -> api.Verdict:
    return cron(ScheduledJobs(runner, jobs), limits or Settings())


def test_jobs_that_succeed_are_fine() -> None:
    assert judged(Runner.TIMERS).status is api.Status.OK


@pytest.mark.parametrize("name", ["fwupd-refresh", "dnf-makecache", "update-notifier-download"])
def test_a_job_that_only_fetches_news_may_fail_without_a_way_out(name: str) -> None:
    assert judged(Runner.TIMERS, Job(f"{name}.service", "record")).status is api.Status.OK


def test_a_failed_job_fails_and_is_named() -> None:
    verdict = judged(Runner.TIMERS, BACKUP)
    assert (verdict.status, verdict.summary) == (api.Status.FAIL, "1 scheduled job failed (backup.service).")
    assert verdict.detail == BACKUP.record


def test_a_job_that_was_not_run_is_a_warning() -> None:
    verdict = judged(Runner.CRON, LATE)
    assert (verdict.status, verdict.summary) == (api.Status.WARN, "1 scheduled job did not run in time (/etc/cron.daily).")
    assert judged(Runner.CRON, LATE, BACKUP).status is api.Status.FAIL


def test_what_cron_wrote_down_is_told_with_the_days_that_it_is_of() -> None:
    """It is shown for a week, also when it was mended meanwhile; the state of a timer's job is that of its last run."""
    broken = Job("/etc/cron.d/backup", "2026-11-18 02:00 UTC cron[7]: (*system*backup) ERROR (Missing newline before EOF)")
    assert judged(Runner.CRON, broken).summary == "1 scheduled job failed in the last 7 days (/etc/cron.d/backup)."


def test_what_failed_and_is_left_out_is_not_denied() -> None:
    verdict = judged(Runner.TIMERS, Job("motd-news.service", "motd-news.service: failed/failed"))
    assert verdict.summary == "No scheduled job is known to have failed in the last 7 days, except 1 that may."
    assert verdict.detail == "motd-news.service: failed/failed"


def test_it_says_what_cannot_be_seen_of_cron() -> None:
    assert "EXTRA_OPTS" in judged(Runner.CRON).detail
    assert judged(Runner.TIMERS).detail == ""


def test_the_owner_may_leave_jobs_out() -> None:
    assert judged(Runner.TIMERS, BACKUP, limits=Settings(ignored=("backup*",))).status is api.Status.OK
