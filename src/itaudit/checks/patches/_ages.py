"""How long updates have waited: by the notes of the fix, by the list that holds it, or by the first scan that saw it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from itaudit import api
from itaudit.facts.updates import ADVISORY, CHANGELOG, PackageManager, Update

FRESH_DAYS = 7
"""With package lists older than this, a count of none is not kept: later it would pass for proof that nothing waited."""
_BASIS = {ADVISORY: "by the date of the maker's notice", CHANGELOG: "by the maker's notes of the fix"}
_LIST = "by the date of the list that holds it"
_SCAN = "by the first scan that saw it, as nothing was installed since"


@dataclass(frozen=True, slots=True)
class Age:
    """Days that something has waited at least, and how that is known."""

    days: float
    basis: str


def age_of(update: Update, machine: api.Machine) -> Age | None:
    """By what the fact tells; None when it tells no date."""
    if update.released_by is None:
        return None
    exact = update.released is not None
    return Age(_days(update.released_by, machine), _BASIS.get(update.released_from or ADVISORY, _LIST) if exact else _LIST)


def seen_age(manager: PackageManager, past: api.History, machine: api.Machine, measurement: str) -> Age | None:
    """By earlier scans: since the first one at which some waited, if nothing was installed since. None when not known."""
    if not manager.changed:
        return None
    moments = [point.when for point in past.series(measurement) if point.value > 0 and point.when > manager.changed]
    return Age(_days(min(moments), machine), _SCAN) if moments else None


def oldest_age(
    updates: tuple[Update, ...], manager: PackageManager, past: api.History, machine: api.Machine, measurement: str
) -> Age | None:
    """Of the one that has waited longest; None where none wait, and where nothing is known of their age."""
    if not updates:
        return None
    ages = [*(age_of(update, machine) for update in updates), seen_age(manager, past, machine, measurement)]
    return max((age for age in ages if age), key=lambda age: age.days, default=None)


def at_most(updates: tuple[Update, ...], past: api.History, machine: api.Machine, measurement: str) -> float | None:
    """Days that each of them has waited at most: their makers say so, or an earlier scan, with lists a week old at most, found
    none. None: not known."""
    days = [_days(update.released, machine) for update in updates if update.released]
    if len(days) == len(updates):
        return max(days, default=0.0)
    clean = [point.when for point in past.series(measurement) if point.value == 0]
    return _days(max(clean), machine) + FRESH_DAYS if clean else None


def _days(since: datetime, machine: api.Machine) -> float:
    return max(0.0, (machine.now - since) / timedelta(days=1))
