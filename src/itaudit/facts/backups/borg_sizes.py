"""Sizes of borg's copies, from `borg info --json`.

It locks borg's own working memory on this machine for seconds; a backup that starts in that moment may give up.
So it is asked only where [backups] check allows such work.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, NonNegativeInt, ValidationError

from itaudit import api
from itaudit.facts.backups.borg import archives_question
from itaudit.facts.backups.borg_command import saved_paths
from itaudit.facts.backups.fact import same_host
from itaudit.facts.backups.opening import output_of
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups
from itaudit.facts.backups.sizes import SECONDS, SavedSize, SavedSizes, bounded, is_past, last_of_each_day, not_understood

MOST_ARCHIVES = 24


class _ArchiveStats(BaseModel):
    original_size: NonNegativeInt
    nfiles: NonNegativeInt


class _Archive(BaseModel):
    start: datetime
    hostname: str = ""
    command_line: list[str] | str = ""
    stats: _ArchiveStats


class _Info(BaseModel):
    archives: list[_Archive]


@api.provider("linux", "macos", seconds=75)
def borg_sizes(ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository]) -> api.Facts[SavedSizes]:
    """Yield the sizes of the newest archives of each borg repository, where [backups] check is not "never"."""
    if settings.check == "never":
        return
    for repository in repositories:
        if repository.product != "borg":
            continue
        try:
            if repository.problem:
                raise repository.gap.error
            text = output_of(ask(info_question(repository)))
            paths, sizes = parse_info(text, repository.host or machine.host, machine.now)
            if sizes:
                yield SavedSizes(repository.subject, paths, sizes)
        except api.Missing as error:
            yield api.Gap(repository.subject, error)


def info_question(repository: Repository) -> api.Command:
    """Sizes of the newest archives; place and password as for the list of archives."""
    argv = ("borg", "info", "--json", "--bypass-lock", "--last", str(MOST_ARCHIVES))
    return api.Command(argv, timeout=SECONDS, environment=archives_question(repository).environment)


def parse_info(text: str, host: str, now: datetime) -> tuple[tuple[str, ...], tuple[SavedSize, ...]]:
    """Return (folders, sizes) of those archives of this machine that hold the same folders as its newest. Raises Unreadable."""
    try:
        archives = [_Told.of(archive) for archive in _Info.model_validate_json(text).archives]
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise not_understood("borg's account of archives", error) from error
    own = sorted((told for told in archives if same_host(told.host, host) and is_past(told.size.when, now)), key=_Told.when)
    alike = [told.size for told in own if told.paths == own[-1].paths]
    kept = set(last_of_each_day(size.when for size in alike))
    return (own[-1].paths if own else ()), tuple(size for size in alike if size.when in kept)


@dataclass(frozen=True, slots=True)
class _Told:
    """One archive: whose, which folders (as far as its command names them), and what it holds."""

    host: str
    paths: tuple[str, ...]
    size: SavedSize

    @classmethod
    def of(cls, archive: _Archive) -> _Told:
        start, line = archive.start, archive.command_line
        when = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
        words = shlex.split(line) if isinstance(line, str) else line
        return cls(archive.hostname, saved_paths(words).paths, bounded(when, archive.stats.original_size, archive.stats.nfiles))

    def when(self) -> datetime:
        return self.size.when
