"""Where a backup is said to be: named in the configuration, or found in what the machine runs.

Whether it opens is for the product's own module to find out.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.backups.fact import Backup, is_remote, place_of
from itaudit.facts.backups.settings import RepositorySettings


class Closed(api.Missing):
    """The backup is there and did not open: no password, the wrong one, or borg wants a person to confirm the place."""

    kind = "closed"
    words = "the backup could not be opened"


@dataclass(frozen=True, slots=True)
class Repository:
    """One place that a backup program writes to.

    subject: the owner's name for it, or its place. problem: why it cannot be opened as it was found, "" when it can be tried.
    found_in: the file that names it, "" for the configuration. password_inside: that file holds the password itself.
    source: the folder that is copied there, "" when not known. whole: is all of it copied, as far as the command tells?
    filters: options of its command that leave something out, for asking the program with the same ones.
    unread: is it made by a program that itaudit cannot look into, so that naming it in the configuration would not help?
    """

    subject: str
    product: str
    location: str = ""
    location_file: str = ""
    password_file: str = ""
    password_command: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    host: str = ""
    vital: bool = False
    found_in: str = ""
    password_inside: bool = False
    problem: str = ""
    source: str = ""
    whole: bool = True
    filters: tuple[str, ...] = ()
    unread: bool = False

    @classmethod
    def configured(cls, settings: RepositorySettings) -> Repository:
        """From the configuration."""
        return cls(
            subject=settings.name,
            product=settings.product,
            location=settings.location,
            location_file=settings.location_file,
            password_file=settings.password_file,
            password_command=settings.password_command,
            environment=tuple(sorted(settings.environment.items())),
            host=settings.host,
            vital=settings.vital,
            source=settings.source,
        )

    @property
    def place(self) -> str:
        """To be shown: without user and password."""
        named_elsewhere = f"the place named in {self.location_file}" if self.location_file else self.subject
        return place_of(self.location) or named_elsewhere

    @property
    def secret_file(self) -> str:
        """The file that holds the password, as far as it is known; "" otherwise."""
        if self.password_file:
            return self.password_file
        return printed_file(self.password_command) or (self.found_in if self.password_inside else "")

    @property
    def gap(self) -> api.Gap:
        """Why it was not opened, and how to let itaudit open it."""
        unlock = f'Name it in itaudit.toml: [[backups.repositories]] with product = "{self.product}", location and password_file.'
        return api.Gap(self.subject, Closed(self.problem, unlock))


def not_opened(repositories: Iterable[Repository], backups: Iterable[Backup]) -> tuple[Repository, ...]:
    """Repositories that are known and could not be looked into: what they hold is unknown, never absent."""
    opened = {backup.subject for backup in backups}
    return tuple(repository for repository in repositories if repository.subject not in opened)


def may_be_elsewhere(repository: Repository) -> bool:
    """Of one that was not opened: may it be on another machine, as far as its location tells? That of kopia is a local file."""
    location = repository.location
    return repository.product == "kopia" or not location or location.startswith(("$", "`")) or is_remote(location)


def seen(name: str, trace: str) -> Repository:
    """The Repository of a program that itaudit cannot look into. `trace`: what tells of it, a file or a running program."""
    return Repository(name, name, found_in=trace, problem=f"itaudit cannot look into {name}", unread=True)


def how_to_open(closed: Iterable[Repository]) -> str:
    """What the technician can do so that the backups that stayed closed are judged."""
    if all(repository.unread for repository in closed):
        return "Open that program, and see there how old its newest copy is and whether a file comes back."
    return "Give its location and password_file under [[backups.repositories]] in itaudit.toml."


def printed_file(command: str) -> str:
    """`cat /etc/restic/password` -> the file; "" for any other command."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    return words[1] if len(words) == 2 and words[0] in ("cat", "/bin/cat", "/usr/bin/cat") and words[1].startswith("/") else ""
