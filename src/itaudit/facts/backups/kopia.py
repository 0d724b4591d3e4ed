"""Kopia: `kopia snapshot list --all --json`, by the configuration file that `kopia repository connect` wrote.

Its location in itaudit.toml is that file: it names the place, and the password lies beside it (kopia takes none from a file).
Kopia keeps a log and a cache of its own; nothing is written to the repository. What each copy holds is in the list too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, NonNegativeInt, TypeAdapter, ValidationError

from itaudit import api
from itaudit.facts.backups.fact import Backup, Snapshot, same_host
from itaudit.facts.backups.opening import Contents, looked_into, output_of
from itaudit.facts.backups.protection import Protection
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups
from itaudit.facts.backups.sizes import SavedSize, SavedSizes, bounded, is_past, last_of_each_day

SECONDS = 45.0
_LIMIT_BYTES = 128 * 2**20
"""Each snapshot takes some 650 bytes: 200,000 of them."""
_QUIET = (("KOPIA_CHECK_FOR_UPDATES", "false"),)


class _Source(BaseModel):
    host: str = ""
    path: str = ""


class _Held(BaseModel):
    size: NonNegativeInt = 0
    files: NonNegativeInt = 0


class _Root(BaseModel):
    summ: _Held | None = None


class KopiaSnapshot(BaseModel):
    """One entry of the list. `incomplete`: why it was broken off."""

    source: _Source
    start: AwareDatetime = Field(alias="startTime")
    incomplete: str = ""
    root: _Root | None = Field(default=None, alias="rootEntry")


class _Storage(BaseModel):
    type: str = ""
    config: dict[str, Any] | None = None


class _Lock(BaseModel):
    mode: str = Field(default="", alias="retentionMode")
    period: int = Field(default=0, alias="retentionPeriod")


class KopiaStatus(BaseModel):
    """Where the repository lies, and whether the provider locks what is written there. Both are empty behind a kopia server."""

    storage: _Storage | None = None
    lock: _Lock = Field(default=_Lock(), alias="blobRetention")


_SNAPSHOTS: TypeAdapter[list[KopiaSnapshot]] = TypeAdapter(list[KopiaSnapshot])


@api.provider("linux", "macos", seconds=120)
def kopia_backups(ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository]) -> api.Facts[Backup]:
    """Yield what kopia shows of each of its repositories; a Gap for each that it could not open."""
    yield from looked_into(ask, machine, settings, _of_kopia(repositories), lambda repository: _look(ask, repository))


@api.provider("linux", "macos", seconds=120)
def kopia_sizes(ask: api.Ask, machine: api.Machine, repositories: list[Repository]) -> api.Facts[SavedSizes]:
    """Yield the sizes of the newest copies of the folder that has most of them."""
    for repository in _of_kopia(repositories):
        try:
            if repository.problem:
                raise repository.gap.error
            snapshots = parse_snapshots(output_of(ask(snapshots_question(repository))))
        except api.Missing as error:
            yield api.Gap(repository.subject, error)
            continue
        path, sizes = _sizes([one for one in snapshots if same_host(one.source.host, repository.host or machine.host)], machine)
        if sizes:
            yield SavedSizes(repository.subject, (path,), sizes)


@api.provider("linux", "macos", seconds=60)
def kopia_protections(ask: api.Ask, settings: Backups, repositories: list[Repository]) -> api.Facts[Protection]:
    """Yield whether copies can be deleted from here: not where the provider keeps them for a time that kopia asked for."""
    said = {repository.name: repository.protected for repository in settings.repositories}
    for repository in _of_kopia(repositories):
        if repository.problem or said.get(repository.subject) is not None:
            continue
        try:
            status = parse_status(output_of(ask(status_question(repository))))
        except api.Missing as error:
            yield api.Gap(repository.subject, error)
            continue
        locked = status.lock.period > 0
        place = place_in(status)
        how = f"object lock {status.lock.mode}" if locked else "no object lock"
        yield Protection(repository.subject, place, locked or (False if place.startswith("/") else None), how)


def snapshots_question(repository: Repository) -> api.Command:
    """Of every user and machine in the repository; why each is kept is not worked out."""
    argv = ("kopia", "snapshot", "list", "--all", "--json", "--no-retention", f"--config-file={repository.location}")
    return api.Command(argv, timeout=SECONDS, environment=_environment(repository), limit_bytes=_LIMIT_BYTES)


def status_question(repository: Repository) -> api.Command:
    """Where the repository lies; kopia itself leaves the keys out."""
    argv = ("kopia", "repository", "status", "--json", f"--config-file={repository.location}")
    return api.Command(argv, timeout=SECONDS, environment=_environment(repository))


def parse_snapshots(text: str) -> list[KopiaSnapshot]:
    """Those that came to their end. Raises Unreadable for anything but what kopia's cli/command_snapshot_list.go writes."""
    try:
        return [one for one in _SNAPSHOTS.validate_json(text) if not one.incomplete]
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise api.Unreadable(f"kopia's list of snapshots: {' '.join(str(error).split())[:200]}") from error


def parse_status(text: str) -> KopiaStatus:
    """Raises Unreadable for anything but what kopia's cli/command_repository_status.go writes."""
    try:
        return KopiaStatus.model_validate_json(text)
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise api.Unreadable(f"kopia's status: {' '.join(str(error).split())[:200]}") from error


def place_in(status: KopiaStatus) -> str:
    """A folder of this machine, or KIND:HOST/PLACE: sftp:nas/backups, s3:s3.example.com/office, kopia-server:."""
    storage = status.storage or _Storage()
    given = {name: value for name, value in (storage.config or {}).items() if isinstance(value, str)}
    if storage.type == "filesystem" and given.get("path", "").startswith("/"):
        return given["path"]
    host = given.get("host") or given.get("endpoint") or given.get("url") or ""
    names = (host, given.get("bucket") or given.get("container") or given.get("remotePath") or given.get("path", ""))
    return f"{storage.type or 'kopia-server'}:{'/'.join(name.strip('/') for name in names if name)}"


def _of_kopia(repositories: Sequence[Repository]) -> list[Repository]:
    return [repository for repository in repositories if repository.product == "kopia"]


def _environment(repository: Repository) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({**dict(repository.environment), **dict(_QUIET)}.items()))


def _look(ask: api.Ask, repository: Repository) -> tuple[Repository, Contents]:
    snapshots = parse_snapshots(output_of(ask(snapshots_question(repository))))
    place = place_in(parse_status(output_of(ask(status_question(repository)))))
    pairs = [(one.source.host, Snapshot(one.start.astimezone(UTC), (one.source.path,))) for one in snapshots]
    return replace(repository, location=place), Contents(pairs)


def _sizes(snapshots: Sequence[KopiaSnapshot], machine: api.Machine) -> tuple[str, tuple[SavedSize, ...]]:
    """(folder, its sizes): of the folder with most copies."""
    by_path: dict[str, list[SavedSize]] = {}
    for one in snapshots:
        when = one.start.astimezone(UTC)
        if one.root and (held := one.root.summ) and is_past(when, machine.now):
            by_path.setdefault(one.source.path, []).append(bounded(when, held.size, held.files))
    path = max(by_path, key=lambda path: len(by_path[path]), default="")
    sizes = sorted(by_path.get(path, []), key=lambda size: size.when)
    kept = set(last_of_each_day(size.when for size in sizes))
    return path, tuple(size for size in sizes if size.when in kept)
