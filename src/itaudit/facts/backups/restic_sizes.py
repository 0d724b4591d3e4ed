"""Sizes of restic's copies: noted in the snapshot (restic 0.17 and later), else counted by `restic stats SNAPSHOT`.

That walks the lists of files, not their contents. Six snapshots one after the other, since each run takes much memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, NonNegativeInt, ValidationError

from itaudit import api
from itaudit.facts.backups.fact import same_host
from itaudit.facts.backups.opening import output_of
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.restic import snapshots_question
from itaudit.facts.backups.sizes import SECONDS, SavedSize, SavedSizes, bounded, is_past, last_of_each_day, not_understood

_TOGETHER = timedelta(hours=48)
"""A set of folders whose newest copy is older than this, seen from the newest copy of all, is no longer saved that way."""


class _Summary(BaseModel):
    total_files_processed: NonNegativeInt
    total_bytes_processed: NonNegativeInt


class _Snapshot(BaseModel):
    id: str
    time: AwareDatetime
    hostname: str = ""
    paths: list[str] | None = None
    summary: _Summary | None = None


class _Snapshots(BaseModel):
    snapshots: list[_Snapshot] | None


class _Restored(BaseModel):
    total_size: NonNegativeInt
    total_file_count: NonNegativeInt


@api.provider("linux", "macos", "windows", seconds=240)
def restic_sizes(ask: api.Ask, machine: api.Machine, repositories: list[Repository]) -> api.Facts[SavedSizes]:
    """Yield the sizes of the copies in each restic repository that opens; a Gap for each that could not be counted."""
    for repository in repositories:
        if repository.product != "restic":
            continue
        try:
            if repository.problem:
                raise repository.gap.error
            snapshots = parse_snapshots(output_of(ask(snapshots_question(repository))))
            group = newest_group(snapshots, repository.host or machine.host, machine.now)
            if group:
                sizes = tuple(_size(ask, repository, snapshot) for snapshot in group)
                yield SavedSizes(repository.subject, tuple(group[-1].paths or ()), sizes)
        except api.Missing as error:
            yield api.Gap(repository.subject, error)


def stats_question(repository: Repository, snapshot: str) -> api.Command:
    """What one snapshot holds; its id is hexadecimal (parse_snapshots), so it cannot be taken for an option."""
    environment = snapshots_question(repository).environment
    return api.Command(
        ("restic", "stats", "--json", "--no-lock", "--no-cache", snapshot), timeout=SECONDS, environment=environment
    )


def parse_snapshots(text: str) -> list[_Snapshot]:
    """Read `restic snapshots --json`. Raises Unreadable."""
    try:
        read = _Snapshots.model_validate_json(f'{{"snapshots":{text}}}').snapshots or []
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise not_understood("restic's list of snapshots", error) from error
    if any(not _is_hexadecimal(snapshot.id) for snapshot in read):
        raise api.Unreadable("restic's list of snapshots: an id is not hexadecimal")
    return read


def newest_group(snapshots: Iterable[_Snapshot], host: str, now: datetime) -> list[_Snapshot]:
    """Of the sets of folders that are still saved, the newest copies of the one with the most copies, oldest first.

    Copies of other folders are no smaller copies of these, so sets are never mixed.
    """
    own = sorted((s for s in snapshots if same_host(s.hostname, host) and is_past(s.time, now)), key=lambda s: s.time)
    groups: dict[tuple[str, ...], list[_Snapshot]] = {}
    for snapshot in own:
        groups.setdefault(tuple(sorted(snapshot.paths or ())), []).append(snapshot)
    current = [group for group in groups.values() if own[-1].time - group[-1].time <= _TOGETHER]
    chosen = max(current, key=len, default=[])
    kept = set(last_of_each_day(snapshot.time for snapshot in chosen))
    return [snapshot for snapshot in chosen if snapshot.time in kept]


def parse_stats(text: str, when: datetime) -> SavedSize:
    """Read `restic stats --json`. Raises Unreadable."""
    try:
        read = _Restored.model_validate_json(text)
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise not_understood("restic's count of a snapshot", error) from error
    return bounded(when, read.total_size, read.total_file_count)


def _size(ask: api.Ask, repository: Repository, snapshot: _Snapshot) -> SavedSize:
    when = snapshot.time.astimezone(UTC)
    if snapshot.summary:
        return bounded(when, snapshot.summary.total_bytes_processed, snapshot.summary.total_files_processed)
    return parse_stats(output_of(ask(stats_question(repository, snapshot.id))), when)


def _is_hexadecimal(text: str) -> bool:
    return 0 < len(text) <= 64 and all(sign in "0123456789abcdef" for sign in text)
