"""BorgBackup 1.x: `borg list --json` with TZ=UTC, because its times are local and name no zone.

The lock is bypassed, so that a running backup neither waits for us nor fails.
Borg itself notes in its own folder (BORG_SECURITY_DIR) that it saw the repository; without that it does not open one.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import BaseModel, ValidationError

from itaudit import api
from itaudit.facts.backups.borg_command import saved_paths
from itaudit.facts.backups.fact import Backup, Snapshot, same_host
from itaudit.facts.backups.opening import Contents, opened, output_of
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups

SECONDS = 45.0
MOST_ARCHIVES = 300
"""Newest archives that are looked at: each costs borg one read."""
OLDEST_ARCHIVES = 20
"""Of a repository with more than that."""


class _Archive(BaseModel):
    start: datetime
    hostname: str = ""
    command_line: list[str] | str = ""


class _Encryption(BaseModel):
    mode: str


class _List(BaseModel):
    archives: list[_Archive]
    encryption: _Encryption


@api.provider("linux", "macos", seconds=120)
def borg_backups(ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository]) -> api.Facts[Backup]:
    """Yield what borg shows of each of its repositories; a Gap for each that it could not open."""
    ours = [repository for repository in repositories if repository.product == "borg"]
    yield from (repository.gap for repository in ours if repository.problem)
    tried = [repository for repository in ours if not repository.problem]
    known: list[tuple[Repository, Contents]] = []
    for repository, answer in zip(tried, ask.many([archives_question(repository) for repository in tried]), strict=True):
        try:
            contents = parse_archives(output_of(answer))
            if len(contents.snapshots) >= MOST_ARCHIVES:
                contents = _with_oldest(ask, repository, contents, repository.host or machine.host)
            known.append((repository, contents))
        except api.Missing as error:
            yield api.Gap(repository.subject, error)
    if known:
        yield from opened(ask, machine, settings, known)


def _with_oldest(ask: api.Ask, repository: Repository, contents: Contents, host: str) -> Contents:
    """With the oldest archives too: else those that reach back far would seem to be thrown away, archive by archive.

    Raises Unreadable where only archives of others were looked at: the newest of ours may be older than all of them.
    """
    if not any(same_host(recorded, host) for recorded, _ in contents.snapshots):
        raise api.Unreadable(
            f"the newest {MOST_ARCHIVES} archives are of other machines",
            "Give this machine a repository of its own, or its name there as host in [[backups.repositories]] of itaudit.toml.",
        )
    oldest = parse_archives(output_of(ask(archives_question(repository, ("--first", OLDEST_ARCHIVES))))).snapshots
    return replace(contents, snapshots=tuple(dict.fromkeys((*oldest, *contents.snapshots))))


def archives_question(repository: Repository, which: tuple[str, int] | None = None) -> api.Command:
    """The newest archives, or others: ("--first", 20).

    Location and password go by environment: other users can read a command line. Borg's own questions are answered with no.
    """
    command = shlex.join(("cat", repository.password_file)) if repository.password_file else repository.password_command
    environment = {
        **dict(repository.environment),
        "BORG_REPO": repository.location,
        "BORG_RELOCATED_REPO_ACCESS_IS_OK": "no",
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "no",
        "BORG_DISPLAY_PASSPHRASE": "no",
        "TZ": "UTC",
    }
    if command:
        environment["BORG_PASSCOMMAND"] = command
    option, count = which or ("--last", MOST_ARCHIVES)
    argv = ("borg", "list", "--json", "--bypass-lock", option, str(count), "--format", "{hostname}{command_line}")
    return api.Command(argv, timeout=SECONDS, environment=tuple(sorted(environment.items())))


def parse_archives(text: str) -> Contents:
    """Return what is in the repository. Raises Unreadable for anything but what borg documents."""
    try:
        read = _List.model_validate_json(text)
        return Contents(tuple(_pairs(read.archives)), encrypted=not _open_to_all(read.encryption.mode))
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise api.Unreadable(f"borg's list of archives: {' '.join(str(error).split())[:200]}") from error


def _open_to_all(mode: str) -> bool:
    """Modes `none` and `authenticated` (-blake2) store what anybody can read (borg init, "encryption modes")."""
    return mode == "none" or mode.startswith("authenticated")


def _pairs(archives: list[_Archive]) -> Iterator[tuple[str, Snapshot]]:
    for archive in archives:
        when = archive.start.replace(tzinfo=UTC) if archive.start.tzinfo is None else archive.start.astimezone(UTC)
        words = shlex.split(archive.command_line) if isinstance(archive.command_line, str) else archive.command_line
        saved = saved_paths(words)
        yield archive.hostname, Snapshot(when, saved.paths, saved.sure, saved.excludes)
