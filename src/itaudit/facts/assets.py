"""Devices that itaudit cannot look at itself (telephones, a NAS, Windows computers), as the owner lists them in itaudit.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from itaudit import api
from itaudit.facts.lifecycle import fetched_table, support_of, table
from itaudit.facts.software import Program


class Device(BaseModel):
    """One device, or several that are alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """How people call it: "Reception PC"."""
    product: str
    """What runs on it, as the table of support ends calls it: "windows", "macos", "ipados", "synology-dsm", "truenas"."""
    version: str
    """Its release: "11-24h2-w", "26", "7.3"."""
    paid: bool = False
    """A contract for longer support was bought, for example Extended Security Updates."""


class Assets(api.Section):
    """Devices that itaudit cannot look at itself."""

    table: ClassVar[str] = "assets"

    devices: tuple[Device, ...] = ()
    """Each as { name = "Reception PC", product = "windows", version = "11-24h2-w" }."""


@dataclass(frozen=True, slots=True)
class ListedDevice(Program):
    """A device and what runs on it. package: its name as the owner calls it."""

    @property
    def subject(self) -> str:
        return f"{self.package} ({self.name} {self.cycle})"


@api.provider("linux", "windows", "macos", seconds=10)
def listed_devices(ask: api.Ask, section: Assets) -> api.Facts[ListedDevice]:
    """One for each; a gap for a product of which nothing is known. NotApplicable where none is listed."""
    if not section.devices:
        raise api.NotApplicable("no devices are listed in itaudit.toml ([assets] devices)")
    fetched = fetched_table(ask)
    lines = {**table().system, **table().product}
    for device in section.devices:
        line = lines.get(device.product)
        if line is None:
            words = f"no support ends are known for the product {device.product!r}"
            yield api.Gap(device.name, api.NotFound(words, f"Use one of these in itaudit.toml: {', '.join(sorted(lines))}."))
            continue
        support = support_of(line, device.version, fetched)
        yield ListedDevice(
            line.name,
            support.cycle if support else device.version,
            device.name,
            device.version,
            False,
            _end(support.end, support.paid_end, paid=device.paid) if support else None,
            line.source,
            ended=bool(support and support.ended),
            known=support is not None,
            checked=support.checked if support else table().checked,
        )


def _end(end: date | None, paid_end: date | None, *, paid: bool) -> date | None:
    return paid_end or end if paid else end
