"""What the business does with this machine, and how much of it may be lost: [business] of itaudit.toml.

Nobody can measure how much work an owner can bear to do again, so it is asked for. What is not told here is judged by the
limits that suit most offices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from itaudit import api


class ProcessSettings(BaseModel):
    """One entry of [[business.processes]]: something that the business does, for example "invoicing"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    """What you call it; reports use this name."""
    folders: tuple[str, ...]
    """Folders with the data that it works on: ["/srv/office", "/var/lib/postgresql"]. Each must be in a backup."""
    most_lost_hours: float = Field(default=24, gt=0, le=8760, allow_inf_nan=False)
    """Hours of work that may have to be done again after a loss (the recovery point): no backup of it may be older."""

    @model_validator(mode="after")
    def _absolute(self) -> Self:
        if not self.folders:
            raise ValueError("folders must name at least one")
        for folder in self.folders:
            if not folder.startswith("/"):
                raise ValueError(f"folders must begin with a slash: {folder}")
        return self


class Business(api.Section):
    """What the business does with this machine. Backups are judged by how much work may be lost."""

    table = "business"

    processes: tuple[ProcessSettings, ...] = ()
    """What the business does, each with the folders that it needs and the hours of work that may be lost."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [process.name for process in self.processes]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two processes are called {twice!r}: names must differ")
        return self


@dataclass(frozen=True, slots=True)
class BusinessProcess:
    """subject: its name. folders: absolute paths of its data. most_lost_hours: of work that may have to be done again."""

    subject: str
    folders: tuple[str, ...]
    most_lost_hours: float


@api.provider("linux", "macos", "windows", seconds=5)
def business_processes(settings: Business) -> api.Facts[BusinessProcess]:
    """Yield what the owner told."""
    for process in settings.processes:
        yield BusinessProcess(process.name, process.folders, process.most_lost_hours)
