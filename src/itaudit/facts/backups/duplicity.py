"""duplicity in a folder of this machine: its file names tell the UTC time of each run, which runs are complete, and encryption.

Nothing is run and no password is needed: `duplicity collection-status` would first decrypt and copy what its cache lacks.
Names: duplicity(1), "A note on filename prefixes"; the manifest is written last, so a run without one was broken off.
"""

from __future__ import annotations

import glob
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.opening import NO_REPOSITORY, Contents, looked_into, must_be_there
from itaudit.facts.backups.repository import Closed, Repository
from itaudit.facts.backups.settings import Backups

MOST_FILES = 200_000
_TIME = r"\d{8}T\d{6}Z"
_NAME = re.compile(
    rf"duplicity-(?:full\.(?P<full>{_TIME})|inc\.(?P<base>{_TIME})\.to\.(?P<inc>{_TIME}))"
    r"\.(?:(?P<manifest>manifest)|vol(?P<volume>\d{1,9})\.difftar)(?P<ending>\.gpg|\.gz)?$"
)
_ELSEWHERE = "Run `duplicity collection-status` by hand, or keep a second copy in a folder that itaudit can read."


@api.provider("linux", "macos", seconds=30)
def duplicity_backups(ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository]) -> api.Facts[Backup]:
    """Yield what lies in each folder; a Gap for those on other machines and those that are not there."""
    ours = [repository for repository in repositories if repository.product == "duplicity"]
    yield from looked_into(ask, machine, settings, ours, lambda repository: _look(ask, machine, repository))


def complete_runs(paths: Iterable[str]) -> dict[datetime, str]:
    """Return UTC time -> manifest of each run that can be restored: manifest there, no volume missing before the last,
    and for an incremental one its base as well. Names that are not duplicity's are passed over."""
    volumes: dict[str, set[int]] = defaultdict(set)
    manifests: dict[str, tuple[str, str]] = {}
    for path in paths:
        if not (match := _NAME.search(path.rpartition("/")[2])):
            continue
        run = match["full"] or match["inc"]
        if match["manifest"]:
            manifests[run] = (match["base"] or "", path)
        else:
            volumes[run].add(int(match["volume"]))
    usable: dict[datetime, str] = {}
    whole: set[str] = {""}
    # In order of time, so that every base was judged before what builds on it.
    for run, (base, path) in sorted(manifests.items()):
        if base in whole and base < run and volumes[run] == set(range(1, len(volumes[run]) + 1)) and volumes[run]:
            whole.add(run)
            usable[_time(run)] = path
    return usable


def _time(text: str) -> datetime:
    """Raises Unreadable for a date that does not exist."""
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise api.Unreadable(f"duplicity's file name has the time {text}") from error


def _look(ask: api.Ask, machine: api.Machine, repository: Repository) -> tuple[Repository, Contents]:
    folder = _folder(repository.location)
    if not folder:
        raise Closed("duplicity keeps it on another machine, where its list needs the password", _ELSEWHERE)
    must_be_there(ask, folder)
    names = _names(ask, folder)
    runs = complete_runs(names)
    if not runs and not any(_NAME.search(name) for name in names):
        raise api.NotFound(f"{folder} holds nothing that duplicity made", NO_REPOSITORY)
    newest = runs[max(runs)] if runs else ""
    host, saved = _told_by_manifest(ask, newest)
    host = host or repository.host or machine.host
    paths, sure = _paths(saved or repository.source, repository.whole)
    pairs = [(host, Snapshot(when, paths, sure)) for when in runs]
    return replace(repository, location=folder), Contents(pairs, encrypted=not newest or newest.endswith(".gpg"))


def _folder(location: str) -> str:
    """`file:///mnt/x`, `file:/mnt/x` and `/mnt/x` -> /mnt/x; "" for another machine."""
    bare = re.sub(r"^file:(?://)?", "", location)
    return bare.rstrip("/") if bare.startswith("/") else ""


def _names(ask: api.Ask, folder: str) -> Sequence[str]:
    answer = ask(api.Glob(f"{glob.escape(folder)}/*duplicity-*", most=MOST_FILES)).json
    if not isinstance(answer, list) or len(answer) >= MOST_FILES:
        raise api.Unreadable(f"{folder} holds more than {MOST_FILES} files")
    return [str(name) for name in answer]


def _told_by_manifest(ask: api.Ask, path: str) -> tuple[str, str]:
    """(host, folder) in the first lines of a manifest that is not encrypted; ("", "") otherwise."""
    if not path or path.endswith((".gpg", ".gz")):
        return "", ""
    text = ask(api.Command(("head", "-c", "4096", "--", path), timeout=5.0)).checked_text
    host = re.match(r"Hostname (\S{1,253})$", text, re.MULTILINE)
    folder = re.search(r"^Localdir (/[^\n]{0,1000})$", text, re.MULTILINE)
    return host[1] if host else "", folder[1] if folder else ""


def _paths(saved: str, whole: bool) -> tuple[tuple[str, ...], bool]:
    """Of the whole machine duplicity mostly saves chosen folders, and notes nowhere which: that is not taken for all."""
    return ((saved,), whole) if saved and saved != "/" else ((), False)
