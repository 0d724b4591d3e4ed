"""The processor stays cool.

Heat makes the processor hold itself back, and shortens the life of the whole machine. The usual causes are dust and a fan that
stands still.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.services._sustained import sustained
from itaudit.facts.processor_heat import ProcessorHeat


class Settings(api.CheckSettings):
    celsius: api.AtMost = api.AtMost(warn=90, fail=98)
    """Temperature of the processor, at three scans that lie an hour apart or more."""
    throttled_percent: api.AtMost = api.AtMost(warn=2, fail=10)
    """Time in which the processor held itself back to stay cool, in percent of the time since the machine was started."""


FIX = api.Remedy(
    "Clean the computer's fans and air openings, and give it air.",
    api.Effort.HOURS,
    steps=("sensors", "grep . /sys/devices/system/cpu/cpu*/thermal_throttle/package_throttle_total_time_ms"),
    verify="sensors",
    if_you_wait="The machine gets slow, switches itself off in the heat, and does not last.",
)


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("itaudit's own choice, within makers' limits of 95 to 105 °C", "Linux kernel, Documentation/hwmon"),
)
def temperature(heat: ProcessorHeat, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    warm = sustained(limits.celsius, heat.celsius, past, "temperature", machine) if heat.celsius is not None else api.Status.OK
    slow = limits.throttled_percent.judge(heat.throttled_percent)
    words = [f"is at {heat.celsius:.0f} °C"] if heat.celsius is not None else []
    if heat.throttled_percent is not None and (slow is not api.Status.OK or not words):
        words.append(f"held itself back to stay cool {heat.throttled_percent:.1f}% of the time")
    measured = [api.Measurement("temperature", heat.celsius, api.Unit.CELSIUS)] if heat.celsius is not None else []
    critical = f"; switches itself off at {heat.critical_celsius:g} °C" if heat.critical_celsius is not None else ""
    return api.verdict(
        api.worst(warm, slow), f"The processor {' and '.join(words)}.", *measured, detail=f"{heat.record}{critical}", fix=FIX
    )
