"""The notes of waiting security updates: when each fix came out, and which holes it closes. Asked only where the owner wants it.

apt has no record of either on the machine: `apt-get changelog --print-uris` names the page of each, as the maker publishes it
(deb-changelog(5)). Without an answer the updates stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from itaudit import api
from itaudit.facts.updates import CHANGELOG, Patches, Update, own_cache
from itaudit.facts.updates.archives import release_date

MOST_PAGES = 16
_URI = re.compile(r"'(?P<uri>https?://[^'\s]+)' (?P<package>[a-z0-9][a-z0-9+.-]*)\.changelog")
_ENTRY = re.compile(r"(?P<source>[a-z0-9][a-z0-9+.-]*) \((?P<version>[^()\s]+)\)")
_HOLE = re.compile(r"\bCVE-\d{4}-\d{4,12}\b")
_MOST_HOLES = 200


@dataclass(frozen=True, slots=True)
class Notes:
    """What is new since the installed version. `released`: when the oldest of it came out; None where no entry has a date."""

    released: datetime | None
    holes: tuple[str, ...]


def addresses_question(section: Patches, names: Sequence[str], *, admin: bool) -> api.Command:
    argv = ("apt-get", *own_cache(section, admin), "changelog", "--print-uris", "--", *names)
    return api.Command(argv, timeout=20.0, environment=section.environment)


def page_question(uri: str) -> api.Http:
    """Changelogs are long, but what is new stands first: one that is longer than this is not read."""
    return api.Http(uri, redirects=3, limit_bytes=4 * 2**20, timeout=8.0)


def parse_addresses(text: str) -> dict[str, str]:
    """{package: address}, of the lines that are as asked for."""
    return {match["package"]: match["uri"] for match in map(_URI.fullmatch, text.splitlines()) if match}


def parse_notes(text: str, installed: str) -> Notes:
    """The entries above that of the installed version; where that is not among them, the first entry only."""
    entries: list[list[str]] = []
    known = False
    for line in text.splitlines():
        if match := _ENTRY.match(line):
            known = match["version"] == installed.rpartition("+b")[0] or match["version"] == installed
            if known:
                break
            entries.append([])
        if entries:
            entries[-1].append(line)
    new = entries if known else entries[:1]
    lines = [line for entry in new for line in entry]
    dates = [date for line in lines if line.startswith(" -- ") and (date := release_date(line.rpartition(">")[2]))]
    holes = dict.fromkeys(hole for line in lines for hole in _HOLE.findall(line))
    return Notes(min(dates, default=None), tuple(holes)[:_MOST_HOLES])


def with_notes(ask: api.Ask, section: Patches, updates: list[Update], *, admin: bool) -> list[Update]:
    """The updates, with what the notes of the security updates among them say. Never raises."""
    names = sorted({update.package.partition(":")[0] for update in updates if update.security})
    if not names or not section.changelogs:
        return updates
    try:
        addresses = parse_addresses(ask(addresses_question(section, names, admin=admin)).text)
    except api.Missing:
        return updates
    pages = list(dict.fromkeys(addresses.values()))[:MOST_PAGES]
    texts = dict(zip(pages, map(_page, ask.many([page_question(page) for page in pages])), strict=True)) if pages else {}
    return [_noted(update, texts.get(addresses.get(update.package.partition(":")[0], ""), "")) for update in updates]


def _page(answer: api.Answer) -> str:
    try:
        body = answer.json
        return str(body["text"]) if body["status"] == 200 else ""
    except (api.Missing, KeyError, TypeError):
        return ""


def _noted(update: Update, text: str) -> Update:
    if not text or not update.security:
        return update
    notes = parse_notes(text, update.installed)
    if notes.released is None:
        return replace(update, holes=notes.holes or update.holes)
    return replace(update, holes=notes.holes or update.holes, released_by=notes.released, released_from=CHANGELOG)
