"""Packages that apt's preferences keep at one version, or out altogether (apt_preferences(5)).

Only pins that stop updates: of a version, above the priority of ordinary archives, and negative ones. A pin that merely prefers
one archive to another is the usual way to use a vendor's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice

from itaudit import api
from itaudit.facts.updates import InstalledPackage, Patches

_MOST_FILES, _MOST_RECORDS, _LONGEST = 60, 2000, 200
_ORDINARY = 500
_PLACES = re.compile(r"FILE='(?P<file>/[^'\n]*)'\nPARTS='(?P<parts>/[^'\n]*?)/?'\n?")


@dataclass(frozen=True, slots=True)
class Pin:
    """One installed package that a pin keeps from being updated. pin: as it is written ("version 10.5*")."""

    package: str
    pin: str
    priority: int
    file: str


@dataclass(frozen=True, slots=True)
class Pins:
    """All of them."""

    pins: tuple[Pin, ...]

    @property
    def subject(self) -> str:
        return "preferences of apt"


def places_question(section: Patches) -> api.Command:
    argv = ("apt-config", "shell", "FILE", "Dir::Etc::preferences/f", "PARTS", "Dir::Etc::preferencesparts/d")
    return api.Command(argv, environment=section.environment)


def parse_preferences(text: str) -> Iterator[tuple[list[str], str, int]]:
    """(packages or patterns, pin, priority) of each record that has all three; words for priorities are not known everywhere."""
    for record in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        for line in record.splitlines():
            name, colon, value = line.partition(":")
            if colon and name.strip().isascii() and not line.startswith(("#", " ")):
                fields.setdefault(name.strip().lower(), value.strip())
        priority = _priority(fields)
        if priority is not None and fields.get("package") and fields.get("pin"):
            yield fields["package"].split(), fields["pin"], priority


def _priority(fields: Mapping[str, str]) -> int | None:
    written = fields.get("pin-priority", "")
    if written.lower() == "never":
        return -32768
    return int(written) if re.fullmatch(r"[+-]?[0-9]{1,6}", written) else None


def _stops_updates(pin: str, priority: int) -> bool:
    kind, _, value = pin.partition(" ")
    if kind == "version":
        return priority < 0 or (priority > _ORDINARY and value.strip() not in ("", "*"))
    return priority < 0


def _texts(ask: api.Ask, section: Patches) -> Iterator[tuple[str, str]]:
    """(file, text) of the preferences that can be read. apt skips names with other endings than .pref."""
    match = _PLACES.fullmatch(ask(places_question(section)).checked_text)
    if not match:
        return
    found = ask(api.Glob(f"{match['parts']}/*")).json
    paths = [str(path) for path in found] if isinstance(found, list) else []
    read = [path for path in paths if re.fullmatch(r"[A-Za-z0-9_-]+|[A-Za-z0-9_-][A-Za-z0-9_.-]*\.pref", path.rpartition("/")[2])]
    files = [match["file"], *read[:_MOST_FILES]]
    for file, answer in zip(files, ask.many([api.ReadFile(file, limit_bytes=262144) for file in files]), strict=True):
        if not answer.problem:
            yield file, answer.body


@api.provider("linux", seconds=15)
def pins(ask: api.Ask, section: Patches, packages: list[InstalledPackage]) -> api.Facts[Pins]:
    """One fact; none without apt, and none where it does not tell where its preferences are."""
    names = sorted({package.name for package in packages})
    try:
        every = ((file, *record) for file, text in _texts(ask, section) for record in parse_preferences(text))
        records = list(islice(every, _MOST_RECORDS))
    except api.Missing:
        return
    found: dict[str, Pin] = {}
    preferred = {name for _, patterns, pin, priority in records if _prefers(pin, priority) for name in _fitting(names, patterns)}
    for file, patterns, pin, priority in records:
        if "*" in patterns or not _stops_updates(pin, priority):
            continue  # for all packages of an archive: that is how an archive is switched off
        for name in _fitting(names, patterns):
            if pin.startswith("version ") or name not in preferred:
                found.setdefault(name, Pin(name, pin[:_LONGEST], priority, file))
    yield Pins(tuple(found.values()))


def _prefers(pin: str, priority: int) -> bool:
    """Does it name an archive to take programs from? Then another pin that keeps the other archives out is the same choice."""
    return priority >= _ORDINARY and not pin.startswith("version ")


def _fitting(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
