"""Drives can read back everything that was stored.

A drive that cannot read some places, or must replace more and more of them, has begun to fail.
That often shows months before the drive says so itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from pydantic import PositiveInt

from itaudit import api
from itaudit.checks.disks._replace import replace_drive
from itaudit.facts.drive import Drive


class Settings(api.CheckSettings):
    unreadable: api.AtMost = api.AtMost(warn=0, fail=0)
    """Places that cannot be read (ATA 197, 198)."""
    replaced: api.AtMost = api.AtMost(warn=0, fail=50)
    """Worn places that the drive has replaced (ATA 5, SCSI grown defects). Growing always fails on drives with spinning
    platters; those without warn when they grow or are beyond the limit, and fail when both is so."""
    uncorrected: api.AtMost = api.AtMost(warn=0, fail=10)
    """Errors that could not be corrected, ever (ATA 187, NVMe media errors, SCSI). Growing always fails."""
    growing_days: PositiveInt = 30
    """A count that grew fails for this many days."""


WORDS = {
    "unreadable": ("place it cannot read", "places it cannot read"),
    "replaced": ("worn place it has replaced", "worn places it has replaced"),
    "uncorrected": ("error it could not correct", "errors it could not correct"),
}


@api.check(severity=api.Severity.HIGH, sources=("Backblaze, What SMART stats tell us about hard drives: 5, 187, 197, 198",))
def sectors(drive: Drive, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    counts = _counts(drive)
    if not counts:
        return api.verdict(api.Status.SKIPPED, f"{drive.title} does not count damaged places.")
    since = machine.now - timedelta(days=limits.growing_days)
    # Without a serial number there may be another drive at the same place since.
    before = {name: past.series(name) for name in counts if name != "unreadable" and drive.serial}
    growing = [name for name, points in before.items() if _grew(points, counts[name], since)]
    status = api.worst(*(_judged(drive, name, count, name in growing, limits) for name, count in counts.items()))
    shown = [
        f"{count} {WORDS[name][count != 1]}{' (more than before)' if name in growing else ''}"
        for name, count in counts.items()
        if count
    ]
    return api.verdict(
        status,
        f"{drive.title} reports {', '.join(shown) or 'no damaged places'}.",
        *(api.Measurement(name, count, api.Unit.COUNT) for name, count in counts.items()),
        detail=f"{drive.record}: " + ", ".join(f"{name} {count}" for name, count in counts.items()),
        fix=replace_drive(drive) if status is api.Status.FAIL else _watch(drive),
        severity=api.Severity.LOW if status is api.Status.WARN else None,
        flags=(api.Flag.EARLY_WARNING,) if status is api.Status.FAIL else (),
    )


def _judged(drive: Drive, name: str, count: int, grew: bool, limits: Settings) -> api.Status:
    limit: api.AtMost = getattr(limits, name)
    if name == "replaced" and drive.spinning is False:
        # Solid-state drives wear by retiring places, of which they keep many in reserve, and some count those of the factory too.
        many = count > limit.fail
        return api.Status.FAIL if grew and many else api.Status.WARN if grew or many else api.Status.OK
    return api.Status.FAIL if grew else limit.judge(count)


def _watch(drive: Drive) -> api.Remedy:
    return api.Remedy(
        f"Keep a backup of the drive {drive.name} up to date; replace it when the number of damaged places grows.",
        steps=(f"smartctl -t long {drive.way}", f"smartctl -a {drive.way}"),
        verify=f"smartctl -A {drive.way}",
        if_you_wait="A few damaged places are common; when they become more, the drive is on its way out.",
    )


def _counts(drive: Drive) -> dict[str, int]:
    numbers = {"unreadable": drive.unreadable, "replaced": drive.replaced, "uncorrected": drive.uncorrected}
    return {name: number for name, number in numbers.items() if number is not None}


def _grew(points: Sequence[api.Point], count: int, since: datetime) -> bool:
    """From one scan to the next, seen at a scan after `since`: growth stays told for a while.

    At first sight a count is the baseline: it may be old. A count that fell (another firmware) begins anew.
    """
    before, lately = [p.value for p in points if p.when < since], [p.value for p in points if p.when >= since]
    return any(later > sooner for sooner, later in pairwise([*before[-1:], *lately, count]))
