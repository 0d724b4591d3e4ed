"""Disks have room to grow.

A full disk stops databases, mail and updates, and often damages the file being written.
We warn while there is still time to clean up or to buy space.
"""

from __future__ import annotations

import shlex
from dataclasses import replace

from itaudit import api
from itaudit.facts.volumes import Volume

GIGABYTE = 10**9
LEAST_BYTES = 2**30
"""Below 1 GiB an ordinary update or a day's mail no longer fits."""
SMALL_BYTES = 8 * LEAST_BYTES
"""Smaller volumes (those a computer starts from, for example) are small on purpose: for them only percent count."""

MUCH_RESERVED_BYTES = 10 * LEAST_BYTES
"""Root needs some blocks to repair a full system, but not more than this."""


class Settings(api.CheckSettings):
    free_percent: api.AtLeast = api.AtLeast(warn=25, fail=10)
    """Free space, in percent of the volume. Counts only while free_gigabytes alarms too."""
    free_gigabytes: api.AtLeast = api.AtLeast(warn=100, fail=50)
    """Free space in gigabytes that is enough whatever the percentage, so that 400 GB free of 4 TB do not alarm."""
    critical_percent: float = 5
    """Free space, in percent, below which a failure is critical."""
    days_left: api.AtLeast = api.AtLeast(warn=60, fail=14)
    """Days until the volume is full at its present growth."""
    plenty_gigabytes: float = 400
    """With so much free, and more than critical_percent, no forecast alarms either: there is time to see whether it goes on."""


FIX = api.Remedy(
    "Archive or delete what is no longer needed, or add storage space.",
    api.Effort.HOURS,
    steps=("du -xh --max-depth=2 MOUNT | sort -h | tail -20", "journalctl --disk-usage", "df -h MOUNT"),
    verify="df -h MOUNT",
    if_you_wait="Programs stop when they can no longer save, and the file being written may be damaged.",
)


@api.check(severity=api.Severity.HIGH, sources=("itaudit's own choice: 25, 10 and 5 % free, 60 and 14 days",))
def space(volume: Volume, past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    points = [*past.series("used"), api.Point(machine.now, volume.used_bytes)]
    forecast = api.forecast_until(volume.size_bytes, points, machine.now)
    short = volume.size_bytes >= SMALL_BYTES and volume.available_bytes < LEAST_BYTES
    now = api.Status.FAIL if short else _room(volume, limits)
    soon = api.Status.OK if _plenty(volume, limits) else limits.days_left.judge(forecast.days)
    grave = short or (now is api.Status.FAIL and volume.free_percent < limits.critical_percent)
    return api.verdict(
        api.worst(now, soon),
        f"{volume.mount} has {api.readable_bytes(volume.available_bytes)} ({int(volume.free_percent)}%) free{forecast.phrase}.",
        api.Measurement("used", volume.used_bytes, api.Unit.BYTES),
        detail=_detail(volume),
        fix=_fix(volume),
        severity=api.Severity.CRITICAL if grave else None,
        due=forecast.date,
        flags=() if soon is api.Status.OK else (api.Flag.EARLY_WARNING,),
    )


def _plenty(volume: Volume, limits: Settings) -> bool:
    return volume.available_bytes >= limits.plenty_gigabytes * GIGABYTE and volume.free_percent > limits.critical_percent


def _detail(volume: Volume) -> str:
    told = f"{volume.device} ({volume.file_system}): {volume.available_bytes} of {volume.size_bytes} bytes available"
    if not volume.reserved_bytes:
        return told
    share = 100 * volume.reserved_bytes / volume.size_bytes
    return f"{told}; {volume.reserved_bytes} more ({share:.1f}%) are reserved for root and counted as used"


def _fix(volume: Volume) -> api.Remedy:
    """ext4 keeps 5 % for root, which on a big volume is far more than the system needs to stay usable."""
    releasable = volume.file_system.startswith("ext") and volume.mount != "/"
    if not releasable or volume.reserved_bytes <= MUCH_RESERVED_BYTES:
        return FIX
    return replace(FIX, steps=(*FIX.steps, f"tune2fs -m 1 {shlex.quote(volume.device)}"))


def _room(volume: Volume, limits: Settings) -> api.Status:
    """The milder of both, since a share of a big volume can be plenty."""
    by_percent = limits.free_percent.judge(volume.free_percent)
    by_size = limits.free_gigabytes.judge(volume.available_bytes / GIGABYTE)
    return by_percent if api.worst(by_percent, by_size) is by_size else by_size
