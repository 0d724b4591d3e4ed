"""Jobs that are run by the clock, and did not succeed: systemd timers, cron and anacron.

What cannot be seen: how a job of cron ended, unless it was told to write it down (cron(8), -L 4); cron sends it by mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from itaudit import api
from itaudit.facts.journal import Entry, Journal, shown
from itaudit.facts.services import Services
from itaudit.facts.syslog import syslog_entries
from itaudit.facts.units import ServiceManager, Trouble

DAYS = 7
COMPLAINTS = (
    r"grandchild #[0-9]+ failed|crontab file will be ignored|WRONG FILE OWNER|INSECURE MODE|BAD FILE MODE|WRONG INODE INFO|"
    r"FAILED \(|ERROR \(|Job `[^']{1,60}' terminated"
)
"""And how each job of anacron ended: the last run counts."""
CRON = ("SYSLOG_IDENTIFIER=cron", "SYSLOG_IDENTIFIER=CRON", "SYSLOG_IDENTIFIER=crond", "SYSLOG_IDENTIFIER=CROND",
        "SYSLOG_IDENTIFIER=anacron",
        f"--since=-{DAYS}d", "-n", "2000", "--case-sensitive=yes", f"--grep={COMPLAINTS}")  # fmt: skip
_CRON_NAMES = frozenset(("cron", "CRON", "crond", "CROND", "anacron", "/usr/sbin/cron", "/usr/sbin/crond"))
ANACRON = api.FileStatus("/usr/sbin/anacron")
ANACRON_TABLE = api.ReadFile("/etc/anacrontab", limit_bytes=64 * 1024)
CRON_PROGRAMS = tuple(api.FileStatus(f"/usr/sbin/{name}") for name in ("cron", "crond", "anacron"))
BOOT = api.Psutil("boot_time")
_OF_ANACRON = re.compile(r"Job `([^']{1,60})' terminated( \(exit status: | due to signal | abnormally)?")
_OF_JOBS = re.compile(r"\([^()]{0,100}\) CMD(?:OUT|END)? \(")
"""What a job is, and what it prints: whatever words are in it, they are not cron's."""
_PERIODS = {"cron.daily": timedelta(days=1), "cron.weekly": timedelta(days=7), "cron.monthly": timedelta(days=31)}
STAMPS = {name: api.ReadFile(f"/var/spool/anacron/{name}", limit_bytes=4096) for name in _PERIODS}
_GRACE = timedelta(days=7)
"""A machine that is off at weekends and holidays catches up; anacron waits for mains power too."""
_AWAKE = timedelta(days=1)


class Runner(StrEnum):
    """Who runs the job. The value is the subject of the finding."""

    TIMERS = "timers"
    CRON = "cron"


@dataclass(frozen=True, slots=True)
class Job:
    """A job that did not succeed. overdue: it was not run at all. record: as it was written down."""

    name: str
    record: str
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class ScheduledJobs:
    """Those of one runner that did not succeed in the last DAYS days."""

    runner: Runner
    failed: tuple[Job, ...] = ()

    @property
    def subject(self) -> str:
        return self.runner.value


@api.provider("linux", seconds=30)
def timers(managers: list[ServiceManager]) -> api.Facts[ScheduledJobs]:
    """What systemd starts by the clock and ended badly. Other managers have no timers."""
    for manager in managers:
        if manager.name == "systemd":
            failed = [unit for unit in manager.troubled if unit.scheduled and unit.trouble is Trouble.FAILED]
            yield ScheduledJobs(Runner.TIMERS, tuple(Job(unit.name, unit.record) for unit in failed))


@api.provider("linux", seconds=45)
def cron_jobs(ask: api.Ask, machine: api.Machine, services: Services) -> api.Facts[ScheduledJobs]:
    """What cron complained of, and what anacron did not run. Nothing where none of them is installed. Raises a Missing."""
    if all(isinstance(answer.error, api.NotFound) for answer in ask.many(CRON_PROGRAMS)):
        return
    jobs = complaints(_entries(ask, machine, services))
    try:
        jobs += _overdue(ask, machine)
    except api.AccessDenied as error:
        yield api.Gap("anacron", error)
    yield ScheduledJobs(Runner.CRON, tuple(jobs[:50]))


def _entries(ask: api.Ask, machine: api.Machine, services: Services) -> list[Entry]:
    journal = Journal(ask, machine, services)
    try:
        journal.must_be_there(DAYS)
    except api.Missing as error:
        try:
            found = syslog_entries(ask, machine, COMPLAINTS, DAYS)
        except api.NotFound:
            raise error from None
        return [entry for entry in found if entry.source in _CRON_NAMES]
    return journal.entries(*CRON, days=DAYS)[0]


def complaints(entries: list[Entry]) -> list[Job]:
    """Each different complaint once, with the newest record of it. Jobs of anacron whose last run ended well are left out."""
    found: dict[str, Job | None] = {}
    for entry in entries:
        message = shown(entry.message)
        record = f"{entry.when:%Y-%m-%d %H:%M} UTC {entry.source}[{entry.process}]: {message}"
        if ended := _OF_ANACRON.match(message):
            if entry.source == "anacron":
                found[ended[1]] = Job(ended[1], record) if ended[2] else None
            continue
        if _OF_JOBS.match(message) or not re.search(COMPLAINTS, message):
            continue
        text = re.sub(r"\(grandchild #\d+ failed", "(grandchild failed", message)
        found[text] = Job(_name(message), record)
    return [job for job in found.values() if job]


def _name(message: str) -> str:
    """ "(*system*backup) ERROR (…)" is of the file backup; a failed job is named by its user and process only."""
    match = re.match(r"\(\*system\*([^)\s]{1,100})\)", message)
    return f"/etc/cron.d/{match[1]}" if match and match[1] else "a job of cron"


def _overdue(ask: api.Ask, machine: api.Machine) -> list[Job]:
    """Jobs that anacron has not run for longer than their period and a week, on a machine that has been up for a day.

    Raises AccessDenied: some systems let nobody but root read the stamps.
    """
    installed, boot = ask.many([ANACRON, BOOT])
    if installed.error:
        return []
    try:
        started = boot.json
        if not isinstance(started, int | float) or machine.now - datetime.fromtimestamp(started, UTC) < _AWAKE:
            return []
    except (api.Missing, ValueError, OverflowError, OSError):
        return []
    jobs = []
    table = ask(ANACRON_TABLE)
    for (name, period), answer in zip(_PERIODS.items(), ask.many(list(STAMPS.values())), strict=True):
        if isinstance(answer.error, api.AccessDenied):
            raise answer.error
        last = None if answer.error else _day(answer.body)
        if last and machine.now.date() - last > period + _GRACE and _listed(table, name):
            jobs.append(Job(f"/etc/{name}", f"/var/spool/anacron/{name}: last run on {last}", overdue=True))
    return jobs


def _listed(table: api.Answer, name: str) -> bool:
    """Is the job in anacrontab(5), "period delay name command"? Stamps of those that were taken out stay for ever."""
    fields = (line.split(maxsplit=3) for line in table.body.splitlines()[:1000])
    return bool(table.error) or any(len(each) == 4 and each[2] == name and not each[0].startswith("#") for each in fields)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
