"""Data that must be in a backup: folders of [backups] required_paths that hold something, and what the owner named."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.backups.settings import Backups
from itaudit.facts.business import Business

_OF_THE_SYSTEM = ("/etc", "/root")
_EVERYBODY = 0o005


@dataclass(frozen=True, slots=True)
class ImportantData:
    """A folder with data.

    backup: the backup that must hold it, "" for any. of_the_business: is it more than settings?
    seen: False when this user may not look whether it holds anything. device: number of its file system, None when unknown.
    """

    path: str
    backup: str = ""
    of_the_business: bool = True
    seen: bool = True
    device: int | None = None

    @property
    def subject(self) -> str:
        return f"{self.path} in {self.backup}" if self.backup else self.path


@api.provider("linux", seconds=15)
def important_data(ask: api.Ask, machine: api.Machine, settings: Backups) -> api.Facts[ImportantData]:
    """Yield each required folder that holds more than hidden files; of /home only when somebody keeps something there."""
    for path in settings.required_paths:
        try:
            status = ask(api.FileStatus(path)).json
            mode, device = int(status["mode"]), int(status["device"])
            holds = _holds_something(ask, machine, path, mode)
        except api.NotFound:
            continue
        except (KeyError, TypeError, ValueError):
            yield api.Gap(path, api.Unreadable(f"the status of {path}"))
        except api.Missing as error:
            yield api.Gap(path, error)
        else:
            if holds is not False:
                yield ImportantData(path, "", path not in _OF_THE_SYSTEM, bool(holds), device)


@api.provider("linux", "macos", "windows", seconds=5)
def named_data(settings: Backups, business: Business) -> api.Facts[ImportantData]:
    """Yield what the owner wants in each backup named in itaudit.toml, and what the business needs in any: there or not,
    for a folder that is gone is worth a finding."""
    for repository in settings.repositories:
        for path in dict.fromkeys(repository.paths):
            yield ImportantData(path, repository.name)
    needed = dict.fromkeys(folder for process in business.processes for folder in process.folders)
    for path in needed:
        if path not in settings.required_paths:
            yield ImportantData(path)


def _holds_something(ask: api.Ask, machine: api.Machine, path: str, mode: int) -> bool | None:
    """None where an empty list may only mean that this user may not look."""
    top = path.rstrip("/")
    pattern = f"{top}/*/*" if top == "/home" else f"{top}/*"
    if ask(api.Glob(pattern, most=1)).json:
        return True
    may_look = machine.admin or (mode & _EVERYBODY == _EVERYBODY and top != "/home")
    return False if may_look else None
