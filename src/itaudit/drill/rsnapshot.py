"""rsnapshot: plain files in folders, so that bringing back is copying, with cp, from the disk where they are kept.

Names that are not UTF-8 cannot be asked for, since lists show them changed; such files are in no sample.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from itaudit import api
from itaudit.drill.saved import LIST_SECONDS, MOST_LISTED_BYTES, Product, SavedFile, State
from itaudit.facts.backups.opening import output_of
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.rsnapshot import read_plan

_RESTORE_SECONDS = 3600.0
# What is being removed is called _delete.1234.
_RUN = re.compile(r"(?!_delete)[A-Za-z0-9_-]{1,60}\.[0-9]{1,6}")
_SEVERAL = "it saves to several folders, of which a test can take only one"


def settled(ask: api.Ask, repository: Repository) -> Repository:
    """With the folder of all runs as its location, and the folder of this machine in each run as its source. Raises Missing."""
    if repository.problem:
        raise repository.gap.error
    plan = read_plan(ask, repository.location)
    folders = {folder for _, folder in plan.saved}
    if not folders:
        raise api.NotApplicable("it saves nothing of this machine")
    if len(folders) > 1 or ".." in "/".join(folders).split("/"):
        raise api.Unreadable(_SEVERAL)
    # Its runs bear no host name: what is in the folder of this machine is of this machine.
    return replace(repository, location=plan.root, source=folders.pop(), host="*")


def _states(repository: Repository) -> api.Command:
    form = "%T@\\t%f\\0"
    argv = ("find", repository.location, "-mindepth", "1", "-maxdepth", "1", "-type", "d", "-printf", form)
    return api.Command(argv, timeout=60.0)


def read_states(text: str) -> list[State]:
    """The name of a state is its folder and its time: the next run renames the folders, and they are then other states."""
    found = []
    for entry in text.split("\0"):
        stamp, _, name = entry.partition("\t")
        if _RUN.fullmatch(name) and (when := _time(stamp)):
            found.append(State(f"{name} of {stamp}", "", when))
    return found


def _files(repository: Repository, state: State, _: Path) -> api.Command:
    argv = ("find", _folder(repository, state), "-type", "f", "-printf", "%s\\t%T@\\t%P\\0")
    return api.Command(argv, timeout=LIST_SECONDS, limit_bytes=MOST_LISTED_BYTES)


def read_files(text: str) -> list[SavedFile]:
    """The regular files; an entry that is something else is passed over."""
    found = []
    for entry in re.finditer(r"[^\0]+", text):
        size, _, rest = entry[0].partition("\t")
        stamp, _, path = rest.partition("\t")
        if re.fullmatch(r"[0-9]{1,19}", size) and path and "\ufffd" not in path and (when := _time(stamp)):
            found.append(SavedFile(f"/{path}", int(size), when))
    return found


def _restore(repository: Repository, state: State, target: Path, _: Path, files: Iterable[SavedFile]) -> api.Command:
    copy = ("cp", "-P", "--preserve=timestamps", "--parents", "-t", str(target), "--")
    names = (file.path.removeprefix("/") for file in files)
    argv = ("sh", "-c", 'cd -- "$0" && exec "$@"', _folder(repository, state), *copy, *names)
    return api.Command(argv, timeout=_RESTORE_SECONDS, environment=(("LC_ALL", "C.UTF-8"),))


def _folder(repository: Repository, state: State) -> str:
    return f"{repository.location}/{state.name.partition(' ')[0]}/{repository.source}"


def _time(stamp: str) -> datetime | None:
    try:
        seconds = float(stamp)
        return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None
    except (ValueError, OverflowError, OSError):
        return None


RSNAPSHOT = Product(_states, read_states, _files, read_files, _restore, output_of)
