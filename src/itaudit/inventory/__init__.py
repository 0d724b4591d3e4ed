"""The inventory: what the machine is made of and what is installed on it, from the same facts that the checks judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from itaudit.model import Asset


@dataclass(frozen=True, slots=True)
class Installed:
    """An installed package. source: the records that name it ("dpkg", "rpm"). maker: who packaged it, "" where not told.

    support_end: its own maker's last day of support, where it is a program that names one.
    """

    name: str
    version: str
    architecture: str
    source: str
    maker: str = ""
    support_end: date | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything found. system, release: ID and VERSION_ID of os-release. unseen: what could not be had, with the reason."""

    host: str
    seen: datetime
    system: str
    release: str
    system_name: str
    support_end: date | None = None
    assets: tuple[Asset, ...] = ()
    software: tuple[Installed, ...] = field(default_factory=tuple)
    unseen: tuple[tuple[str, str], ...] = ()
