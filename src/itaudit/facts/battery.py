"""Batteries of portable machines, as the kernel reports them (Documentation/ABI/testing/sysfs-class-power)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from itaudit import api

SUPPLIES = api.Glob("/sys/class/power_supply/*/uevent", most=50)


@dataclass(frozen=True, slots=True)
class Battery:
    """health_percent: what a full charge holds today, of what it held when new. cycles: None where it does not count them."""

    name: str
    model: str
    health_percent: float
    cycles: int | None

    @property
    def subject(self) -> str:
        return f"battery {self.name}"


def supply_question(path: str) -> api.ReadFile:
    return api.ReadFile(path, limit_bytes=65536)


def parse_supply(text: str) -> dict[str, str]:
    """{TYPE: Battery, ENERGY_FULL: 41440000, ...} of a uevent file."""
    return {match[1]: match[2] for match in re.finditer(r"^POWER_SUPPLY_([A-Z0-9_]+)=(.*)$", text, re.MULTILINE)}


def _number(values: dict[str, str], name: str) -> int:
    text = values.get(name, "")
    return int(text) if re.fullmatch(r"\d{1,15}", text) else 0


def battery(values: dict[str, str], name: str) -> Battery | None:
    """None for what is no battery of this machine: mains, a UPS, a mouse. Raises api.Unreadable when it is mute."""
    if values.get("TYPE") != "Battery" or values.get("SCOPE") == "Device" or values.get("PRESENT") == "0":
        return None
    for kind in ("ENERGY", "CHARGE"):
        now, new = _number(values, f"{kind}_FULL"), _number(values, f"{kind}_FULL_DESIGN")
        if now and new:
            model = f"{values.get('MANUFACTURER', '')} {values.get('MODEL_NAME', '')}".strip()
            return Battery(name, model, min(100.0, 100.0 * now / new), _number(values, "CYCLE_COUNT") or None)
    raise api.Unreadable("the battery does not say what it can hold")


@api.provider("linux", seconds=15)
def batteries(ask: api.Ask) -> api.Facts[Battery]:
    """Nothing on a machine without a battery."""
    paths = ask(SUPPLIES).json
    if not isinstance(paths, list):
        raise api.Unreadable("not a list of power supplies")
    texts = [str(path) for path in paths]
    for path, answer in zip(texts, ask.many([supply_question(path) for path in texts]), strict=True):
        name = PurePosixPath(path).parent.name
        try:
            found = battery(parse_supply(answer.text), name)
        except api.Missing as error:
            yield api.Gap(f"battery {name}", error)
            continue
        if found:
            yield found
