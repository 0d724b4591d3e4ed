"""Support ends: until when the makers of systems and programs give security updates.

Our own table (lifecycle.toml) is part of the program and ages with it; what `itaudit data update` fetched is used where newer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from itaudit import api

FETCHED = api.PublicData("endoflife")
FETCH = "Run: itaudit data update"
STALE_DAYS = 365
"""Our choice: a table older than this does not prove that a release without a last day is still supported."""


class Line(BaseModel):
    """One system or program. Keys of the tables are releases, as "22.04" or "9"; the dates are the last day of support.

    open: releases that are supported until a day that nobody has named yet. gone: that ended on a day that is not told.
    rapid: each release is mended until the next one only.
    listed: its name at endoflife.date, "" where that does not fit; listed_end: which of its two days is our `end`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    note: str = ""
    rapid: bool = False
    listed: str = ""
    listed_end: Literal["end", "paid_end"] = "end"
    open: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    end: dict[str, date]
    paid_end: dict[str, date] = {}

    @property
    def releases(self) -> set[str]:
        return {*self.end, *self.open, *self.gone}

    def cycle(self, version: str) -> str:
        """The longest known release that `version` belongs to: 3.20.3 is 3.20, 9.4 is 9. "" when none is known."""
        return longest(version, self.releases)


def longest(version: str, releases: set[str]) -> str:
    parts = version.split(".")
    candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((candidate for candidate in candidates if candidate in releases), "")


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


@dataclass(frozen=True, slots=True)
class Support:
    """Until when a release is mended. end: its last day, None where no day is told; then `ended` says whether it is over.

    paid_end: with a contract. basis: who says so. checked: the day on which that was so.
    """

    cycle: str
    end: date | None
    paid_end: date | None
    ended: bool
    basis: str
    checked: date


@dataclass(frozen=True, slots=True)
class Fetched:
    """What `itaudit data update` brought: {product: {release: {"end", "paid_end", "ended"}}} of the day `day`."""

    day: date
    products: Mapping[str, Any]

    def releases(self, line: Line) -> Mapping[str, Any]:
        found = self.products.get(line.listed) if line.listed else None
        pairs = found.items() if isinstance(found, Mapping) else ()
        return {str(cycle): told for cycle, told in pairs if isinstance(told, Mapping)}


def fetched_table(ask: api.Ask) -> Fetched | None:
    """None where it was never fetched, is older than our own table, or makes no sense: then our own table answers."""
    try:
        kept = ask(FETCHED).json
        day, products = parse_day(kept["fetched"]), kept["data"]["products"]
    except (api.Missing, KeyError, TypeError):
        return None
    return Fetched(day, products) if day and day > table().checked and isinstance(products, Mapping) else None


def parse_day(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None


def support_of(line: Line, version: str, fetched: Fetched | None) -> Support | None:
    """Until when this version is mended; None when neither table knows its release."""
    newer = fetched.releases(line) if fetched else {}
    cycle = longest(version, {*line.releases, *newer})
    told = newer.get(cycle)
    if fetched and told is not None:
        end, paid = parse_day(told.get("end")), parse_day(told.get("paid_end"))
        if line.listed_end == "paid_end":
            end, paid = paid or end, None
        ended = end is None and told.get("ended") is True
        if end is None and not ended:
            end = line.end.get(cycle)  # without a day there, ours stands
        return Support(cycle, end, line.paid_end.get(cycle, paid), ended, f"endoflife.date of {fetched.day}", fetched.day)
    if not cycle:
        return None
    basis = f"{line.source}{f' ({line.note})' if line.note else ''}"
    return Support(cycle, line.end.get(cycle), line.paid_end.get(cycle), cycle in line.gone, basis, table().checked)
