"""Does the firmware start signed systems only? Source: UEFI 2.10, 3.3 (SecureBoot, SetupMode); the kernel's efivarfs."""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.virtual import virtual_kind

_GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
FIRMWARE = api.FileStatus("/sys/firmware/efi")
STATE = api.ReadFile(f"/sys/firmware/efi/efivars/SecureBoot-{_GLOBAL}", limit_bytes=64)
VARIABLES = api.Glob("/sys/firmware/efi/efivars/*", most=1)
SETUP = api.ReadFile(f"/sys/firmware/efi/efivars/SetupMode-{_GLOBAL}", limit_bytes=64)


@dataclass(frozen=True, slots=True)
class SecureBoot:
    """on: only signed systems start. setup: the firmware holds no keys yet, so it could check nothing; None when not told."""

    on: bool
    setup: bool | None

    @property
    def subject(self) -> str:
        return "start of the machine"


def parse_variable(text: str) -> bool:
    """Four bytes of attributes and one of the value, 0 or 1. Raises api.Unreadable for anything else."""
    if len(text) != 5 or text[4] not in "\x00\x01":
        raise api.Unreadable(f"not a variable of the firmware with one byte: {text[:20]!r}")
    return text[4] == "\x01"


@api.provider("linux", seconds=15)
def secure_boot(ask: api.Ask) -> api.Facts[SecureBoot]:
    """One fact. NotApplicable on virtual machines, in containers and where the firmware is of the older kind (BIOS)."""
    firmware = ask(FIRMWARE)
    if not isinstance(firmware.error, api.NotFound | None):
        raise firmware.error
    if kind := virtual_kind(ask):
        raise api.NotApplicable(f"not a physical machine ({kind}): the machine that holds it decides how it starts")
    if firmware.error:
        raise api.NotApplicable("this machine starts in the older way, which checks no signatures")
    answer = ask(STATE)
    # A firmware without the variable cannot check signatures; without any variable, only their folder is not mounted.
    lacking = isinstance(answer.error, api.NotFound) and bool(ask(VARIABLES).json)
    on = False if lacking else parse_variable(answer.text)
    yield SecureBoot(on, _setup(ask))


def _setup(ask: api.Ask) -> bool | None:
    try:
        return parse_variable(ask(SETUP).text)
    except api.Missing:
        return None
