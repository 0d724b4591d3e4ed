"""The machine has enough memory.

When memory is short everything waits, and in the end programs are killed.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.services._sustained import sustained
from itaudit.facts.pressure import Memory


class Settings(api.CheckSettings):
    waited_percent: api.AtMost = api.AtMost(warn=5, fail=20)
    """Time in which everything waited for memory, in percent of five minutes, at three scans that lie an hour apart or more."""
    taken_percent: api.AtMost = api.AtMost(warn=95, fail=98)
    """Memory that programs would not give back, in percent: where the system does not tell how long it waited."""


FIX = api.Remedy(
    "Find out which program takes the memory, and limit it or add memory.",
    api.Effort.HOURS,
    cost=(50, 300),
    steps=("ps -eo pid,rss,comm --sort=-rss | head", "cat /proc/pressure/memory", "free -m"),
    verify="cat /proc/pressure/memory (full avg300 stays below 5)",
    if_you_wait="Work gets slow, and programs are killed when memory runs out.",
)


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("Linux kernel, Documentation/accounting/psi.rst", "itaudit's own choice of 5 and 20 percent"),
)
def memory(found: Memory, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    taken = 100 - found.available_percent
    if found.waited_percent is None:
        status = sustained(limits.taken_percent, taken, past, "taken", machine)
    else:
        status = sustained(limits.waited_percent, found.waited_percent, past, "waited", machine)
    size = api.readable_bytes(found.total_bytes)
    if status is api.Status.OK:
        words = f"The machine has enough memory: {found.available_percent:.0f}% of {size} can be had."
    elif found.waited_percent is None:
        words = f"Memory is short: only {found.available_percent:.0f}% of {size} can be had."
    else:
        words = f"Memory is short: everything waited for it {found.waited_percent:.0f}% of the time."
    measured = [api.Measurement("taken", taken, api.Unit.PERCENT)]
    if found.waited_percent is not None:
        measured.append(api.Measurement("waited", found.waited_percent, api.Unit.PERCENT))
    waited = "not told" if found.waited_percent is None else f"{found.waited_percent:g} %"
    detail = f"MemAvailable {found.available_bytes} of {found.total_bytes} bytes; memory pressure, full avg300: {waited}"
    return api.verdict(status, words, *measured, detail=detail, fix=FIX)
