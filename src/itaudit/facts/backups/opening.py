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
NOT_READ = "The password itself could not be read: correct password_file or password_command in itaudit.toml."
NOT_CONFIRMED = "Run borg list on it once by hand, as the user who runs the scan, and confirm that it is the right place."
NOT_ALLOWED = "As root (sudo itaudit scan); elsewhere: name what else the program needs as environment in itaudit.toml."
NOT_CONNECTED = "As root, run kopia repository connect once, so that kopia keeps the place and its password."
NO_REPOSITORY = "Attach or mount the place where it is kept, or correct its location in itaudit.toml, then scan again."

# Neither program is translated; their exit codes tell these cases apart only since restic 0.17 and borg 1.4.
_REFUSALS: tuple[tuple[str, type[api.Missing], str], ...] = (
    ("wrong password|passphrase supplied in .* is incorrect|an empty password", Closed, NOT_OPENED),
    ("invalid repository password|password prompt error|repository is not connected", Closed, NOT_CONNECTED),
    ("resolving password failed|passcommand supplied .* failed|can not acquire a passphrase", Closed, NOT_READ),
    ("permission denied|access ?denied", api.AccessDenied, NOT_ALLOWED),
    ("previously unknown unencrypted|previously located at", Closed, NOT_CONFIRMED),
    ("no such host|connection refused|no route to host|network is unreachable|dial tcp", api.Unreachable, ""),
    ("directory not found|didn't find section in config file", api.NotFound, NO_REPOSITORY),
    ("does not exist|no such file or directory|not a valid repository|is there a repository at", api.NotFound, NO_REPOSITORY),
)
_SHARE = re.compile(r"(?:nfs4?|cifs|smb3|smbfs|ceph|glusterfs|lustre|afs|davfs|fuse\.(?:sshfs|glusterfs|ceph|rclone))(?= )")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a program says is in a repository: (host, snapshot) pairs. broken: as in Backup."""

    snapshots: Sequence[tuple[str, Snapshot]]
    encrypted: bool = True
    beside_the_data: bool = False
    broken: tuple[tuple[str, str], ...] = ()


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
        device = _device(ask, repository.location)
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
            device=device,
            share=device is not None and _is_share(ask, device),
            drills=None if drills is None else _drills_of(repository, drills),
            beside_the_data=contents.beside_the_data,
            broken=contents.broken,
        )


def _drills_of(repository: Repository, drills: Iterable[Drill]) -> tuple[Drill, ...]:
    return tuple(drill for drill in drills if drill.backup in (repository.subject, repository.place))


def _device(ask: api.Ask, location: str) -> int | None:
    if not location.startswith("/"):
        return None
    try:
        # With "/." what a link points to is told, and not the link.
        return int(ask(api.FileStatus(f"{location.rstrip('/')}/.")).json["device"])
    except (api.Missing, KeyError, TypeError, ValueError):
        return None


def _is_share(ask: api.Ask, device: int) -> bool:
    """Does the kernel's table of mounts (proc_pid_mountinfo(5)) name this device number with a file system of the network?"""
    answer = ask(api.ReadFile("/proc/self/mountinfo"))
    # How Linux packs the two halves of the number: makedev(3).
    major, minor = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF, device & 0xFF | (device >> 12) & ~0xFF
    lines = (line.partition(" - ") for line in answer.body.split("\n")) if answer.error is None else ()
    return any(f" {major}:{minor} " in left and _SHARE.match(right) for left, _, right in lines)
