"""The makers' notices of rpm systems, and what they say of an update: does it mend holes, which, how grave, since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from itaudit.facts.updates import ADVISORY, ARCHIVE, Update

SEVERITIES = {"critical": "critical", "important": "high", "moderate": "medium", "low": "low"}
"""The makers' words (Red Hat, SUSE, Fedora), and ours."""
_GRAVEST_FIRST = tuple(SEVERITIES.values())
_SLIGHT = ("medium", "low")
_MOST = 200


@dataclass(frozen=True, slots=True)
class Advisory:
    """A notice about one package. key: (name, architecture); an architecture of "" fits all. changed: the day its text says."""

    id: str
    key: tuple[str, str]
    security: bool
    severity: str
    changed: datetime | None
    holes: tuple[str, ...] = ()


def severity_of(word: str) -> str:
    return SEVERITIES.get(word.strip().lower(), "")


def with_advisories(
    update: Update, key: tuple[str, str], notices: Mapping[str, list[Advisory]], days: Mapping[str, datetime], *, told: bool
) -> Update:
    """The update, with what its notices say. notices: by name of the package. days: when each was issued, where that is known.

    told: does the maker say which updates mend holes? Then one without a notice mends none.
    """
    own = [one for one in notices.get(key[0], ()) if one.key[1] in ("", key[1])]
    mending = [one for one in own if one.security]
    # How long the grave ones have been out decides: the age of a slight one would make an urgent one look late.
    grave = [one for one in mending if one.severity not in _SLIGHT]
    counted = mending or own
    update = replace(update, security=True if mending else (False if told else None))
    if not counted:
        return update
    released, exact = _released(grave or counted, days)
    grades = {one.severity for one in grave or mending}
    return replace(
        update,
        severity=next((grade for grade in _GRAVEST_FIRST if grade in grades), ""),
        advisories=tuple(sorted({one.id for one in counted}))[:_MOST],
        holes=tuple(dict.fromkeys(hole for one in counted for hole in one.holes))[:_MOST],
        released_by=released,
        released_from=(ADVISORY if exact else ARCHIVE) if released else "",
    )


def _released(advisories: Iterable[Advisory], days: Mapping[str, datetime]) -> tuple[datetime | None, bool]:
    """The day the first of them came out, and whether that is exact: a notice that was changed later is at least that old."""
    found = [(days[one.id], True) if one.id in days else (one.changed, False) for one in advisories]
    dated = [(day, exact) for day, exact in found if day]
    first = min((day for day, _ in dated), default=None)
    return first, bool(dated) and len(dated) == len(found) and all(exact for _, exact in dated)


def by_package(advisories: Iterable[Advisory]) -> dict[str, list[Advisory]]:
    found: dict[str, list[Advisory]] = {}
    for one in advisories:
        found.setdefault(one.key[0], []).append(one)
    return found
