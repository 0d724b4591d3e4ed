"""The diary of a system without systemd's journal: the files of a syslog service, searched with grep.

Lines begin with "Nov 22 08:26:40 host program[1]: " (RFC 3164, local time) or "2026-11-22T08:26:40+01:00 host program[1]: ".
The syslogd of BusyBox (Alpine, OpenWrt) writes facility and severity before the program: "host kern.err kernel: ".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from itaudit import api
from itaudit.facts.journal import NONE_KEPT, Entry, shown

FILES = ("/var/log/syslog", "/var/log/messages", "/var/log/kern.log", "/var/log/cron", "/var/log/cron.log")
_ROTATED = ("/var/log/kern.log.1", "/var/log/messages.1", "/var/log/messages.0", "/var/log/syslog.1")
_MOST_LINES = 5000
_LINE = re.compile(
    r"(?:(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))|(?P<old>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d))"
    r" \S{1,255} (?:[a-z0-9]{1,8}\.[a-z]{1,7} )?(?P<source>[^\s:\[]{1,100})(?:\[(?P<process>\d{1,10})\])?: (?P<message>.*)"
)


def search(pattern: str, file: str) -> api.Command:
    """The lines of a file that match, at most 5,000 of them."""
    return api.Command(("grep", "-a", "-h", "-E", "-m", str(_MOST_LINES), "-e", pattern, "--", file), limit_bytes=8 * 2**20)


def kernel_heard(ask: api.Ask) -> bool:
    """Is there a line of the kernel, of whatever day? With BusyBox a second service hands them on, which may not run (klogd)."""
    files = (*FILES, *_ROTATED)
    pattern = r"^[^:]*:[0-9:.Z+-]* [^ :]+ ([a-z0-9]+\.[a-z]+ )?kernel: "
    questions = [api.Command(("grep", "-a", "-h", "-E", "-m", "1", "-e", pattern, "--", file)) for file in files]
    return any(not answer.problem and bool(answer.body) for answer in ask.many(questions))


def syslog_entries(ask: api.Ask, machine: api.Machine, pattern: str, days: int) -> list[Entry]:
    """Lines of the last `days` days that match, of all files together, oldest first. Raises NotFound when there is no file."""
    there = [
        file for file, answer in zip(FILES, ask.many([api.FileStatus(file) for file in FILES]), strict=True) if not answer.error
    ]
    if not there:
        raise api.NotFound("no journal and no file of a syslog service", NONE_KEPT)
    lines: dict[str, None] = {}
    for answer in ask.many([search(pattern, file) for file in there]):
        # grep ends with 1 when nothing matches, and with 2 when it could not look (grep(1)).
        text = "" if answer.error is None and answer.exit_code == 1 else answer.checked_text
        lines |= dict.fromkeys(text.splitlines())
    entries = (entry_of(line, machine.now) for line in lines)
    newest = timedelta(days=-1)  # as for a date without a year
    recent = [entry for entry in entries if entry and newest <= machine.now - entry.when <= timedelta(days=days)]
    return sorted(recent, key=lambda entry: entry.when)


def entry_of(line: str, now: datetime) -> Entry | None:
    """One line; None for what is not in one of the two forms. A date without a year is of the last twelve months."""
    match = _LINE.match(line[:4000])
    if match is None:
        return None
    try:
        when = datetime.fromisoformat(match["iso"]).astimezone(UTC) if match["iso"] else _without_year(match["old"], now)
    except (ValueError, OverflowError):
        return None
    return Entry(when, match["message"], shown(match["source"]), process=match["process"] or "")


def _without_year(text: str, now: datetime) -> datetime:
    # A day of grace: the time is local, and the clock may have been set.
    for year in (now.year + 1, now.year, now.year - 1):
        try:
            when = datetime.strptime(f"{year} {text}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            continue  # 29 February
        if when <= now + timedelta(days=1):
            return when
    raise ValueError(text)
