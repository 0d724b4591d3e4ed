"""The software built into the machine and its parts: what fwupd could renew, and how old that of the main board is.

`fwupdmgr get-updates` compares with the list that was fetched last; --no-metadata-check and --no-remote-check keep it from
asking anything. Nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from itaudit import api
from itaudit.facts.machine_age import BIOS_DATE, MAKER, MODEL, parse_bios_date, virtual_kind

_QUIET = ("--json", "--no-metadata-check", "--no-remote-check")
# Its service starts when it is first asked, and then looks at all parts: that takes seconds.
DEVICES = api.Command(("fwupdmgr", "get-devices", *_QUIET), timeout=30.0)
UPDATES = api.Command(("fwupdmgr", "get-updates", *_QUIET), timeout=30.0)
REMOTES = api.Command(("fwupdmgr", "get-remotes", *_QUIET), timeout=30.0)
_NOTHING_TO_DO = 2
_MAIN_BOARD = ("uefi_capsule", "uefi", "flashrom", "redfish", "dell", "coreboot")
_GRAVE = ("high", "critical")


@dataclass(frozen=True, slots=True)
class FirmwareUpdate:
    """A newer version for a part. released: the first of those not installed that closes a hole, or else the first at all."""

    part: str
    maker: str
    installed: str
    candidate: str
    released: datetime | None
    security: bool
    holes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Firmware:
    """Built-in software. asked: fwupd is here and answered. `known`: parts whose makers publish updates through it.

    main_board: the main board is one of those. `listed`: when the newest list was fetched. `dated`: what the main board tells.
    """

    asked: bool
    known: int
    main_board: bool
    updates: tuple[FirmwareUpdate, ...]
    listed: datetime | None
    dated: date | None

    @property
    def subject(self) -> str:
        return "built-in software"


def _objects(document: Any, key: str) -> list[dict[str, Any]]:
    found = document.get(key) if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise api.Unreadable(f"fwupdmgr: no list of {key}")
    return found


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return " ".join(value.split())[:200] if isinstance(value, str) else ""


def _words(record: dict[str, Any], key: str) -> tuple[str, ...]:
    value = record.get(key)
    return tuple(word[:100] for word in value[:200] if isinstance(word, str)) if isinstance(value, list) else ()


def _moment(value: Any) -> datetime | None:
    """Seconds since 1970. fwupd writes 0 or -1 where it knows none."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 2**40:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def document_of(answer: api.Answer) -> dict[str, Any]:
    """Raises api.Missing; api.Unreadable where its service could not be had. "Nothing to do" has its own exit code."""
    if not answer.problem and answer.exit_code == _NOTHING_TO_DO:
        return {"Devices": []}
    found = answer.json
    if isinstance(found, dict) and isinstance(found.get("Error"), dict):
        raise api.Unreadable(f"fwupdmgr: {_text(found['Error'], 'Message')}", unlock="systemctl status fwupd")
    if not isinstance(found, dict):
        raise api.Unreadable("fwupdmgr: not an object")
    return found


def parse_updates(document: dict[str, Any]) -> tuple[FirmwareUpdate, ...]:
    """Of get-updates: each device with its newer releases, the newest first. Raises api.Unreadable."""
    return tuple(update for device in _objects(document, "Devices") for update in _updates_of(device))


def _updates_of(device: dict[str, Any]) -> Iterator[FirmwareUpdate]:
    releases = [one for one in _objects({"Releases": [], **device}, "Releases") if "is-upgrade" in _words(one, "Flags")]
    if not releases:
        return
    holes = tuple(dict.fromkeys(issue for one in releases for issue in _words(one, "Issues") if issue.startswith("CVE-")))
    mending = [one for one in releases if _words(one, "Issues") or _text(one, "Urgency") in _GRAVE]
    dates = [_moment(one.get("Created")) for one in mending or releases]
    known = [moment for moment in dates if moment]
    yield FirmwareUpdate(
        _text(device, "Name") or "unnamed part",
        _text(device, "Vendor"),
        _text(device, "Version"),
        _text(releases[0], "Version"),
        min(known, default=None),
        bool(mending),
        holes,
    )


def parse_devices(document: dict[str, Any]) -> tuple[int, bool]:
    """How many parts have a maker who publishes updates, and whether the main board is one. Raises api.Unreadable."""
    known = [one for one in _objects(document, "Devices") if {"updatable", "supported"} <= set(_words(one, "Flags"))]
    return len(known), any(_text(one, "Plugin") in _MAIN_BOARD for one in known)


def parse_remotes(document: dict[str, Any]) -> datetime | None:
    """When the newest list of a switched-on source was fetched; None where none ever was. Raises api.Unreadable."""
    used = [one for one in _objects(document, "Remotes") if one.get("Enabled") in (True, "true")]
    return max((m for one in used if _text(one, "Kind") == "download" and (m := _moment(one.get("Mtime")))), default=None)


def _board_date(ask: api.Ask, machine: api.Machine) -> date | None:
    try:
        found = parse_bios_date(ask(BIOS_DATE).text)
    except api.Missing:
        return None
    return found if found <= machine.now.date() else None


def _line(answer: api.Answer) -> str:
    return "" if answer.problem else re.sub(r"\s+", " ", answer.body)[:100].strip()


@api.provider("linux", seconds=60)
def firmware(ask: api.Ask, machine: api.Machine) -> api.Facts[Firmware]:
    """One fact. NotApplicable in virtual machines and containers: theirs is the host's."""
    kind = virtual_kind(ask, f"{_line(ask(MAKER))} {_line(ask(MODEL))}")
    if kind:
        raise api.NotApplicable(f"not a physical machine ({kind})")
    dated = _board_date(ask, machine)
    answers = ask.many([DEVICES, UPDATES, REMOTES])
    if all(answer.problem == api.ToolMissing.kind for answer in answers):
        if dated is None:
            raise api.ToolMissing("fwupd")
        yield Firmware(False, 0, False, (), None, dated)
        return
    devices, updates, remotes = (document_of(answer) for answer in answers)
    known, main_board = parse_devices(devices)
    yield Firmware(True, known, main_board, parse_updates(updates), parse_remotes(remotes), dated)
