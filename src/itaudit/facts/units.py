"""What the service manager says of its services: systemd (systemctl(1)), or OpenRC (rc-status(8)) where systemd does not run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from itaudit import api
from itaudit.facts.journal import shown

FAILED = api.Command(
    ("systemctl", "list-units", "--state=failed", "--all", "--no-pager", "--plain", "--no-legend", "--output=json")
)
_PROPERTIES = (
    "Id,Description,Type,LoadState,ActiveState,SubState,Result,UnitFileState,ConditionResult,Restart,TriggeredBy,ExecMainCode,"
    "ExecMainStatus,InactiveExitTimestampMonotonic,NRestarts"
)
SERVICES = api.Command(
    ("systemctl", "show", "*.service", "--all", "--no-pager", f"--property={_PROPERTIES}"), timeout=20.0, limit_bytes=8 * 2**20
)
"""--all: without it, those that were stopped are left out."""
OPENRC = api.Command(("rc-status", "--all", "--nocolor", "--format", "ini"))
NO_MANAGER = "Look at the services of this machine by hand: itaudit can ask systemd and OpenRC."
_KILLED, _SIGTERM = "2", "15"
_UNUSABLE = frozenset(("bad-setting", "error"))
"""What is said of a unit whose file cannot be read or makes no sense: it never starts, and counts as inactive, not as failed."""
_NOT_WELL = frozenset(("crashed", "failed", "unsupervised"))
_STARTED_LEVEL = "default"
"""What people add to OpenRC is started with this runlevel. Those of "shutdown" and "nonetwork" rest on a healthy machine."""
_STAYS = frozenset(("notify", "notify-reload", "forking"))
"""Services of these types are programs that stay. One of type simple, dbus or oneshot may end when its work is done."""


class Trouble(StrEnum):
    """FAILED: it ended with an error, or cannot start. STOPPED: it should start with the machine, and does not run."""

    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class TroubledUnit:
    """A service, mount or other unit that is not as it should be. scheduled: a timer starts it."""

    name: str
    trouble: Trouble
    record: str
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """All that one service manager knows to be in trouble, by name. name: systemd or OpenRC. count: services that it has."""

    name: str
    count: int
    troubled: tuple[TroubledUnit, ...] = ()

    @property
    def subject(self) -> str:
        return self.name


@api.provider("linux", seconds=45)
def service_manager(ask: api.Ask, machine: api.Machine) -> api.Facts[ServiceManager]:
    """One fact. Raises a Missing where neither manager runs or answers as documented."""
    del machine
    failed, services = ask.many([FAILED, SERVICES])
    if isinstance(failed.error, api.ToolMissing) or _not_in_charge(failed):
        yield _openrc(ask(OPENRC))
        return
    shown_units = units_of(services.checked_text)
    # Others name services that are not there, to be started after them.
    there = sum(unit.get("LoadState") != "not-found" for unit in shown_units.values())
    yield ServiceManager("systemd", there, _troubled(failed, shown_units))


def _not_in_charge(answer: api.Answer) -> bool:
    """In a container, or under another manager: systemctl is installed and has nobody to talk to."""
    return answer.error is None and bool(answer.exit_code) and "not been booted with systemd" in answer.errors


def _troubled(failed: api.Answer, units: Mapping[str, Mapping[str, str]]) -> tuple[TroubledUnit, ...]:
    listed = failed_units(failed.checked_text)
    found = {}
    for each in listed:
        name = each["unit"]
        unit = units.get(name, {})
        record = f"{name}: {each.get('active')}/{each.get('sub')}, {unit.get('Result', 'no result')} ({each.get('description')})"
        found[name] = TroubledUnit(name, Trouble.FAILED, shown(record), ".timer" in unit.get("TriggeredBy", ""))
    for name, unit in units.items():
        if name not in found and (trouble := _trouble(unit)):
            record = f"{name}: {unit.get('UnitFileState')}, but {unit['ActiveState']}/{unit.get('SubState')}"
            unusable = f" ({unit['LoadState']})" if trouble is Trouble.FAILED else ""
            found[name] = TroubledUnit(name, trouble, shown(f"{record}{unusable}"))
    return tuple(found[name] for name in sorted(found))


def failed_units(text: str) -> list[dict[str, str]]:
    """Read `systemctl list-units`: JSON, or lines "unit load active sub description" of versions that know no JSON here.

    Raises Unreadable.
    """
    try:
        listed = (
            json.loads(text) if text.lstrip().startswith("[") else [_of_line(line) for line in text.splitlines() if line.strip()]
        )
    except (ValueError, RecursionError) as error:
        raise api.Unreadable(f"systemctl list-units: {text[:80]!r}") from error
    if not all(isinstance(each, dict) and isinstance(each.get("unit"), str) for each in listed):
        raise api.Unreadable(f"systemctl list-units: {text[:80]!r}")
    return [{name: shown(str(value))[:250] for name, value in each.items()} for each in listed[:1000]]


def _of_line(line: str) -> dict[str, str]:
    unit, _, active, sub, *words = line.split(maxsplit=4)
    if active != "failed":
        raise ValueError(line)
    return {"unit": unit, "active": active, "sub": sub, "description": "".join(words)}


def _trouble(unit: Mapping[str, str]) -> Trouble | None:
    """Of a service that systemd does not call failed."""
    if unit.get("ActiveState") != "inactive" or unit.get("UnitFileState") != "enabled":
        return None
    if unit.get("LoadState") in _UNUSABLE:
        return Trouble.FAILED
    return Trouble.STOPPED if _stopped(unit) else None


def _stopped(unit: Mapping[str, str]) -> bool:
    """Did it run since the machine started, and was it stopped? In doubt no: many services end by themselves."""
    if unit.get("TriggeredBy"):
        return False
    if unit.get("ConditionResult") != "yes" or unit.get("InactiveExitTimestampMonotonic", "0") in ("", "0"):
        return False
    if unit.get("Type") not in (*_STAYS, "simple", "exec"):
        return False
    killed = (unit.get("ExecMainCode"), unit.get("ExecMainStatus")) == (_KILLED, _SIGTERM)
    return killed or unit.get("Restart") == "always" or unit.get("Type") in _STAYS


def units_of(text: str) -> dict[str, dict[str, str]]:
    """Read `systemctl show`: blocks of NAME=value with an empty line between. Raises Unreadable when there is no unit at all."""
    found = {}
    for block in text.split("\n\n")[:20_000]:
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if name := shown(values.get("Id", ""))[:250]:
            found[name] = values
    if not found:
        raise api.Unreadable(f"systemctl show names no unit: {text[:80]!r}")
    return found


def _openrc(answer: api.Answer) -> ServiceManager:
    if isinstance(answer.error, api.ToolMissing):
        raise api.NotFound("neither systemd nor OpenRC runs here", NO_MANAGER)
    services = openrc_services(answer.checked_text)
    if all(state == "stopped" for state, _ in services.values()):
        raise api.NotFound("OpenRC is installed and has started nothing", NO_MANAGER)
    found = []
    for name, (state, level) in sorted(services.items()):
        record = f"{name}: {state} (rc-status, {level})"
        if state in _NOT_WELL:
            found.append(TroubledUnit(name, Trouble.FAILED, record))
        elif state == "stopped" and level == _STARTED_LEVEL:
            found.append(TroubledUnit(name, Trouble.STOPPED, record))
    return ServiceManager("OpenRC", len(services), tuple(found))


def openrc_services(text: str) -> dict[str, tuple[str, str]]:
    """Read `rc-status --format ini`, "[runlevel]" and "name = state": {name: (state, runlevel)}. Raises Unreadable for none."""
    found: dict[str, tuple[str, str]] = {}
    level = ""
    for line in text.splitlines()[:20_000]:
        if header := re.fullmatch(r"\s*\[([^\]]{1,100})\]\s*", line[:500]):
            level = shown(header[1])
        elif match := re.fullmatch(r"\s*([^\s=\[]{1,250})\s*=\s*(\w{1,40}).{0,100}", line[:500]):
            name = shown(match[1])
            if name not in found or level == _STARTED_LEVEL:
                found[name] = (match[2], level)
    if not found:
        raise api.Unreadable(f"rc-status: {text[:80]!r}")
    return found
