"""Memory does not spill over onto the drives until nothing is left.

When memory and the room set aside for it on the drives are both full, the next program that asks for more is killed.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.services._sustained import sustained
from itaudit.facts.pressure import Memory


class Settings(api.CheckSettings):
    used_percent: api.AtMost = api.AtMost(warn=80, fail=95)
    """Room for memory on the drives that is in use, in percent, at three scans that lie an hour apart or more."""
    available_percent: float = 15
    """While so much of the memory can still be had, in percent, it does not matter: what lies on the drives is not needed."""


FIX = api.Remedy(
    "Add memory, or find the program that takes it.",
    api.Effort.HOURS,
    cost=(50, 300),
    steps=("swapon --show", "free -m", "ps -eo pid,rss,comm --sort=-rss | head"),
    verify="free -m",
    if_you_wait="The machine gets very slow, and then programs are killed.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("proc_meminfo(5)", "itaudit's own choice of 80 and 95 percent"))
def swap(found: Memory, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    if not found.swap_bytes:
        return api.verdict(api.Status.SKIPPED, "No spare room for memory is set aside.")
    used = found.swap_used_percent
    short = found.available_percent < limits.available_percent
    status = sustained(limits.used_percent, used, past, "used", machine) if short else api.Status.OK
    # Not "on the drives": with zram (Fedora, Raspberry Pi OS) it lies in the memory itself, pressed together.
    words = f"{used:.0f}% of the spare room for memory is in use"
    rest = f"{found.available_percent:.0f}% of the memory can be had"
    return api.verdict(
        status,
        f"{words}, and {'only ' if status is not api.Status.OK else ''}{rest}.",
        api.Measurement("used", used, api.Unit.PERCENT),
        detail=f"SwapFree {found.swap_free_bytes} of {found.swap_bytes} bytes",
        fix=FIX,
    )
