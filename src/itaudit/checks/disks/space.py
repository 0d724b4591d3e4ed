"""Disks have room to grow.

A full disk stops databases, mail and updates, and often damages the file being written.
We warn while there is still time to clean up or to buy space.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from itaudit import api
from itaudit.checks.disks import _growth
from itaudit.facts.folders import Folders
from itaudit.facts.volumes import Volume

GIGABYTE = 10**9
LEAST_BYTES = 2**30
"""Below 1 GiB an ordinary update or a day's mail no longer fits."""
SMALL_BYTES = 8 * LEAST_BYTES
"""Smaller volumes are small on purpose: for them only percent count."""
MEGABYTE = 10**6
START_MOUNTS = frozenset(("/boot", "/boot/efi", "/efi", "/recovery"))
HOLDS_NO_SYSTEM_BYTES = 300 * MEGABYTE
"""A start volume below this size holds little programs of the makers, which hardly ever change, and no system."""

MUCH_RESERVED_BYTES = 10 * LEAST_BYTES
"""Root needs some blocks to repair a full system, but not more than this."""


class Settings(api.CheckSettings):
    free_percent: api.AtLeast = api.AtLeast(warn=25, fail=10)
    """Free space, in percent of the volume. Counts only while free_gigabytes alarms too."""
    free_gigabytes: api.AtLeast = api.AtLeast(warn=100, fail=50)
    """Free space in gigabytes that is enough whatever the percentage, so that 400 GB free of 4 TB do not alarm."""
    start_megabytes: api.AtLeast = api.AtLeast(warn=250, fail=120)
    """Of what the computer starts from (/boot): free megabytes that are enough whatever the percentage. One more update fits."""
    small_start_megabytes: api.AtLeast = api.AtLeast(warn=20, fail=5)
    """The same for one of less than 300 MB, which holds no system."""
    critical_percent: float = 5
    """Free space, in percent, below which a failure is critical."""
    days_left: api.AtLeast = api.AtLeast(warn=60, fail=14)
    """Days until the volume is full at its present growth."""
    plenty_gigabytes: float = 400
    """With so much free, and more than critical_percent, no forecast alarms either: there is time to see whether it goes on."""


FIX = api.Remedy(
    "Archive or delete what is no longer needed, or add storage space.",
    api.Effort.HOURS,
    steps=("du -xh --max-depth=2 MOUNT | sort -h | tail -20",),
    verify="df -h MOUNT",
    if_you_wait="Programs stop when they can no longer save, and the file being written may be damaged.",
)
START_FIX = api.Remedy(
    "Remove old versions of the system's core from what the computer starts from.",
    steps=("Debian, Ubuntu: apt-get autoremove --purge", "Fedora, Red Hat: dnf remove --oldinstallonly", "ls -lhS MOUNT"),
    verify="df -h MOUNT",
    if_you_wait="Updates of the system fail, and an update that ends half-way can keep the computer from starting.",
)
_OWN_STEPS = {
    "btrfs": ("btrfs filesystem usage MOUNT", "btrfs subvolume list -s MOUNT"),
    "zfs": ("zfs list -o space -s used -r DEVICE", "zfs list -t snapshot -o name,used -s used -r DEVICE"),
}
_HOLDS_JOURNAL = ("/", "/var", "/var/log")


@api.check(severity=api.Severity.HIGH, sources=("itaudit's own choice: 25, 10 and 5 % free, 60 and 14 days",))
def space(volume: Volume, walks: list[Folders], past: api.History, machine: api.Machine, limits: Settings) -> api.Verdict:
    points = [*past.series("used"), api.Point(machine.now, volume.used_bytes)]
    forecast = api.forecast_until(volume.size_bytes, points, machine.now)
    short = volume.size_bytes >= SMALL_BYTES and volume.available_bytes < LEAST_BYTES
    now = api.Status.FAIL if short else _room(volume, limits)
    soon = api.Status.OK if _plenty(volume, limits) else limits.days_left.judge(forecast.days)
    walked = next((walk for walk in walks if walk.mount == volume.mount), Folders(volume.mount))
    status = api.worst(now, soon)
    told = _growth.sentence(walked, volume.size_bytes, past, machine.now) if status is not api.Status.OK else ""
    grave = short or (now is api.Status.FAIL and volume.free_percent < limits.critical_percent)
    return api.verdict(
        status,
        f"{volume.mount} has {api.readable_bytes(volume.available_bytes)} ({int(volume.free_percent)}%) free"
        f"{forecast.phrase}.{told}",
        api.Measurement("used", volume.used_bytes, api.Unit.BYTES),
        *_growth.measurements(walked),
        detail=_detail(volume) + _growth.detail(walked),
        fix=_fix(volume),
        severity=api.Severity.CRITICAL if grave else None,
        due=forecast.date,
        flags=() if soon is api.Status.OK else (api.Flag.EARLY_WARNING,),
    )


def _plenty(volume: Volume, limits: Settings) -> bool:
    return volume.available_bytes >= limits.plenty_gigabytes * GIGABYTE and volume.free_percent > limits.critical_percent


def _detail(volume: Volume) -> str:
    told = f"{volume.device} ({volume.file_system}): {volume.available_bytes} of {volume.size_bytes} bytes available"
    if volume.also:
        told += f"; the same space as {', '.join(volume.also[:20])}"
    if not volume.reserved_bytes:
        return told
    share = 100 * volume.reserved_bytes / volume.size_bytes
    return f"{told}; {volume.reserved_bytes} more ({share:.1f}%) are reserved for root and counted as used"


def _fix(volume: Volume) -> api.Remedy:
    """With the commands for this very volume."""
    if volume.mount in START_MOUNTS:
        return _filled_in(START_FIX, volume)
    if volume.file_system == "zfs":
        return _filled_in(replace(FIX, steps=_OWN_STEPS["zfs"], verify="zpool list; zfs list DEVICE"), volume)
    steps = [*FIX.steps, *_OWN_STEPS.get(volume.file_system, ())]
    if volume.mount in _HOLDS_JOURNAL:
        steps.append("journalctl --disk-usage")
    # ext4 keeps 5 % for root, which on a big volume is far more than the system needs to stay usable.
    releasable = volume.file_system.startswith("ext") and volume.mount != "/"
    if releasable and volume.reserved_bytes > MUCH_RESERVED_BYTES:
        steps.append("tune2fs -m 1 DEVICE")
    return _filled_in(replace(FIX, steps=tuple(steps)), volume)


def _filled_in(fix: api.Remedy, volume: Volume) -> api.Remedy:
    names = {"MOUNT": volume.mount, "DEVICE": volume.device}

    def filled(step: str) -> str:
        # What cannot be shown cannot be pasted either.
        return re.sub("MOUNT|DEVICE", lambda m: shlex.quote(names[m[0]]) if names[m[0]].isprintable() else m[0], step)

    return replace(fix, steps=tuple(map(filled, fix.steps)), verify=filled(fix.verify))


def _room(volume: Volume, limits: Settings) -> api.Status:
    """The milder of both, since a share of a big volume can be plenty."""
    by_percent = limits.free_percent.judge(volume.free_percent)
    if volume.mount in START_MOUNTS:
        enough = limits.small_start_megabytes if volume.size_bytes < HOLDS_NO_SYSTEM_BYTES else limits.start_megabytes
        by_size = enough.judge(volume.available_bytes / MEGABYTE)
    else:
        by_size = limits.free_gigabytes.judge(volume.available_bytes / GIGABYTE)
    return by_percent if api.worst(by_percent, by_size) is by_size else by_size
