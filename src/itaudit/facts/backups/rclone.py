"""rclone: the files in the target, by `rclone lsf`; times in UTC because of TZ.

rclone keeps the time of each file, so the newest file in the target says when its original changed, not when rclone ran.
Where the source is known we therefore ask which files there changed after that: the first of them is the oldest loss.
Nothing changed: the copy is as good as new, however quiet the office was.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from itaudit import api
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.opening import Contents, looked_into, output_of
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups

SECONDS = 40.0
_LIMIT_BYTES = 64 * 2**20
"""A line is 20 bytes: three million files."""
_ROUNDING = timedelta(seconds=2)
"""FAT and some providers keep times to two seconds."""
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_KIND = re.compile(r"^(?P<name>[\w .+@-]{1,100}):[ \t]+(?P<kind>\w{1,40})[ \t]*$", re.MULTILINE)
_SECTION = re.compile(r"\[(?P<name>[\w .+@-]{1,100})\]")
_WRAPPERS = ("alias", "crypt", "chunker", "compress", "hasher", "cache")
"""Remotes that stand before another one."""
_MOST_WRAPPED = 5


@api.provider("linux", "macos", seconds=150)
def rclone_backups(ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository]) -> api.Facts[Backup]:
    """Yield one Backup for each target that can be listed, with one Snapshot: the state that it holds."""
    ours = [repository for repository in repositories if repository.product == "rclone"]
    yield from looked_into(ask, machine, settings, ours, lambda repository: _look(ask, machine, repository))


def listing_question(repository: Repository, place: str, since: datetime | None = None) -> api.Command:
    """The times of all files below `place`, or of those that changed after `since`. No question is put on the terminal."""
    newer = ("--max-age", f"{since:%Y-%m-%dT%H:%M:%S}") if since else ()
    # Of the source only what is copied counts: a cache that is left out changes every hour.
    filters = repository.filters if place == repository.source else ()
    argv = (
        "rclone",
        "lsf",
        "--recursive",
        "--files-only",
        "--format",
        "t",
        *newer,
        *filters,
        "--ask-password=false",
        "--",
        place,
    )
    return api.Command(argv, timeout=SECONDS, environment=_environment(repository), limit_bytes=_LIMIT_BYTES)


def types_question(repository: Repository) -> api.Command:
    """Names and kinds of the remotes; their settings hold passwords and are not asked for."""
    argv = ("rclone", "listremotes", "--long", "--ask-password=false")
    return api.Command(argv, environment=_environment(repository))


def place_of_settings_question(repository: Repository) -> api.Command:
    """Where rclone's configuration file is."""
    return api.Command(("rclone", "config", "file", "--ask-password=false"), environment=_environment(repository))


def settings_question(path: str) -> api.Command:
    """Of each remote its kind and the one behind it, and no more: the same file holds passwords."""
    return api.Command(("grep", "-hE", r"^\[|^[[:space:]]*(type|remote)[[:space:]]*=", "--", path))


def folder_behind(location: str, text: str) -> str:
    """The folder of this machine that a remote leads to in the end, "" for another machine. `text`: of settings_question."""
    remotes = _remotes(text)
    name, colon, path = location.partition(":")
    for _ in range(_MOST_WRAPPED):
        kind, base = remotes.get(name, ("", ""))
        if not colon or (kind == "local" and not path.startswith("/")):
            break
        if kind == "local":
            return path
        if kind not in _WRAPPERS or not base:
            break
        behind = f"{base.rstrip('/')}/{path}".rstrip("/") if kind == "alias" and path else base
        if behind.startswith("/"):
            return behind
        name, colon, path = behind.partition(":")
    return ""


def _remotes(text: str) -> dict[str, tuple[str, str]]:
    """Name -> (kind, the remote behind it)."""
    found: dict[str, tuple[str, str]] = {}
    name = ""
    for line in text.splitlines():
        if section := _SECTION.fullmatch(line.strip()):
            name = section["name"]
            continue
        option, _, value = (part.strip() for part in line.partition("="))
        kind, base = found.get(name, ("", ""))
        found[name] = (value, base) if option == "type" else (kind, value)
    return found


def parse_times(text: str) -> list[datetime]:
    """Return the UTC times of the files. Raises Unreadable for any other line."""
    lines = text.splitlines()
    try:
        if not all(map(_LINE.fullmatch, lines)):
            raise ValueError("a line is no time")
        return [max(datetime.fromisoformat(line).replace(tzinfo=UTC), _EARLIEST) for line in lines]
    except ValueError as error:
        raise api.Unreadable(f"rclone's list of files: {error}") from error


def held_state(target: list[datetime], changed: list[datetime] | None, now: datetime) -> datetime | None:
    """When the state that the target holds was current. None when it holds nothing.

    target: times of its files. changed: times of the files in the source from then on, None when the source is not known.
    """
    # A file dated in the future says nothing, and must not hide what changed before it.
    past = [when for when in target if when <= now]
    if not past:
        return None
    newest = max(past)
    if changed is None:
        return newest
    return min((when for when in changed if newest + _ROUNDING < when <= now), default=now)


def _changed(ask: api.Ask, repository: Repository, newest: datetime) -> list[datetime] | None:
    """Times of the files in the source that changed from `newest` on; None where the source holds no file at all."""
    for since in (newest - _ROUNDING, None):
        found = parse_times(output_of(ask(listing_question(repository, repository.source, since))))
        if found:
            return [when for when in found if when >= newest]
    # An empty source may be a disk that is not mounted: that nothing changed there says nothing.
    return None


def _environment(repository: Repository) -> tuple[tuple[str, str], ...]:
    command = repository.password_command
    if repository.password_file:
        command = shlex.join(("cat", repository.password_file))
    given = dict(repository.environment) | ({"RCLONE_PASSWORD_COMMAND": command} if command else {})
    return tuple(sorted((given | {"TZ": "UTC"}).items()))


def _look(ask: api.Ask, machine: api.Machine, repository: Repository) -> tuple[Repository, Contents]:
    target = parse_times(output_of(ask(listing_question(repository, repository.location))))
    newest = max((when for when in target if when <= machine.now), default=None)
    changed = _changed(ask, repository, newest) if repository.source and newest else None
    state = held_state(target, changed, machine.now)
    saved = (repository.source,) if repository.source else ()
    pairs = [(repository.host or machine.host, Snapshot(state, saved, bool(saved) and repository.whole))] if state else []
    name, _, path = repository.location.partition(":")
    kinds = {match["name"]: match["kind"] for match in _KIND.finditer(_said(ask, types_question(repository)))}
    folder = (path or "/") if kinds.get(name) == "local" else _folder(ask, repository)
    located = replace(repository, location=folder) if folder else repository
    return located, Contents(pairs, encrypted=kinds.get(name) == "crypt")


def _folder(ask: api.Ask, repository: Repository) -> str:
    file = dict(repository.environment).get("RCLONE_CONFIG") or _said(ask, place_of_settings_question(repository)).strip()
    path = file.rpartition("\n")[2]
    return folder_behind(repository.location, _said(ask, settings_question(path))) if path.startswith("/") else ""


def _said(ask: api.Ask, question: api.Command) -> str:
    """ "" where the program does not tell: then a remote is taken for what it looks like."""
    answer = ask(question)
    return "" if answer.error or answer.exit_code else answer.body
