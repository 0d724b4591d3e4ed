"""Our own table of support ends (lifecycle.toml): until when the makers of systems and programs give security updates."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Line(BaseModel):
    """One system or program. Keys of the tables are releases, as "22.04" or "9"; the dates are the last day of support."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    note: str = ""
    end: dict[str, date]
    paid_end: dict[str, date] = {}

    def cycle(self, version: str) -> str:
        """The longest known release that `version` belongs to: 3.20.3 is 3.20, 9.4 is 9. "" when none is known."""
        parts = version.split(".")
        candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((candidate for candidate in candidates if candidate in self.end), "")


class Table(BaseModel):
    """The whole file. checked: the day on which its dates were compared with their sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checked: date
    rolling: tuple[str, ...]
    system: dict[str, Line]
    product: dict[str, Line]


@cache
def table() -> Table:
    """The table, read once: it is part of the program, so a replay reads it too."""
    text = files("itaudit").joinpath("facts", "lifecycle.toml").read_text(encoding="utf-8")
    return Table.model_validate(tomllib.loads(text))
