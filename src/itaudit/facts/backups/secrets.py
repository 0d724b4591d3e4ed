"""Files that hold the passwords of backups, and who may read them. Their contents are never asked for."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import dirname

from itaudit import api
from itaudit.facts.backups.repository import Repository

_ENTER = 0o011


@dataclass(frozen=True, slots=True)
class SecretFile:
    """subject: its path. mode, folder_mode: permission bits of the file and of its folder. group: number of the owning group."""

    subject: str
    backup: str
    mode: int
    group: int
    folder_mode: int

    @property
    def for_everybody(self) -> bool:
        """May any user of the machine read or change it?"""
        return bool(self.mode & 0o006 and self.folder_mode & 0o001)

    @property
    def for_a_group(self) -> bool:
        """May members of a group other than root's read or change it?"""
        return bool(self.group and self.mode & 0o060 and self.folder_mode & _ENTER)


@api.provider("linux", "macos", seconds=10)
def secret_files(ask: api.Ask, repositories: list[Repository]) -> api.Facts[SecretFile]:
    """Yield the password file of each repository that has one."""
    backups = {
        repository.secret_file: repository.subject for repository in repositories if repository.secret_file.startswith("/")
    }
    for path, backup in backups.items():
        answers = ask.many([api.FileStatus(path), api.FileStatus(dirname(path))])
        try:
            file, folder = (answer.json for answer in answers)
            if file["kind"] == "link":
                raise api.Unreadable(f"{path} is a link", "Name the file that it points to as password_file in itaudit.toml.")
            yield SecretFile(path, backup, int(file["mode"]), int(file["gid"]), int(folder["mode"]))
        except (KeyError, TypeError, ValueError):
            yield api.Gap(path, api.Unreadable(f"the status of {path}"))
        except api.Missing as error:
            yield api.Gap(path, error)
