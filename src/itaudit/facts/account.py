"""An account of this machine, and all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath

_NO_LOGIN = frozenset(("nologin", "false", "true", "sync", "shutdown", "halt", "null", "git-shell", "rssh", "scponly"))


class Password(StrEnum):
    """Which password opens an account: one that was set, none is asked for (empty), none fits (locked)."""

    SET = "set"
    EMPTY = "empty"
    LOCKED = "locked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """One line of passwd(5).

    changed: the day the password was set last, as shadow(5) has it. ended: the account is past its last day.
    key_files: (path, permissions) of the files that let keys in. person: its number is in the range for people.
    """

    name: str
    number: int
    group: int
    home: str
    shell: str
    password: Password = Password.UNKNOWN
    changed: date | None = None
    ended: bool = False
    key_files: tuple[tuple[str, int], ...] = ()
    person: bool = False

    @property
    def interactive(self) -> bool:
        """Does its shell let somebody in? An empty one means sh (passwd(5))."""
        return PurePosixPath(self.shell or "/bin/sh").name not in _NO_LOGIN

    @property
    def opens_with_password(self) -> bool:
        return self.interactive and not self.ended and self.password in (Password.SET, Password.EMPTY)

    @property
    def opens_from_elsewhere(self) -> bool:
        """Does its password open remote login? sshd asks for a shell that can be run, but runs it neither for tunnels nor for
        its own sftp: nologin and false keep nobody out."""
        runs = PurePosixPath(self.shell or "/bin/sh").name != "null"
        return runs and not self.ended and self.password in (Password.SET, Password.EMPTY)


@dataclass(frozen=True, slots=True)
class Group:
    """members: names in the line of the group, and those whose own group it is."""

    name: str
    number: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """passwords_seen: shadow(5) could be read. twice: names that stand in the table more than once; the first line counts.
    odd_lines: those that are no accounts. directories: where more accounts are kept, which were not seen."""

    accounts: tuple[Account, ...]
    groups: tuple[Group, ...] = ()
    passwords_seen: bool = True
    twice: tuple[str, ...] = ()
    odd_lines: int = 0
    directories: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return "accounts"

    def named(self, name: str) -> Account | None:
        return next((account for account in self.accounts if account.name == name), None)

    @property
    def unseen(self) -> str:
        """For the technician: what these files do not hold."""
        return f"not seen: accounts of {', '.join(self.directories)} (nsswitch.conf)" if self.directories else ""
