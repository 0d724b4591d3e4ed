"""Does the system keep what happens on it: its journal, the classic log files, and who logged in?

Sources: journald.conf(5), systemd.time(7), systemd-journald.service(8), wtmp(5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.virtual import container_kind

SETTINGS = ("/usr/lib/systemd/journald.conf", "/etc/systemd/journald.conf")
SETTING_PARTS = (
    api.Glob("/usr/lib/systemd/journald.conf.d/*.conf", most=100),
    api.Glob("/etc/systemd/journald.conf.d/*.conf", most=100),
)
JOURNALS = api.Glob("/var/log/journal/*/system.journal", most=20)
LOG_FILES = ("/var/log/syslog", "/var/log/messages")
LOGIN_FILES = ("/var/log/auth.log", "/var/log/secure", "/var/log/wtmp", "/var/lib/wtmpdb/wtmp.db", "/var/lib/lastlog/lastlog2.db")
ALPINE = api.FileStatus("/etc/alpine-release")
"""Its syslogd (BusyBox) writes all messages to one file, logins among them."""
LOG_SPACE = api.FileSystemUsage("/var/log")
MOUNTS = api.ReadFile("/proc/self/mounts", limit_bytes=2**20)
_SPAN_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]*)")
_SECONDS = {
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec"), 1e-3),
    **dict.fromkeys(("us", "usec"), 1e-6),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
    **dict.fromkeys(("w", "week", "weeks"), 604_800.0),
    **dict.fromkeys(("M", "month", "months"), 2_629_800.0),
    **dict.fromkeys(("y", "year", "years"), 31_557_600.0),
}


@dataclass(frozen=True, slots=True)
class Logs:
    """storage: of the journal, as journald.conf says it ("auto", "persistent", "volatile", "none"). journal: it lies on the disk.

    files: classic log files that exist. newest: when the journal or one of them was last written. in_memory: the folder of the
    logs is lost at a restart; None when that cannot be seen. kept_days: the limit that is set for the journal, None for none.
    logins: where logins are recorded. free_bytes: on the place of the logs, None when it cannot be told.
    """

    storage: str
    journal: bool
    files: tuple[str, ...]
    newest: datetime | None
    in_memory: bool | None
    kept_days: float | None
    logins: tuple[str, ...]
    free_bytes: int | None

    @property
    def subject(self) -> str:
        return "system log"


def parse_journal_settings(texts: list[str]) -> dict[str, str]:
    """The settings of [Journal], the later text winning; an empty value goes back to the default."""
    found: dict[str, str] = {}
    for text in texts:
        section = ""
        for line in text.splitlines():
            stripped = line.strip()
            if header := re.fullmatch(r"\[(\w+)\]", stripped):
                section = header[1]
            elif section == "Journal" and (match := re.fullmatch(r"(\w+)\s*=\s*(.*)", stripped)):
                found[match[1]] = match[2]
    return found


def parse_span_days(text: str) -> float | None:
    """Days of a time span of systemd ("1month 2w", "7776000"); None for 0, which is no limit, and for what is no span."""
    parts = _SPAN_PART.findall(text) if len(text) <= 200 else []
    if not parts or _SPAN_PART.sub("", text).strip() or any(len(n) > 12 or unit not in _SECONDS for n, unit in parts):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts) / 86_400 or None


def _settings(ask: api.Ask) -> dict[str, str]:
    """Parts come after the file, those of /etc after those of the maker; one of the same name replaces the maker's."""
    parts: dict[str, str] = {}
    for question in SETTING_PARTS:
        paths = ask(question).json
        if not isinstance(paths, list):
            raise api.Unreadable("not a list of settings of the journal")
        parts.update({str(path).rpartition("/")[2]: str(path) for path in paths})
    files = [*SETTINGS, *(parts[name] for name in sorted(parts))]
    texts = []
    for answer in ask.many([api.ReadFile(path, limit_bytes=262_144) for path in files]):
        if not isinstance(answer.error, api.NotFound):
            texts.append(answer.text)
    return parse_journal_settings(texts)


def _existing(ask: api.Ask, paths: tuple[str, ...]) -> dict[str, datetime | None]:
    """Those that exist with something in them, and when each was last written."""
    found = {}
    for path, answer in zip(paths, ask.many([api.FileStatus(path) for path in paths]), strict=True):
        try:
            status = answer.json
            if status["kind"] == "file" and int(status["size_bytes"]) > 0:
                found[path] = _moment(status["modified"])
        except (api.Missing, KeyError, TypeError, ValueError, OverflowError):
            continue
    return found


def _moment(seconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _in_memory(ask: api.Ask) -> bool | None:
    """log2ram and the like write back at times: not counted."""
    try:
        rows = [line.split() for line in ask(MOUNTS).text.splitlines()]
    except api.Missing:
        return None
    kinds = [
        row[2] for row in rows if len(row) > 3 and row[1] in ("/var/log", "/var") and row[0] not in ("log2ram", "folder2ram")
    ]
    return bool(kinds) and kinds[-1] in ("tmpfs", "ramfs")


def _free(ask: api.Ask) -> int | None:
    try:
        return int(ask(LOG_SPACE).json["available_bytes"])
    except (api.Missing, KeyError, TypeError, ValueError, OverflowError):
        return None


def _refuse_container(ask: api.Ask) -> None:
    """A container without a log of its own hands its messages to the machine that holds it."""
    if kind := container_kind(ask):
        raise api.NotApplicable(f"a container ({kind}) hands its messages to the machine that holds it")


@api.provider("linux", seconds=15)
def linux_logs(ask: api.Ask) -> api.Facts[Logs]:
    """One fact. NotApplicable for a container without a log of its own."""
    settings = _settings(ask)
    storage = settings.get("Storage", "").lower() or "auto"
    journals = ask(JOURNALS).json
    written = _existing(ask, tuple(str(path) for path in journals[:20]) if isinstance(journals, list) else ())
    files = _existing(ask, LOG_FILES)
    if not written and not files:
        _refuse_container(ask)
    journal = storage in ("auto", "persistent") and bool(written)
    whole = tuple(files) if ask(ALPINE).error is None else ()
    logins = (*(("the journal",) if journal else ()), *whole, *_existing(ask, LOGIN_FILES))
    moments = [moment for moment in (*written.values(), *files.values()) if moment]
    kept_days = parse_span_days(settings.get("MaxRetentionSec", ""))
    newest = max(moments, default=None)
    yield Logs(storage, journal, tuple(files), newest, _in_memory(ask), kept_days, logins, _free(ask))
