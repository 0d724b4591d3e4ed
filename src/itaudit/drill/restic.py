"""restic: `snapshots`, `ls` and `restore`, all without a lock and with a cache of our own (restic 0.12 and later)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from itaudit.drill.saved import LIST_SECONDS, MOST_LISTED_BYTES, Product, SavedFile, State
from itaudit.errors import Unreadable
from itaudit.evidence.questions_machine import Command
from itaudit.facts.backups.opening import output_of
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.restic import snapshots_question

_SPECIAL = re.compile(r"([\\*?\[\]])")
_ID = re.compile(r"[0-9a-f]{64}")
_RESTORE_SECONDS = 3600.0


class _Snapshot(BaseModel):
    id: str
    time: AwareDatetime
    hostname: str = ""


_SNAPSHOTS: TypeAdapter[list[_Snapshot] | None] = TypeAdapter(list[_Snapshot] | None)


def _states(repository: Repository) -> Command:
    return replace(snapshots_question(repository), limit_bytes=MOST_LISTED_BYTES, timeout=300.0)


def read_states(text: str) -> list[State]:
    """Raises Unreadable for anything but what restic documents."""
    try:
        read = _SNAPSHOTS.validate_json(text) or []
        return [State(one.id, one.hostname, one.time.astimezone(UTC)) for one in read if _ID.fullmatch(one.id)]
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise Unreadable(f"restic's list of snapshots: {' '.join(str(error).split())[:200]}") from error


def _files(repository: Repository, state: State, cache: Path) -> Command:
    argv = ("restic", "ls", "--json", "--no-lock", "--cache-dir", str(cache), state.name)
    return replace(snapshots_question(repository), argv=argv, limit_bytes=MOST_LISTED_BYTES, timeout=LIST_SECONDS)


def read_files(text: str) -> list[SavedFile]:
    """The regular files with absolute names; a line that is something else is passed over. Raises Unreadable when none is."""
    understood, found = 0, []
    # Line by line: all at once, 200,000 files took 400 MB.
    for line in re.finditer(r"[^\n]+", text):
        if (node := _node(line[0])) is not None:
            understood += 1
            found += [saved] if (saved := _saved(node)) else []
    if not understood:
        raise Unreadable("restic's list of files")
    return found


def _node(line: str) -> dict[str, Any] | None:
    try:
        node = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return node if isinstance(node, dict) else None


def _saved(node: dict[str, Any]) -> SavedFile | None:
    path, size, modified = node.get("path"), node.get("size", 0), node.get("mtime")
    if node.get("type") != "file" or not isinstance(path, str) or not isinstance(modified, str) or type(size) is not int:
        return None
    if not path.startswith("/") or "\0" in path or ".." in path.split("/") or size < 0:
        return None
    try:
        when = datetime.fromisoformat(modified).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return SavedFile(path, size, when)


def _restore(repository: Repository, state: State, target: Path, cache: Path, files: Iterable[SavedFile]) -> Command:
    wanted = [part for file in files for part in ("--include", pattern_of(file.path))]
    argv = ("restic", "restore", "--no-lock", "--cache-dir", str(cache), "--target", str(target), *wanted, state.name)
    return replace(snapshots_question(repository), argv=argv, timeout=_RESTORE_SECONDS)


def pattern_of(path: str) -> str:
    """The pattern for this name alone; a byte that is no UTF-8 (U+FFFD) is matched by any one (Go, path/filepath.Match)."""
    return _SPECIAL.sub(r"\\\1", path).replace("\ufffd", "?")


RESTIC = Product(_states, read_states, _files, read_files, _restore, output_of)
