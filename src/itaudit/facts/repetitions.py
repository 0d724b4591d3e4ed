"""What keeps coming back: services that are started again and again, and errors that are written every day.

Sources: systemd.journal-fields(7); the message "Scheduled restart job" in the catalogue of systemd.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from itaudit import api
from itaudit.facts.crashes import known_boots
from itaudit.facts.journal import Entry, Journal, shown
from itaudit.facts.message_templates import template_of
from itaudit.facts.services import Services

DAYS = 7
_MOST_ERRORS, _MOST_RESTARTS, _MOST_SHOWN = 10_000, 5_000, 20
_ENOUGH_DAYS = 4
RESTARTS = ("MESSAGE_ID=5eb03494b6584870a536b337290809b3", "--since=-1d", "-n", str(_MOST_RESTARTS))
ERRORS = ("-p", "3", f"--since=-{DAYS}d", "-n", str(_MOST_ERRORS))
_MEANT_TO_RESTART = re.compile(r"(?:serial-|console-|container-)?getty@.*|autovt@.*|user@.*")
"""A sign-in prompt starts anew after each session."""
_STRANGERS = frozenset(("sshd", "sshd-session", "sshd-auth"))
"""Whatever is reachable from outside is knocked at all day. The errors of others who try are not this machine's."""


class Kind(StrEnum):
    """The value is the subject of the finding."""

    RESTARTS = "restarts"
    ERRORS = "errors"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that comes back. source: a service or a program. times: seen in the days looked at. a_day: on a usual day."""

    source: str
    a_day: float
    times: int
    example: str


@dataclass(frozen=True, slots=True)
class Repetition:
    """What comes back of one kind, most often first. total: of all. complete: False when there were more than were read.

    known_days: how far back it could be seen, DAYS at most.
    """

    kind: Kind
    items: tuple[Item, ...]
    total: int
    complete: bool = True
    note: str = ""
    known_days: float = DAYS

    @property
    def subject(self) -> str:
        return self.kind.value


@api.provider("linux", seconds=45)
def repetitions(ask: api.Ask, machine: api.Machine, services: Services) -> api.Facts[Repetition]:
    """Both kinds. A Gap for the one that cannot be read; raises a Missing when the journal cannot."""
    journal = Journal(ask, machine, services)
    journal.must_be_there(DAYS)
    for kind, look in ((Kind.RESTARTS, _restarts), (Kind.ERRORS, _errors)):
        try:
            yield look(journal)
        except api.Missing as error:
            yield api.Gap(kind.value, error)


def _restarts(journal: Journal) -> Repetition:
    entries, note = journal.entries(*RESTARTS, days=1)
    counted = [entry for entry in entries if entry.unit and not _MEANT_TO_RESTART.fullmatch(entry.unit)]
    newest = {entry.unit: shown(entry.message) for entry in counted}
    counts = Counter(entry.unit for entry in counted)
    items = tuple(Item(unit, float(count), count, newest[unit]) for unit, count in _most(counts))
    return Repetition(Kind.RESTARTS, items, len(counted), len(entries) < _MOST_RESTARTS, note)


def _errors(journal: Journal) -> Repetition:
    entries, note = journal.entries(*ERRORS, days=DAYS)
    own = [entry for entry in entries if entry.source not in _STRANGERS and not _told_elsewhere(entry)]
    complete = len(entries) < _MOST_ERRORS
    now = journal.machine.now
    oldest = min((entry.when for entry in entries), default=now)
    start = max(now - timedelta(days=DAYS), min(oldest, _beginning(journal)) if complete else oldest)
    return Repetition(Kind.ERRORS, grouped(own, start, now), len(own), complete, note, (now - start) / timedelta(days=1))


def _beginning(journal: Journal) -> datetime:
    """Of what the journal holds: days before are not days without errors. At least a day ago: a first start is no usual hour."""
    try:
        first = min(boot.first for boot in known_boots(journal))
    except api.Missing:
        return journal.machine.now - timedelta(days=DAYS)
    return min(first, journal.machine.now - timedelta(days=1))


def _told_elsewhere(entry: Entry) -> bool:
    """ "Failed to start …": of a service that is judged as failed, as a scheduled job, or by its restarts."""
    return entry.source == "systemd" and entry.unit not in ("", "init.scope") and not entry.unit.startswith("user@")


def grouped(entries: Sequence[Entry], start: datetime, now: datetime) -> tuple[Item, ...]:
    """Errors of one program with one template are one item. A usual day is the middle one of those looked at, so that one bad
    day is no habit; where less than four days are known, it is what comes in a day on average."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.source, template_of(entry.message)].append(entry)
    known = max((now - start) / timedelta(days=1), 1 / 24)
    items = []
    for (source, _), group in groups.items():
        if known >= _ENOUGH_DAYS:
            days = Counter(min(int(known), max(0, int((now - entry.when) / timedelta(days=1)))) for entry in group)
            a_day = float(median(days[day] for day in range(max(1, round(known)))))
        else:
            a_day = len(group) / known
        items.append(Item(source, a_day, len(group), shown(group[-1].message)))
    return tuple(sorted(items, key=lambda item: (-item.a_day, -item.times, item.source, item.example)))[:_MOST_SHOWN]


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_SHOWN]
