"""Errors that file systems have counted themselves. ext4, btrfs and ZFS keep such a count; xfs and others do not.

/sys/fs/xfs/DEVICE/error holds settings and no counts, and what xfs_spaceman(8) tells of its health is unknown until somebody
has run xfs_scrub(8). Of an xfs that is damaged the kernel's log tells (kernel_log.py), and once it gave up its mount (mounts.py).
Sources: the kernel's Documentation/admin-guide/ext4.rst (errors_count) and xfs.rst, btrfs-device(8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api
from itaudit.facts import btrfs
from itaudit.facts.mounts import Mount, ext4_folder


@dataclass(frozen=True, slots=True)
class FileSystem:
    """A file system that counts its errors, since its making or since the count was last reset. `record`: for the technician."""

    mount: str
    device: str
    kind: str
    errors: int
    record: str = ""

    @property
    def subject(self) -> str:
        return self.mount


@api.provider("linux", seconds=15)
def ext4_file_systems(ask: api.Ask, mounts: list[Mount]) -> api.Facts[FileSystem]:
    """Read /sys/fs/ext4/DEVICE/errors_count, which survives a restart and is reset by e2fsck(8)."""
    for mount in mounts:
        if mount.file_system in ("ext2", "ext3", "ext4") and not mount.gone:
            try:
                yield _ext4(ask, mount)
            except api.Missing as error:
                yield api.Gap(mount.mount, error)


def _ext4(ask: api.Ask, mount: Mount) -> FileSystem:
    folder = ext4_folder(ask, mount.number)
    wanted = ("errors_count", "first_error_time", "last_error_time", "last_error_func")
    count, *others = ask.many([api.ReadFile(f"{folder}/{file}") for file in wanted])
    digits = count.text.strip()
    if not re.fullmatch(r"[0-9]{1,20}", digits):
        raise api.Unreadable(f"{folder}/errors_count is no number")
    words = [f"{file}={other.body.strip()[:40]}" for file, other in zip(wanted[1:], others, strict=True) if other.error is None]
    record = f"errors_count={digits} {' '.join(words)}"
    return FileSystem(mount.mount, mount.device, mount.file_system, int(digits), record)


@api.provider("linux", seconds=30)
def btrfs_file_systems(ask: api.Ask, machine: api.Machine, mounts: list[Mount]) -> api.Facts[FileSystem]:
    """Add up the counters of all members."""
    for pool in btrfs.pools(ask, machine, mounts):
        if isinstance(pool, api.Gap):
            yield pool
            continue
        mount, members = pool
        counted = [(member.device, name, count) for member in members for name, count in member.errors]
        record = ", ".join(f"{device} {name}={count}" for device, name, count in counted)
        yield FileSystem(mount.mount, mount.device, "btrfs", sum(count for *_, count in counted), record)
