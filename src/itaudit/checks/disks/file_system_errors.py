"""Disks hold their files without errors.

The computer has found contradictions in how files are kept on a disk.
Files may be damaged already, and the damage tends to spread.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.file_systems import FileSystem

FIX = api.Remedy(
    "Make a fresh backup, then have the disk's files checked and repaired.",
    api.Effort.HOURS,
    steps=(
        "smartctl -a DEVICE",
        "ext4, unmounted or from a rescue system: e2fsck -f DEVICE",
        "btrfs, mounted: btrfs scrub start -B MOUNT; btrfs device stats --reset MOUNT",
        "ZFS: zpool status -v NAME (names damaged files); zpool clear NAME; zpool scrub NAME",
    ),
    verify="cat /sys/fs/ext4/*/errors_count; btrfs device stats MOUNT; zpool status NAME",
    if_you_wait="More files can be damaged, and the damage goes into the backups.",
)


@api.check(
    severity=api.Severity.HIGH,
    sources=("Linux kernel manual, ext4.rst: errors_count", "btrfs-device(8), device stats", "zpool-status(8)"),
)
def file_system_errors(file_system: FileSystem) -> api.Verdict:
    errors = file_system.errors
    found = "no errors" if errors == 0 else "1 error" if errors == 1 else f"{errors} errors"
    return api.verdict(
        api.Status.FAIL if errors else api.Status.OK,
        f"The computer has counted {found} in the way files are kept on {file_system.mount}.",
        api.Measurement("errors", errors, api.Unit.COUNT),
        detail=f"{file_system.device} ({file_system.kind}): {file_system.record}",
        fix=FIX,
    )
