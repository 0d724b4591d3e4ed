"""BorgBackup 1.x: `list` and `extract` past the lock, with a cache of our own, and with TZ=UTC because its times name no zone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from itaudit.drill.saved import LIST_SECONDS, MOST_LISTED_BYTES, Product, SavedFile, State
from itaudit.errors import Unreadable
from itaudit.evidence.questions_machine import Command
from itaudit.facts.backups.borg import archives_question
from itaudit.facts.backups.opening import output_of
from itaudit.facts.backups.repository import Repository

_RESTORE_SECONDS = 3600.0
_FORMAT = "{mode}{TAB}{size}{TAB}{isomtime}{TAB}{path}{NUL}"


class _Archive(BaseModel):
    name: str
    start: datetime
    hostname: str = ""


class _List(BaseModel):
    archives: list[_Archive]


def read_states(text: str) -> list[State]:
    """Raises Unreadable for anything but what borg documents."""
    try:
        archives = _List.model_validate_json(text).archives
        return [State(one.name, one.hostname, _utc(one.start)) for one in archives if "\0" not in one.name]
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise Unreadable(f"borg's list of archives: {' '.join(str(error).split())[:200]}") from error


def _utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _files(repository: Repository, state: State, cache: Path) -> Command:
    argv = ("borg", "list", "--bypass-lock", "--format", _FORMAT, f"::{state.name}")
    return _command(repository, cache, argv, LIST_SECONDS)


def _restore(repository: Repository, state: State, target: Path, cache: Path, files: Iterable[SavedFile]) -> Command:
    # borg extracts into the folder where it stands. Flags (immutable) and access lists would keep us from cleaning up.
    options = ("--bypass-lock", "--noflags", "--noacls", "--noxattrs", "--numeric-ids")
    extract = ("borg", "extract", *options, f"::{state.name}", *(pattern_of(file.path) for file in files))
    argv = ("sh", "-c", 'cd -- "$0" && exec "$@"', str(target), *extract)
    return _command(repository, cache, argv, _RESTORE_SECONDS)


def _command(repository: Repository, cache: Path, argv: tuple[str, ...], seconds: float) -> Command:
    asked = archives_question(repository)
    # C.UTF-8: in C alone, borg could not match names beyond ASCII.
    environment = {**dict(asked.environment), "BORG_CACHE_DIR": str(cache), "LC_ALL": "C.UTF-8"}
    return replace(
        asked, argv=argv, timeout=seconds, limit_bytes=MOST_LISTED_BYTES, environment=tuple(sorted(environment.items()))
    )


def read_files(text: str) -> list[SavedFile]:
    """The regular files; hard links to one that was listed before are left out. Raises Unreadable when no entry is understood."""
    understood, found = 0, []
    for line in re.finditer(r"[^\0]+", text):
        entry = line[0].split("\t", 3)
        if len(entry) == 4 and re.fullmatch(r"[a-zA-Z-]{10}", entry[0]):
            understood += 1
            found += [saved] if entry[0].startswith("-") and (saved := _saved(*entry[1:])) else []
    if not understood:
        raise Unreadable("borg's list of files")
    return found


def _saved(size: str, modified: str, path: str) -> SavedFile | None:
    if not re.fullmatch(r"[0-9]{1,19}", size) or not path or path.startswith("/") or ".." in path.split("/"):
        return None
    try:
        return SavedFile(f"/{path}", int(size), _utc(datetime.fromisoformat(modified)))
    except (ValueError, OverflowError):
        return None


def pattern_of(path: str) -> str:
    """The pattern for this name alone. borg lists a byte that is no UTF-8 as ?, so that ? may be up to four of anything."""
    name = path.removeprefix("/")
    if not re.search("[?\ufffd]", name):
        # Not pf:, which matches too, but of which borg 1.2 says that it never matched.
        return f"pp:{name}"
    parts = re.split("[?\ufffd]", name)
    return "re:^" + r"[\s\S]{1,4}".join(re.escape(part) for part in parts) + "$"


BORG = Product(archives_question, read_states, _files, read_files, _restore, output_of)
