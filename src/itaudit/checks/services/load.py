"""The machine can keep up with its work.

When programs wait for the processor or the drives all day long, everybody who uses the machine waits with them.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.services._sustained import sustained
from itaudit.facts.pressure import Load


class Settings(api.CheckSettings):
    processor_percent: api.AtMost = api.AtMost(warn=60, fail=90)
    """Time in which a program waited for the processor, in percent of five minutes, at three scans an hour apart or more."""
    drives_percent: api.AtMost = api.AtMost(warn=30, fail=60)
    """Time in which everything waited for the drives, in percent of five minutes, at three scans an hour apart or more."""
    queue: api.AtMost = api.AtMost(warn=2, fail=5)
    """Programs that want the processor, for each processor of the machine: where the system does not tell how long they wait."""


FIX = api.Remedy(
    "Find out what keeps the machine busy, and move it, mend it or give it a faster machine.",
    api.Effort.HOURS,
    steps=("uptime", "cat /proc/pressure/cpu /proc/pressure/io", "top -b -n 1 | head -n 20", "iotop -b -o -n 3"),
    verify="cat /proc/pressure/cpu /proc/pressure/io (avg300)",
    if_you_wait="Everybody who works with it keeps waiting.",
)


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("Linux kernel, Documentation/accounting/psi.rst", "itaudit's own choice of limits"),
)
def load(found: Load, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    if found.waited_percent is None:
        value, name, limit = found.queue or 0.0, "queue", limits.queue
        words = f"{value:.1f} programs want each processor of this machine"
        unit = api.Unit.COUNT
    else:
        drives = found.subject == "drives"
        value, name, limit = found.waited_percent, "waited", limits.drives_percent if drives else limits.processor_percent
        who = "Everything waited for the drives" if drives else "Programs waited for the processor"
        words, unit = f"{who} {value:.0f}% of the time", api.Unit.PERCENT
    status = sustained(limit, value, past, name, machine)
    often = " at this scan" if status is api.Status.OK else ""
    return api.verdict(status, f"{words}{often}.", api.Measurement(name, value, unit), detail=found.record, fix=FIX)
