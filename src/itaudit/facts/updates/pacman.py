"""Updates that wait, as pacman sees them (Arch Linux and its kin). Changes nothing, needs no rights and no network.

`pacman -Qu` compares what is installed with the lists that were fetched last. It ends with 1 both when nothing waits and after an
error, so its error output decides. Nobody tells which of these updates close holes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from itaudit import api
from itaudit.facts.updates import ARCHIVE, Archive, InstalledPackage, PackageManager, Update
from itaudit.facts.updates.listed import dated_lists, exists, modified, paths

FOLDER = "/var/lib/pacman"
PENDING = api.Command(("pacman", "-Qu"), timeout=20.0)
CONFIGURATION = api.ReadFile("/etc/pacman.conf")
UPGRADE = "sudo pacman -Syu"
_MOST_PACKAGES = 50_000
_NAME = r"[A-Za-z0-9@_+][A-Za-z0-9@._+-]{0,199}"
_LINE = re.compile(rf"(?P<name>{_NAME}) (?P<old>\S{{1,200}}) -> (?P<new>\S{{1,200}})(?P<ignored> \[ignored\])?")
_RECORD = re.compile(rf"(?P<name>{_NAME})-(?P<version>[^-/\s]{{1,200}}-[^-/\s]{{1,50}})")
_FIELD = re.compile(r"(?P<key>Repository|Name|Version) +: (?P<value>\S{1,200})")
_IGNORED = re.compile(r"^\s*IgnorePkg\s*=(.*)$", re.MULTILINE)


def details_question(names: tuple[str, ...]) -> api.Command:
    return api.Command(("pacman", "-Si", "--", *names), timeout=20.0)


def parse_pending(answer: api.Answer) -> list[Update]:
    """Raises api.Missing, also where pacman complained of an error: what it printed before may be a part only."""
    text = answer.text
    complaints = " ".join(line for line in answer.errors.splitlines() if line.startswith("error"))
    lines = [line for line in text.splitlines() if line.strip()]
    if complaints or answer.exit_code not in (0, 1) or (answer.exit_code == 1 and lines):
        raise api.Unreadable(f"pacman -Qu, exit code {answer.exit_code}: {(complaints or answer.errors)[:200]}")
    updates = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if not match:
            raise api.Unreadable(f"pacman -Qu: {line[:200]!r}")
        updates.append(Update(match["name"], match["old"], match["new"], (), security=None, held=bool(match["ignored"])))
    return updates


def parse_details(text: str) -> dict[tuple[str, str], str]:
    """{(name, version): repository} of `pacman -Si`. What does not fit is left out."""
    found: dict[tuple[str, str], str] = {}
    record: dict[str, str] = {}
    for line in text.splitlines():
        if match := _FIELD.fullmatch(line.rstrip()):
            if match["key"] == "Repository":
                record = {}
            record[match["key"]] = match["value"]
            if len(record) == 3:
                found.setdefault((record["Name"], record["Version"]), record["Repository"])
    return found


def _dated(ask: api.Ask, updates: list[Update], archives: tuple[Archive, ...]) -> tuple[Update, ...]:
    """With the list that holds each: on that list's date it was out at the latest."""
    dates: dict[str, datetime | None] = {archive.suite: archive.published for archive in archives}
    try:
        held_by = parse_details(ask(details_question(tuple(update.package for update in updates))).text) if updates else {}
    except api.Missing:
        held_by = {}  # then their ages are not known; they are there all the same
    found = []
    for update in updates:
        suite = held_by.get((update.package, update.candidate), "")
        since = dates.get(suite)
        found.append(replace(update, suites=(suite,) if suite else (), released_by=since, released_from=ARCHIVE if since else ""))
    return tuple(found)


@api.provider("linux", seconds=45)
def pacman(ask: api.Ask) -> api.Facts[PackageManager]:
    """What pacman knows. Nothing where it manages nothing, as where it was only installed as a tool."""
    if not exists(ask, f"{FOLDER}/local/*/desc"):
        return
    archives = dated_lists(ask, f"{FOLDER}/sync/*.db", "pacman", lambda file: file.stem)
    updates = parse_pending(ask(PENDING))
    yield PackageManager(
        "pacman",
        _dated(ask, updates, archives),
        archives,
        modified(ask, f"{FOLDER}/local"),
        tells_security=False,
        # Fetching the list alone, and installing one package afterwards, breaks such a system: both are one step.
        refresh=UPGRADE,
        install=(UPGRADE,),
    )


def parse_ignored(configuration: str) -> list[str]:
    """The patterns after IgnorePkg of pacman.conf(5)."""
    return [pattern for match in _IGNORED.finditer(configuration) for pattern in match[1].split()][:1000]


@api.provider("linux", seconds=20)
def pacman_packages(ask: api.Ask) -> api.Facts[InstalledPackage]:
    """Every installed package, by the names of its records; one without its description was left half installed."""
    if not exists(ask, f"{FOLDER}/local/*/desc"):
        return
    whole = {PurePosixPath(path).parent.name for path in paths(ask, f"{FOLDER}/local/*/desc", _MOST_PACKAGES)}
    try:
        ignored = parse_ignored(ask(CONFIGURATION).text)
    except api.NotFound:
        ignored = []
    for path in paths(ask, f"{FOLDER}/local/*-*-*", _MOST_PACKAGES):
        record = PurePosixPath(path).name
        if match := _RECORD.fullmatch(record):
            held = any(fnmatchcase(match["name"], pattern) for pattern in ignored)
            state = "installed" if record in whole else "without its description"
            yield InstalledPackage(match["name"], match["version"], "", held=held, state=state)
