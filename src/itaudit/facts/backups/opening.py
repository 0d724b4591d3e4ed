"""What is the same for every backup program: why it refused, and how its answer becomes a Backup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.backups.drills import Drill, read_drills
from itaudit.facts.backups.fact import Backup, Snapshot, place_of, sorted_out
from itaudit.facts.backups.repository import Closed, Repository
from itaudit.facts.backups.settings import Backups

NOT_OPENED = "The password does not open it: correct password_file or password_command in itaudit.toml."
NOT_CONFIRMED = "Run borg list on it once by hand, as the user who runs the scan, and confirm that it is the right place."
NO_REPOSITORY = "Attach or mount the place where it is kept, or correct its location in itaudit.toml, then scan again."

# Neither program is translated; their exit codes tell these cases apart only since restic 0.17 and borg 1.4.
_REFUSALS: tuple[tuple[str, type[api.Missing], str], ...] = (
    ("wrong password|passphrase supplied in .* is incorrect|an empty password", Closed, NOT_OPENED),
    ("resolving password failed|passcommand supplied .* failed|can not acquire a passphrase", Closed, NOT_OPENED),
    ("permission denied|access ?denied", api.AccessDenied, ""),
    ("previously unknown unencrypted|previously located at", Closed, NOT_CONFIRMED),
    ("no such host|connection refused|no route to host|network is unreachable|dial tcp", api.Unreachable, ""),
    ("directory not found|didn't find section in config file", api.NotFound, NO_REPOSITORY),
    ("does not exist|no such file or directory|not a valid repository|is there a repository at", api.NotFound, NO_REPOSITORY),
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a program says is in a repository: (host, snapshot) pairs."""

    snapshots: Sequence[tuple[str, Snapshot]]
    encrypted: bool = True
    beside_the_data: bool = False


def output_of(answer: api.Answer) -> str:
    """Return standard output. Raises what was recorded, or for an error of the program the Missing that fits its message."""
    text = answer.text
    if answer.exit_code not in (0, None):
        said = " ".join(place_of(answer.errors).split())[:300] or f"exit code {answer.exit_code}"
        for pattern, error, unlock in _REFUSALS:
            if re.search(pattern, answer.errors, re.IGNORECASE):
                raise error(said, unlock)
        raise api.Unreadable(f"exit code {answer.exit_code}: {said}")
    return text


def looked_into(
    ask: api.Ask,
    machine: api.Machine,
    settings: Backups,
    repositories: Iterable[Repository],
    look: Callable[[Repository], tuple[Repository, Contents]],
) -> api.Facts[Backup]:
    """Yield the Backup of each repository, or the Gap that says why `look` could not tell what is in it.

    `look` returns the repository again because only its settings may tell where it is kept.
    """
    known: list[tuple[Repository, Contents]] = []
    for repository in repositories:
        if repository.problem:
            yield repository.gap
            continue
        try:
            known.append(look(repository))
        except api.Missing as error:
            yield api.Gap(repository.subject, error)
    if known:
        yield from opened(ask, machine, settings, known)


def must_be_there(ask: api.Ask, folder: str) -> None:
    """Raise what kept us from seeing the folder; for one that is not there, with what to do."""
    error = ask(api.FileStatus(folder)).error
    if isinstance(error, api.NotFound):
        raise api.NotFound(folder, NO_REPOSITORY)
    if error:
        raise error


def opened(
    ask: api.Ask,
    machine: api.Machine,
    settings: Backups,
    known: Iterable[tuple[Repository, Contents]],
) -> Iterable[Backup]:
    """Yield a Backup for each repository that was opened: what concerns this machine, with its restore tests."""
    drills = read_drills(ask, settings.drill_log)
    for repository, contents in known:
        own, others, future = sorted_out(contents.snapshots, repository.host or machine.host, machine.now)
        yield Backup(
            subject=repository.subject,
            product=repository.product,
            place=repository.place,
            snapshots=own,
            encrypted=contents.encrypted,
            other_hosts=others,
            future=future,
            vital=repository.vital,
            device=_device(ask, repository.location),
            drills=None if drills is None else _drills_of(repository, drills),
            beside_the_data=contents.beside_the_data,
        )


def _drills_of(repository: Repository, drills: Iterable[Drill]) -> tuple[Drill, ...]:
    return tuple(drill for drill in drills if drill.backup in (repository.subject, repository.place))


def _device(ask: api.Ask, location: str) -> int | None:
    if not location.startswith("/"):
        return None
    try:
        return int(ask(api.FileStatus(location)).json["device"])
    except (api.Missing, KeyError, TypeError, ValueError):
        return None
