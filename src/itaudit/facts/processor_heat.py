"""How warm the processor is, and how long it has held itself back to stay cool.

Sources: the kernel's Documentation/hwmon; arch/x86/kernel/cpu/mce/therm_throt.c for package_throttle_total_time_ms, since start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from itaudit import api
from itaudit.facts.journal import shown

SENSORS = api.Psutil("sensors_temperatures")
THROTTLED = api.ReadFile("/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_total_time_ms", limit_bytes=4096)
BOOT = api.Psutil("boot_time")
_OF_PROCESSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "soc_thermal", "cpu0_thermal")
"""Drivers of the kernel. Others (acpitz) often show one number for ever."""
_RAISED, _TRUE = "Tctl", "Tdie"
"""Of k10temp: some makers' numbers for the fan are up to 27 °C above the true one (Documentation/hwmon/k10temp.rst)."""
_HOTTEST = 150.0
"""In °C. A sensor that shows more, or frost, is broken or not connected."""


@dataclass(frozen=True, slots=True)
class ProcessorHeat:
    """celsius: the hottest of its sensors. critical_celsius: where it switches itself off, None where it does not tell.

    throttled_percent: of the time since the machine was started, in which the first processor held itself back; None where
    that is not counted.
    """

    celsius: float | None
    critical_celsius: float | None = None
    throttled_percent: float | None = None
    record: str = ""

    @property
    def subject(self) -> str:
        return "processor"


@api.provider("linux", seconds=15)
def processor_heat(ask: api.Ask, machine: api.Machine) -> api.Facts[ProcessorHeat]:
    """One fact. NotApplicable where the system shows no thermometer, as virtual machines do."""
    sensors, throttled, boot = ask.many([SENSORS, THROTTLED, BOOT])
    readings = readings_of(sensors.json)
    share = _throttled_percent(throttled, boot, machine)
    if not readings and share is None:
        raise api.NotApplicable("the system shows no thermometer of its processor")
    if not readings:
        yield ProcessorHeat(None, throttled_percent=share)
        return
    celsius, critical, name = max(readings, key=lambda one: one[0])
    yield ProcessorHeat(celsius, critical, share, f"{name}: {celsius:g} °C")


def readings_of(sensors: object) -> list[tuple[float, float | None, str]]:
    """(°C, critical °C or None, name) of each sensor of a processor. Raises Unreadable when it is no table of sensors."""
    if not isinstance(sensors, dict):
        raise api.Unreadable(f"not a table of sensors: {str(sensors)[:80]!r}")
    found = []
    for driver in _OF_PROCESSORS:
        listed = sensors.get(driver, [])
        entries = [entry for entry in listed[:512] if isinstance(entry, dict)] if isinstance(listed, list) else []
        true_one_there = any(entry.get("label") == _TRUE for entry in entries)
        for entry in entries:
            if (celsius := _celsius(entry.get("current"))) is not None and not (true_one_there and entry.get("label") == _RAISED):
                name = shown(f"{driver} {entry.get('label') or ''}")
                found.append((celsius, _celsius(entry.get("critical")), name))
    return found


def _celsius(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _HOTTEST:
        return None
    return float(value)


def _throttled_percent(throttled: api.Answer, boot: api.Answer, machine: api.Machine) -> float | None:
    try:
        seconds = int(throttled.text.strip()[:20]) / 1000
        up = machine.now - datetime.fromtimestamp(float(boot.json), UTC)
    except (api.Missing, ValueError, TypeError, OverflowError, OSError):
        return None
    if up < timedelta(hours=1) or not 0 <= seconds <= up.total_seconds():
        return None
    return 100 * seconds / up.total_seconds()
