"""restic: `restic snapshots --json`, without lock and cache, so that nothing is written (restic 0.12 and later)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from itaudit import api
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.opening import Contents, opened, output_of
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups

SECONDS = 30.0
_LIMIT_BYTES = 128 * 2**20
"""Each snapshot takes some 500 bytes, and who saves every few minutes and never tidies comes to 200,000."""


class _Snapshot(BaseModel):
    time: AwareDatetime
    paths: list[str] | None = None
    hostname: str = ""
    excludes: list[str] | None = None


_SNAPSHOTS: TypeAdapter[list[_Snapshot] | None] = TypeAdapter(list[_Snapshot] | None)


@api.provider("linux", "macos", "windows", seconds=60)
def restic_backups(ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository]) -> api.Facts[Backup]:
    """Yield what restic shows of each of its repositories; a Gap for each that it could not open."""
    ours = [repository for repository in repositories if repository.product == "restic"]
    closed = [repository for repository in ours if repository.problem]
    yield from (repository.gap for repository in closed)
    tried = [repository for repository in ours if not repository.problem]
    known: list[tuple[Repository, Contents]] = []
    for repository, answer in zip(tried, ask.many([snapshots_question(repository) for repository in tried]), strict=True):
        try:
            known.append((repository, Contents(parse_snapshots(output_of(answer)))))
        except api.Missing as error:
            yield api.Gap(repository.subject, error)
    if known:
        yield from opened(ask, machine, settings, known)


def snapshots_question(repository: Repository) -> api.Command:
    """Location and password go by environment: other users can read a command line."""
    environment = dict(repository.environment)
    settings = {
        "RESTIC_REPOSITORY": repository.location,
        "RESTIC_REPOSITORY_FILE": repository.location_file,
        "RESTIC_PASSWORD_FILE": repository.password_file,
        "RESTIC_PASSWORD_COMMAND": repository.password_command,
    }
    environment.update({name: value for name, value in settings.items() if value})
    argv = ("restic", "snapshots", "--json", "--no-lock", "--no-cache")
    return api.Command(argv, timeout=SECONDS, environment=tuple(sorted(environment.items())), limit_bytes=_LIMIT_BYTES)


def parse_snapshots(text: str) -> list[tuple[str, Snapshot]]:
    """Return (host, snapshot) pairs. Raises Unreadable for anything but what restic documents."""
    try:
        return list(_pairs(_SNAPSHOTS.validate_json(text) or []))
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise api.Unreadable(f"restic's list of snapshots: {' '.join(str(error).split())[:200]}") from error


def _pairs(snapshots: list[_Snapshot]) -> Iterator[tuple[str, Snapshot]]:
    for snapshot in snapshots:
        yield (
            snapshot.hostname,
            Snapshot(snapshot.time.astimezone(UTC), tuple(snapshot.paths or ()), True, tuple(snapshot.excludes or ())),
        )
