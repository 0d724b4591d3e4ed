"""What brought the machine, or a program on it, down in the last month.

Sources: journalctl(1); the catalogue of systemd; messages of the kernel's mm/oom_kill.c, kernel/panic.c, kernel/watchdog.c,
arch/x86/kernel/cpu/mce and drivers/edac, which are no stable interface: what no pattern knows is not counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itaudit import api
from itaudit.facts.journal import HANDED_ON, Entry, Journal, checked, examples, list_of_boots, moment, shown
from itaudit.facts.services import Services
from itaudit.facts.syslog import kernel_heard, syslog_entries
from itaudit.facts.virtual import container_kind

DAYS = 30
_MOST = 5000
_SINCE = f"--since=-{DAYS}d"
# In the language of grep -E, of PCRE2 and of Python alike.
MEMORY = r"Out of memory: Kill|Out of memory and no killable"
KERNEL = (
    r"Kernel panic - not syncing|kernel BUG at |BUG: unable to handle|BUG: kernel NULL pointer|Oops: [0-9a-f]{4}|"
    r"general protection fault.{0,60}\[#[0-9]+\]|BUG: (soft|hard) lockup|Watchdog detected hard LOCKUP|Internal error: Oops"
)
HARDWARE = (
    r"EDAC [A-Za-z0-9#:_ ]{1,40}: [0-9]+ UE |\[Hardware Error\]: event severity: (fatal|recoverable)|"
    r"\[Hardware Error\]: CPU [0-9]+: Machine Check( Exception)?:"
)
"""Not what the memory corrected by itself, nor that "machine check events" were logged: firmware causes it at every start."""
_PATTERN = f"{MEMORY}|{KERNEL}|{HARDWARE}"
KERNEL_MESSAGES = ("_TRANSPORT=kernel", _SINCE, "-n", str(_MOST), "--case-sensitive=yes", f"--grep={_PATTERN}")
ANY_OF_KERNEL = ("_TRANSPORT=kernel", _SINCE, "-n", "1")
GOING_DOWN = ("MESSAGE_ID=d93fb3c9c24d451a97cea615ce59c00b", "+", "MESSAGE_ID=98268866d1d54a499c4e98921d93bc40", "+",
              "UNIT=shutdown.target", "+", "UNIT=final.target", "+", "UNIT=umount.target")  # fmt: skip
ENDINGS = (*GOING_DOWN, f"--since=-{DAYS + 1}d", "-n", str(_MOST))
_LAST_MINUTES = timedelta(minutes=10)
"""Between the first sign that the machine is being shut down and the end of the diary. A service may take 90 seconds to stop."""
PSTORE = api.Glob("/var/lib/systemd/pstore/*", most=200)
_OLD_TABLE = re.compile(r"^\s*(-?\d+) ([0-9a-f]{32})\b(.*)$")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")
_AT_LEAST_DAYS = 1.0
"""Files of a syslog service are begun anew once a day or once a week, so no more is promised."""
KEEP = "With BusyBox: rc-update add klogd boot; rc-service klogd start. With rsyslog: load its module imklog."


class Kind(StrEnum):
    """The value is the subject of the finding."""

    SHUTDOWNS = "unclean shutdowns"
    KERNEL = "kernel failures"
    MEMORY = "memory shortages"
    HARDWARE = "hardware errors"


@dataclass(frozen=True, slots=True)
class Crashes:
    """What happened of one kind in the last DAYS days: when, oldest first, and the last few records as they are.

    known_days: how far back it could be seen, DAYS at most.
    """

    kind: Kind
    moments: tuple[datetime, ...]
    records: tuple[str, ...] = ()
    known_days: float = DAYS
    note: str = ""

    @property
    def subject(self) -> str:
        return self.kind.value


@dataclass(frozen=True, slots=True)
class Boot:
    """One run of the machine, as far as the journal has it."""

    id: str
    first: datetime
    last: datetime


@api.provider("linux", seconds=60)
def crashes(ask: api.Ask, machine: api.Machine, services: Services) -> api.Facts[Crashes]:
    """One fact for each kind, or its Gap. Without a journal, what the files of a syslog service tell."""
    journal = Journal(ask, machine, services)
    container = "" if services.journal_folder else container_kind(ask)  # what lies in a folder may be of another machine
    try:
        journal.must_be_there(DAYS)
    except api.Missing as error:
        found = _from_files(ask, machine, error)
        yield api.Gap(Kind.SHUTDOWNS.value, error)
        seen = found or (not container and kernel_heard(ask))
        yield from _by_kind(found, _AT_LEAST_DAYS) if seen else _unseen(container)
        return
    known_days = _AT_LEAST_DAYS
    try:
        boots = known_boots(journal)
        known_days = min(float(DAYS), (machine.now - boots[0].first) / timedelta(days=1))
        if container == "wsl":
            raise api.NotApplicable("Windows ends this system without a word when it is not needed")
        yield shutdowns(journal, boots, known_days)
    except api.Missing as error:
        yield api.Gap(Kind.SHUTDOWNS.value, error)
    entries, note = journal.entries(*KERNEL_MESSAGES, days=DAYS)
    if container and not entries and not journal.entries(*ANY_OF_KERNEL, days=DAYS)[0]:
        yield from _unseen(container)
    else:
        yield from _by_kind(entries, known_days, note, _dumps(ask, machine))


def _from_files(ask: api.Ask, machine: api.Machine, error: api.Missing) -> list[Entry]:
    """What the kernel wrote of crashes. Raises `error`, of the journal, where a syslog service keeps nothing either."""
    try:
        # Others quote the kernel's words.
        return [entry for entry in syslog_entries(ask, machine, _PATTERN, DAYS) if entry.source == "kernel"]
    except api.NotFound:
        raise error from None


def _unseen(container: str) -> Iterable[api.Gap]:
    """The kernel below a container speaks to the machine that holds it. What it kills in the container is missed all the same."""
    missed, unlock = f"no message of the kernel in this container ({container})", HANDED_ON
    if not container:
        missed, unlock = "the syslog service keeps no message of the kernel", KEEP
    for kind in (Kind.KERNEL, Kind.MEMORY, Kind.HARDWARE):
        if container and kind is not Kind.MEMORY:
            yield api.Gap(kind.value, api.NotApplicable(f"a container ({container}) has no kernel and no hardware of its own"))
        else:
            yield api.Gap(kind.value, api.NotFound(missed, unlock))


def _by_kind(
    entries: Sequence[Entry], known_days: float, note: str = "", dumps: Sequence[tuple[datetime, str]] = ()
) -> Iterable[Crashes]:
    for kind, pattern in ((Kind.KERNEL, KERNEL), (Kind.MEMORY, MEMORY), (Kind.HARDWARE, HARDWARE)):
        found = [entry for entry in entries if re.search(pattern, entry.message)]
        saved = dumps if kind is Kind.KERNEL else ()
        moments = _apart([entry.when for entry in found] + [when for when, _ in saved])
        records = examples([*(entry.message for entry in found), *(path for _, path in saved)])
        yield Crashes(kind, moments, records, known_days, note)


def _apart(moments: Iterable[datetime]) -> tuple[datetime, ...]:
    """A failure of the kernel prints many lines within seconds, and is one failure."""
    kept: list[datetime] = []
    for when in sorted(moments):
        if not kept or when - kept[-1] > timedelta(minutes=1):
            kept.append(when)
    return tuple(kept)


def _dumps(ask: api.Ask, machine: api.Machine) -> list[tuple[datetime, str]]:
    """What systemd-pstore(8) saved of a kernel that died. What cannot be read here shows as an unclean shutdown anyway."""
    found = []
    try:
        paths = [path for path in ask(PSTORE).json if isinstance(path, str)]
        for path, answer in zip(paths, ask.many([api.FileStatus(path) for path in paths]), strict=True):
            when = moment(int(answer.json["modified"] * 1e6))
            if machine.now - when <= timedelta(days=DAYS):
                found.append((when, path))
    except (api.Missing, TypeError, KeyError, ValueError, OverflowError):
        return found
    return found


def known_boots(journal: Journal) -> list[Boot]:
    """Every run of the machine that the journal knows, oldest first, one at least. Raises a Missing."""
    boots = boots_of(checked(journal.ask(list_of_boots(journal.services)), journal.machine))
    if not boots:
        raise api.Unreadable("journalctl --list-boots knows no start of this machine")
    return boots


def shutdowns(journal: Journal, boots: Sequence[Boot], known_days: float) -> Crashes:
    """Runs of the machine that ended without a word of being shut down. Raises a Missing, also when only this run is known."""
    now = journal.machine.now
    if len(boots) == 1 and now - boots[0].first < timedelta(days=DAYS) and not journal.persistent():
        raise api.NotFound("the journal begins at the last start", "Keep the diary over restarts: sudo mkdir /var/log/journal")
    endings, note = journal.entries(*ENDINGS, days=DAYS + 1)
    signs: dict[str, datetime] = {}
    for entry in endings:
        signs[entry.boot] = max(entry.when, signs.get(entry.boot, entry.when))
    ended = [boot for boot in boots[:-1] if timedelta() <= now - boot.last <= timedelta(days=DAYS)]
    unclean = [boot for boot in ended if boot.id not in signs or boot.last - signs[boot.id] > _LAST_MINUTES]
    records = tuple(f"boot {boot.id}: last word at {boot.last:%Y-%m-%d %H:%M} UTC" for boot in unclean[-5:])
    return Crashes(Kind.SHUTDOWNS, tuple(boot.last for boot in unclean), records, known_days, note)


def boots_of(text: str) -> list[Boot]:
    """Read `journalctl --list-boots`, oldest first: JSON, or the table of versions before 251 with times in UTC.

    Raises Unreadable.
    """
    if not text.strip():
        return []
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return [boot for line in text.splitlines()[:10_000] if (boot := _old_boot(line))]
    try:
        # Not in the order of their times: where the clock begins anew at each start, they say nothing.
        in_order = sorted(listed[:10_000], key=lambda each: int(each.get("index", 0)))
        return [
            Boot(shown(str(each["boot_id"]))[:40], moment(each["first_entry"]), moment(each["last_entry"])) for each in in_order
        ]
    except (AttributeError, TypeError, KeyError, ValueError, OverflowError) as error:
        raise api.Unreadable(f"not a list of boots: {shown(text[:80])!r}") from error


def _old_boot(line: str) -> Boot | None:
    match = _OLD_TABLE.match(line[:400])
    times = _TIME.findall(match[3]) if match else []
    if match is None or len(times) != 2:
        if not line.strip() or line.startswith(("IDX", "-- ")):
            return None
        raise api.Unreadable(f"not a list of boots: {shown(line[:80])!r}")
    try:
        first, last = (datetime.strptime(time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for time in times)
    except ValueError as error:
        raise api.Unreadable(f"not a list of boots: {shown(line[:80])!r}") from error
    return Boot(match[2], first, last)
