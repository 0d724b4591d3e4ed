"""The diary of the system: the journal of systemd, read with journalctl(1). Its fields: systemd.journal-fields(7)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

from itaudit import api
from itaudit.facts.services import Services
from itaudit.facts.virtual import container_kind

FIELDS = "MESSAGE,MESSAGE_ID,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_SYSTEMD_UNIT,UNIT,_TRANSPORT,_COMM,PRIORITY"
SECONDS = 15.0
_LIMIT_BYTES = 32 * 2**20
_LATEST = 2**33
"""In seconds since 1970: the year 2242."""
_PERSISTENT = api.Glob("/var/log/journal/*/*.journal", most=1)
NONE_KEPT = (
    "Have the system keep a diary. With systemd: Storage=persistent in /etc/systemd/journald.conf. Without it: start rsyslog, or"
    " BusyBox's syslogd; which services restart and which errors come back then stays unseen."
)
HANDED_ON = (
    "A container hands its messages to the machine that holds it: scan that machine, or look there (docker logs NAME,"
    " podman logs NAME, journalctl -M NAME)."
)

ENDED = "See whether the service that writes it runs: systemctl status systemd-journald; sudo systemctl restart systemd-journald"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. source: the program or service that wrote it. unit: the service that it is about, "" for none."""

    when: datetime
    message: str
    source: str
    unit: str = ""
    boot: str = ""
    message_id: str = ""
    process: str = ""


@dataclass(frozen=True, slots=True)
class Journal:
    """journalctl, for one provider."""

    ask: api.Ask
    machine: api.Machine
    services: Services

    def must_be_there(self, days: int) -> None:
        """Raises a Missing when nothing of the last `days` can be read: no program, no right, no entry, or only damaged files."""
        answer = self.ask(one_entry(self.services))
        if isinstance(answer.error, api.ToolMissing):
            raise api.ToolMissing(answer.error.detail, _none_kept(self.ask))
        if entries := entries_of(answer, self.machine):
            newest = max(entry.when for entry in entries)
            if self.machine.now - newest > timedelta(days=days):
                raise api.NotFound(f"the journal of this machine ends on {newest:%Y-%m-%d}", ENDED)
            return
        if damage(answer):
            raise api.Unreadable(damage(answer), "Look at the files with journalctl --verify.")
        raise api.NotFound("the journal of this machine is empty", _none_kept(self.ask))

    def entries(self, *arguments: str, days: int) -> tuple[list[Entry], str]:
        """Entries of the last `days` that journalctl shows for these arguments, oldest first, and what was damaged ("": nothing).

        Raises a Missing.
        """
        answer = self.ask(question(self.services, *arguments))
        # Where the clock was set back, entries are out of order, and --since lets older ones through. With --grep and -n the
        # newest come first.
        oldest, newest = self.machine.now - timedelta(days=days), self.machine.now + timedelta(days=1)
        recent = [entry for entry in entries_of(answer, self.machine) if oldest <= entry.when <= newest]
        return sorted(recent, key=lambda entry: entry.when), damage(answer)

    def persistent(self) -> bool:
        """Is it kept over a restart?"""
        try:
            return bool(self.services.journal_folder or self.ask(_PERSISTENT).json)
        except api.Missing:
            return False


def _none_kept(ask: api.Ask) -> str:
    """What can be done about it here: into most containers nobody installs a service that keeps a diary."""
    return HANDED_ON if container_kind(ask) else NONE_KEPT


def question(services: Services, *arguments: str) -> api.Command:
    """journalctl with these arguments, in lines of JSON."""
    return api.Command(
        ("journalctl", "--no-pager", *_place(services), "-o", "json", f"--output-fields={FIELDS}", *arguments),
        timeout=SECONDS,
        limit_bytes=_LIMIT_BYTES,
    )


def one_entry(services: Services) -> api.Command:
    """The newest entry of all: is there anything to read?"""
    return question(services, "-n", "1")


def list_of_boots(services: Services) -> api.Command:
    """Every start of the machine that the journal knows. TZ: before version 251 the answer is a table with times in it."""
    argv = ("journalctl", "--no-pager", *_place(services), "--list-boots", "-o", "json")
    return api.Command(argv, timeout=SECONDS, environment=(("TZ", "UTC"),))


def _place(services: Services) -> tuple[str, ...]:
    return (f"--directory={services.journal_folder}",) if services.journal_folder else ()


def damage(answer: api.Answer) -> str:
    """What journalctl says of files that it left out, "" for nothing. It ends well all the same."""
    lines = [line for line in answer.errors.splitlines() if "corrupted" in line or "Failed to open" in line]
    return shown(lines[0]) if lines else ""


def checked(answer: api.Answer, machine: api.Machine) -> str:
    """The body. Raises AccessDenied where journalctl hides what belongs to others, the recorded Missing, or Unreadable."""
    if answer.error is None and not machine.admin and "not seeing messages" in answer.errors:
        # Without the right group it shows an empty list, ends well, and says so only in a hint.
        raise api.AccessDenied("the journal of the system")
    if answer.error is None and answer.exit_code and ("not permitted" in answer.errors or "ermission" in answer.errors):
        raise api.AccessDenied(answer.errors.strip()[:200])
    # With --grep the exit code is 1 when nothing matches, and there is nothing on standard error then.
    if answer.error is None and answer.exit_code == 1 and not answer.body.strip() and not answer.errors.strip():
        return ""
    return answer.checked_text


def entries_of(answer: api.Answer, machine: api.Machine) -> list[Entry]:
    """The entries of an answer in JSON lines. A line that is none of them raises Unreadable."""
    lines = [line for line in checked(answer, machine).split("\n") if line.strip() and not line.startswith("-- ")]
    return [_entry(_record(line)) for line in lines]


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise api.Unreadable(f"a line of the journal is not JSON: {line[:80]!r}") from error
    if not isinstance(record, dict):
        raise api.Unreadable(f"a line of the journal is no object: {line[:80]!r}")
    return record


def _entry(record: dict[str, Any]) -> Entry:
    text = {name: _text(record.get(name)) for name in (*FIELDS.split(","), "_BOOT_ID")}
    return Entry(
        when=moment(record.get("__REALTIME_TIMESTAMP")),
        message=text["MESSAGE"][:4000],
        source=shown(text["SYSLOG_IDENTIFIER"] or text["_COMM"] or text["_SYSTEMD_UNIT"] or text["_TRANSPORT"])[:100],
        unit=shown(text["UNIT"] or text["_SYSTEMD_UNIT"])[:250],
        boot=shown(text["_BOOT_ID"])[:40],
        message_id=shown(text["MESSAGE_ID"])[:40],
        process=shown(text["SYSLOG_PID"] or text["_PID"])[:20],
    )


def moment(microseconds: object) -> datetime:
    """From microseconds since 1970, as text or number. Raises Unreadable."""
    try:
        if isinstance(microseconds, str | int) and 0 <= (seconds := int(str(microseconds)[:20]) / 1e6) < _LATEST:
            return datetime.fromtimestamp(seconds, UTC)
    except ValueError:
        pass
    raise api.Unreadable(f"no time in the journal: {str(microseconds)[:40]!r}")


def _bytes(value: object) -> TypeGuard[list[int]]:
    return isinstance(value, list) and bool(value) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value)


def _text(value: object) -> str:
    """A field that is not text is written as a list of its bytes, one that is too long as null, one given twice as a list."""
    if _bytes(value):
        return bytes(value).decode(errors="replace")
    if isinstance(value, list) and value:
        first = value[0]
        value = bytes(first).decode(errors="replace") if _bytes(first) else first
    return value if isinstance(value, str) else ""


def shown(message: str) -> str:
    """At most 300 characters, all of them printable."""
    return "".join(c if c.isprintable() else " " for c in message[:300]).strip()


def examples(messages: Iterable[str], most: int = 5) -> tuple[str, ...]:
    """The last few different ones."""
    return tuple(dict.fromkeys(reversed([shown(message) for message in messages])))[:most]
