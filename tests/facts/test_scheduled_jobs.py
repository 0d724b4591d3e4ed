"""What cron complains of, in its own words, in a real journal; what anacron keeps, in the form of its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts import journal
from itaudit.facts.journal import Entry
from itaudit.facts.scheduled_jobs import (
    ANACRON,
    ANACRON_TABLE,
    BOOT,
    CRON,
    CRON_PROGRAMS,
    STAMPS,
    Runner,
    ScheduledJobs,
    complaints,
    cron_jobs,
    timers,
)
from itaudit.facts.services import Services
from itaudit.facts.units import ServiceManager, Trouble, TroubledUnit
from lab.providers import ran

if TYPE_CHECKING:
    from lab.journal import JournalLab

Answers = dict[api.Question, api.Answer | str]
PLAIN = Services()
GONE = api.Answer.missing(api.NotFound(""))
NOW = datetime.now(UTC).replace(microsecond=0)
"""journalctl counts --since from the real clock."""


def installed(services: Services = PLAIN, *, boot_days: float = 3, stamps: str = "20261121\n") -> Answers:
    started = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp() - boot_days * 86400
    answers: Answers = dict.fromkeys(CRON_PROGRAMS, "{}")
    answers |= {ANACRON: "{}", BOOT: str(started), ANACRON_TABLE: GONE}
    answers |= dict.fromkeys(STAMPS.values(), stamps)
    stamp = int(datetime(2026, 11, 22, 11, tzinfo=UTC).timestamp() * 1e6)
    answers |= {journal.one_entry(services): f'{{"__REALTIME_TIMESTAMP":"{stamp}","MESSAGE":"x"}}\n'}
    return answers | {journal.question(services, *CRON): api.Answer("", 1)}


def cron_of(recorded: Callable[..., Ask], machine: api.Machine, answers: Answers) -> ScheduledJobs:
    [found] = ran(cron_jobs.function(recorded(answers), machine, PLAIN))
    assert isinstance(found, ScheduledJobs)
    return found


def test_what_cron_complains_of_is_found_in_the_journal(live: Ask, machine: api.Machine, journal_lab: JournalLab) -> None:
    when = NOW - timedelta(hours=3)
    for number in range(3):
        journal_lab.say(when + timedelta(minutes=number), f"(CRON) error (grandchild #47{number} failed with exit status 1)",
                        SYSLOG_IDENTIFIER="CRON", SYSLOG_PID=f"47{number}")  # fmt: skip
    journal_lab.say(when, "(*system*report) ERROR (Missing newline before EOF, this crontab file will be ignored)",
                    SYSLOG_IDENTIFIER="cron", SYSLOG_PID="7")  # fmt: skip
    journal_lab.say(when, "(root) CMD (run-parts /etc/cron.hourly)", SYSLOG_IDENTIFIER="CRON")
    journal_lab.say(when, "FAILED (of another program)", SYSLOG_IDENTIFIER="other")
    journal_lab.write()
    today = replace(machine, now=NOW)
    entries, _ = journal.Journal(live, today, journal_lab.services).entries(*CRON, days=7)
    found = {job.name: job.record for job in complaints(entries)}
    assert set(found) == {"/etc/cron.d/report", "a job of cron"}
    assert found["a job of cron"].endswith("CRON[472]: (CRON) error (grandchild #472 failed with exit status 1)")


def test_a_job_of_anacron_that_failed_at_its_last_run_is_named(live: Ask, machine: api.Machine, journal_lab: JournalLab) -> None:
    said = {
        "cron.daily": ["terminated (exit status: 1) (mailing output)", "terminated"],
        "cron.weekly": ["terminated", "terminated (exit status: 2)"],
        "cron.monthly": ["terminated (mailing output)"],
        "backup": ["terminated due to signal 9"],
    }
    for job, endings in said.items():
        for day, ending in enumerate(endings):
            journal_lab.say(NOW - timedelta(days=3 - day), f"Job `{job}' {ending}", SYSLOG_IDENTIFIER="anacron", SYSLOG_PID="9")
            journal_lab.say(NOW - timedelta(days=3 - day), f"Job `other' {ending}", SYSLOG_IDENTIFIER="CRON", SYSLOG_PID="9")
    journal_lab.write()
    entries, _ = journal.Journal(live, replace(machine, now=NOW), journal_lab.services).entries(*CRON, days=7)
    assert {job.name for job in complaints(entries)} == {"cron.weekly", "backup"}


@pytest.mark.parametrize("kind", ["CMD", "CMDOUT", "CMDEND"])
def test_what_a_job_is_or_prints_is_no_complaint_of_cron(kind: str) -> None:
    assert complaints([Entry(NOW, f"(root) {kind} (backup || mail -s 'ERROR (backup) FAILED (see log)' office)", "CRON")]) == []


def test_a_job_that_was_taken_out_of_the_table_of_anacron_is_not_late(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    table = "SHELL=/bin/sh\n1 5 cron.daily run-parts --report /etc/cron.daily\n#7 10 cron.weekly run-parts /etc/cron.weekly\n"
    found = cron_of(recorded, machine, installed(stamps="20200101") | {ANACRON_TABLE: table})
    assert [job.name for job in found.failed] == ["/etc/cron.daily"]


def test_jobs_that_anacron_runs_in_time_are_fine(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    assert cron_of(recorded, machine, installed()) == ScheduledJobs(Runner.CRON)


@pytest.mark.parametrize(
    ("stamp", "late"),
    [
        ("20261114\n", set()),  # eight days: a day and the week of grace
        ("20261113\n", {"/etc/cron.daily"}),
        ("20261107\n", {"/etc/cron.daily", "/etc/cron.weekly"}),
        ("20261014\n", {"/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly"}),
        ("20270101\n", set()),
        ("no date", set()),
    ],
)
def test_a_job_that_anacron_has_not_run_for_a_week_too_long_is_overdue(
    recorded: Callable[..., Ask], machine: api.Machine, stamp: str, late: set[str]
) -> None:
    found = cron_of(recorded, machine, installed(stamps=stamp))
    assert {job.name for job in found.failed if job.overdue} == late


def test_a_machine_that_was_just_started_catches_up_first(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    assert cron_of(recorded, machine, installed(boot_days=0.5, stamps="20261001")).failed == ()


def test_stamps_that_anacron_left_behind_mean_nothing(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    assert cron_of(recorded, machine, installed(stamps="20200101") | {ANACRON: GONE}).failed == ()


def test_stamps_that_only_root_may_read_leave_unknown_what_anacron_ran(
    recorded: Callable[..., Ask], machine: api.Machine
) -> None:
    denied = dict.fromkeys(STAMPS.values(), api.Answer.missing(api.AccessDenied("/var/spool/anacron/cron.daily")))
    gap, found = ran(cron_jobs.function(recorded(installed() | denied), machine, PLAIN))
    assert isinstance(gap, api.Gap)
    assert (gap.subject, type(gap.error)) == ("anacron", api.AccessDenied)
    assert found == ScheduledJobs(Runner.CRON)


def test_where_no_cron_is_installed_nothing_is_said(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    assert ran(cron_jobs.function(recorded(dict.fromkeys(CRON_PROGRAMS, GONE)), machine, PLAIN)) == []


def test_a_cron_whose_words_cannot_be_read_is_unknown(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    answers: list[Answers] = [{journal.one_entry(PLAIN): ""}, {journal.question(PLAIN, *CRON): api.Answer("", 2, "no")}]
    for broken in answers:
        with pytest.raises(api.Missing):
            cron_of(recorded, machine, installed() | broken)


def test_what_a_timer_started_and_failed_is_a_failed_job() -> None:
    job = TroubledUnit("backup.service", Trouble.FAILED, "record", scheduled=True)
    service = TroubledUnit("shop.service", Trouble.FAILED, "record")
    [found] = ran(timers.function([ServiceManager("systemd", 9, (job, service))]))
    assert [each.name for each in found.failed] == ["backup.service"]
    assert ran(timers.function([ServiceManager("OpenRC", 9, ())])) == []


@given(st.text(max_size=200))
def test_any_words_of_cron_are_a_complaint_or_not(text: str) -> None:
    complaints([Entry(NOW, text, "cron"), Entry(NOW, f"(*system*{text}) ERROR (", "cron")])
