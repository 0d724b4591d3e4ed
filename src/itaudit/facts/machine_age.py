"""How old a physical machine is at least."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from itaudit import api
from itaudit.facts import virtual
from itaudit.facts.dmi_words import told

VIRTUAL = virtual.DETECTOR
BIOS_DATE = api.ReadFile("/sys/class/dmi/id/bios_date", limit_bytes=4096)
MAKER = api.ReadFile("/sys/class/dmi/id/sys_vendor", limit_bytes=4096)
MODEL = api.ReadFile("/sys/class/dmi/id/product_name", limit_bytes=4096)
# Makers and models that only virtual machines report, for systems without systemd.
_VIRTUAL_NAMES = re.compile(
    r"QEMU|VMware|VirtualBox|innotek|Xen|KVM|Bochs|Parallels|OpenStack|Virtual Machine|Google Compute|DigitalOcean|Hetzner|"
    r"HVM domU|BHYVE|Amazon EC2",
    re.IGNORECASE,
)


class Hardware(api.Section):
    """What the machine cannot tell of itself."""

    table: ClassVar[str] = "hardware"

    bought: date | None = None
    """The day this machine was bought; without it, the date of its firmware is used, which makes it look younger."""
    warranty_until: date | None = None
    """The last day of the maker's warranty or of a maintenance contract for this machine."""


@dataclass(frozen=True, slots=True)
class Warranty:
    """As written in itaudit.toml: no machine knows it."""

    until: date

    @property
    def subject(self) -> str:
        return "this machine"


@dataclass(frozen=True, slots=True)
class Hull:
    """A physical machine. since: when it was bought, or its firmware made. certain: it is the day of purchase."""

    model: str
    since: date
    certain: bool

    @property
    def subject(self) -> str:
        return self.model


def parse_bios_date(text: str) -> date:
    """MM/DD/YYYY or MM/DD/YY (SMBIOS 3.7, 7.1). Raises api.Unreadable."""
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})", text.strip())
    try:
        if match:
            month, day, year = (int(part) for part in match.groups())
            # SMBIOS: two digits are years of the 20th century. Nothing that old runs this program.
            return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        pass
    raise api.Unreadable(f"not a date of firmware: {text[:60]!r}")


def _text(ask: api.Ask, question: api.ReadFile) -> str:
    try:
        return told(ask(question).text)
    except api.Missing:
        return ""


def virtual_kind(ask: api.Ask, names: str) -> str:
    """The kind of virtual machine or container, "" for a physical machine, and where nothing tells. names: maker and model."""
    match = _VIRTUAL_NAMES.search(names)
    if match and ask(VIRTUAL).problem:
        return match[0]
    try:
        return virtual.virtual_kind(ask)
    except api.Missing:
        return ""


def _firmware_date(ask: api.Ask) -> date:
    try:
        return parse_bios_date(ask(BIOS_DATE).text)
    except api.NotFound as error:  # a Raspberry Pi, and most others without a PC's firmware
        raise api.NotFound(
            "the date of its firmware", "Write it down in itaudit.toml: [hardware] bought = YEAR-MONTH-DAY"
        ) from error


@api.provider("linux", seconds=15)
def linux_hull(ask: api.Ask, machine: api.Machine, section: Hardware) -> api.Facts[Hull]:
    """One fact. NotApplicable on virtual machines and in containers."""
    maker, model = _text(ask, MAKER), _text(ask, MODEL)
    kind = virtual_kind(ask, f"{maker} {model}")
    if kind:
        raise api.NotApplicable(f"not a physical machine ({kind})")
    name = model if model.startswith(maker) else f"{maker} {model}".strip()
    since = section.bought or _firmware_date(ask)
    if since > machine.now.date():
        raise api.Unreadable(f"the machine claims to be from the future: {since}")
    yield Hull(name or "this machine", since, section.bought is not None)


@api.provider("linux", "windows", "macos", seconds=5)
def warranty(section: Hardware) -> api.Facts[Warranty]:
    """One fact. NotApplicable where the owner wrote no day down."""
    if section.warranty_until is None:
        raise api.NotApplicable("no warranty is written down in itaudit.toml ([hardware] warranty_until)")
    yield Warranty(section.warranty_until)
