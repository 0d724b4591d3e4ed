"""What filled a volume: folders compared with what they held at earlier scans, in a sentence for the owner."""

from __future__ import annotations

from datetime import datetime, timedelta

from itaudit import api
from itaudit.facts.folders import CHANGED_DAYS, Folder, Folders, most_telling

REMEMBERED = 25
"""Largest folders whose sizes are kept for the next scan."""
_NAMED = 2
_COMPARED_DAYS = 6
"""Compared with the newest size at least so many days old: what grew since an hour ago says little."""
_WORTH_SHARE = 0.01
_WORTH_BYTES = 10**9
_LISTED = 8


def measurements(walked: Folders) -> tuple[api.Measurement, ...]:
    """Only of folders that were seen to the end: a part would look like a clean-up, and the next whole look like growth."""
    seen = [folder for folder in walked.folders if folder.complete][:REMEMBERED]
    return tuple(api.Measurement(_name(folder), folder.held_bytes, api.Unit.BYTES) for folder in seen)


def sentence(walked: Folders, size_bytes: int, past: api.History, now: datetime) -> str:
    """Where it grew; without an earlier look where the newest files are, or what is largest. Empty when nothing was seen."""
    worth = min(_WORTH_BYTES, _WORTH_SHARE * size_bytes)
    since, grown = _grown(walked, past, now)
    if named := _named({path: amount for path, amount in grown.items() if amount >= worth}):
        return f" Since {since.day} {since:%B %Y} most was added in {named}."
    if named := _named({folder.path: folder.changed_bytes for folder in walked.folders if folder.changed_bytes >= worth}):
        return f" Most of what was added or changed within {CHANGED_DAYS} days is in {named}."
    named = _named({folder.path: folder.held_bytes for folder in walked.folders if folder.held_bytes >= worth})
    return f" Large folders in it: {named}." if named else ""


def detail(walked: Folders) -> str:
    """The largest folders with their bytes, for the technician."""
    told = [
        f"{folder.path} {'' if folder.complete else 'at least '}{folder.held_bytes} bytes "
        f"({folder.changed_bytes} new or changed within {CHANGED_DAYS} days)"
        for folder in walked.folders[:_LISTED]
    ]
    return "".join(f"; {part}" for part in (*told, walked.problem) if part)


def _grown(walked: Folders, past: api.History, now: datetime) -> tuple[datetime, dict[str, int]]:
    """Since when, and by how much each folder grew that is remembered from then."""
    before = {folder: _earlier(past, folder, now) for folder in walked.folders if folder.complete}
    known = {folder: point for folder, point in before.items() if point}
    since = max((point.when for point in known.values()), default=now)
    # Those remembered from another day would be compared over another time.
    same_day = {folder: point for folder, point in known.items() if since - point.when < timedelta(days=1)}
    return since, {folder.path: int(folder.held_bytes - point.value) for folder, point in same_day.items()}


def _earlier(past: api.History, folder: Folder, now: datetime) -> api.Point | None:
    points = [point for point in past.series(_name(folder)) if 0 <= point.value < 1e30 and point.when < now]
    old = [point for point in points if now - point.when >= timedelta(days=_COMPARED_DAYS)]
    return old[-1] if old else next(iter(points), None)


def _name(folder: Folder) -> str:
    return f"folder {folder.path}"


def _named(amounts: dict[str, int]) -> str:
    paths = [path for path in most_telling(amounts, _NAMED) if 4 * amounts[path] >= max(amounts.values())]
    return " and ".join(f"{path} ({api.readable_bytes(amounts[path])})" for path in paths)
