"""Updates of programs from flatpak, by the lists that were fetched last. Changes nothing, needs no rights and no network.

`--cached` never asks a server; without a list it ends with an error. Nobody tells which of these updates close holes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from itaudit import api
from itaudit.facts.updates import ARCHIVE, Archive, PackageManager, Update
from itaudit.facts.updates.listed import NOT_RUNNING, exists, modified, unseen

FOLDER = "/var/lib/flatpak"
SUBJECT = "programs from flatpak"
INSTALLED = api.Command(("flatpak", "list", "--columns=application,branch,origin,version,active,installation"), timeout=15.0)
LOOK = "flatpak remote-ls --updates"
UPDATE = "flatpak update"
_MOST_ORIGINS = 20
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


@dataclass(frozen=True, slots=True)
class Program:
    """An installed program or runtime. `commit`: the first digits of the state it is at, since many carry no version."""

    name: str
    branch: str
    origin: str
    version: str
    commit: str
    installation: str


def waiting_question(origin: str, installation: str) -> api.Command:
    scope = f"--{installation}" if installation in ("system", "user") else f"--installation={installation}"
    argv = ("flatpak", "remote-ls", "--updates", "--cached", scope, "--columns=application,branch,version,commit", origin)
    return api.Command(argv, timeout=15.0)


def _rows(text: str, columns: int) -> list[list[str]]:
    rows = [line.split("\t") for line in text.splitlines() if line.strip()]
    for row in rows:
        if len(row) != columns or not _WORD.fullmatch(row[0]):
            raise api.Unreadable(f"flatpak: {' '.join(row)[:200]!r}")
    return rows


def parse_installed(text: str) -> list[Program]:
    """Raises api.Unreadable on a line that does not fit."""
    programs = [Program(*row) for row in _rows(text, 6)]
    for program in programs:
        if not _WORD.fullmatch(program.origin) or not _WORD.fullmatch(program.installation):
            raise api.Unreadable(f"flatpak list: {program.origin[:100]!r}, {program.installation[:100]!r}")
    return programs


def parse_waiting(text: str) -> list[tuple[str, str, str, str]]:
    """(name, branch, version or "", commit) of each. Raises api.Unreadable on a line that does not fit."""
    return [(name, branch, version, commit) for name, branch, version, commit in _rows(text, 4)]


def _update(program: Program, version: str, commit: str, archive: Archive) -> Update:
    """By version where it changes, by state where it does not."""
    told = version and program.version and version != program.version
    return Update(
        package=program.name if program.branch in ("stable", "") else f"{program.name}//{program.branch}",
        installed=program.version if told else f"{program.version} {program.commit}".strip(),
        candidate=version if told else f"{version} {commit}".strip(),
        suites=(program.origin,),
        security=None,
        released_by=archive.published,
        released_from=ARCHIVE if archive.published else "",
    )


def _programs(ask: api.Ask) -> list[Program]:
    answer = ask(INSTALLED)
    if answer.problem == api.ToolMissing.kind or (answer.problem == NOT_RUNNING and not exists(ask, f"{FOLDER}/app/*")):
        return []
    return parse_installed(answer.checked_text)


@api.provider("linux", seconds=45)
def flatpak(ask: api.Ask) -> api.Facts[PackageManager]:
    """What flatpak knows; where the list of one source is missing, no list has a date. Nothing where no program came from it."""
    programs = _programs(ask)
    updates: list[Update] = []
    archives: list[Archive] = []
    missing: list[Archive] = []
    for origin, installation in sorted({(one.origin, one.installation) for one in programs})[:_MOST_ORIGINS]:
        try:
            waiting = parse_waiting(ask(waiting_question(origin, installation)).checked_text)
        except api.Missing as error:
            missing += unseen("flatpak", f"{SUBJECT} ({origin})", error, LOOK).archives
            continue
        # Where the lists of one user lie is not asked: then they carry no date.
        index = f"{FOLDER}/repo/tmp/cache/summaries/{origin}.idx"
        archive = Archive("flatpak", origin, origin, modified(ask, index) if installation == "system" else None)
        archives.append(archive)
        own = {(one.name, one.branch): one for one in programs if (one.origin, one.installation) == (origin, installation)}
        updates += [_update(own[n, b], version, commit, archive) for n, b, version, commit in waiting if (n, b) in own]
    if missing:  # "nothing waits" must not be believed
        archives = [*missing, *(replace(archive, published=None) for archive in archives)]
    if archives:
        changed = modified(ask, f"{FOLDER}/.changed")
        yield PackageManager("flatpak", tuple(updates), tuple(archives), changed, False, SUBJECT, LOOK, (UPDATE,))
