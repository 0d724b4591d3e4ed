"""Earlier states of files that are kept on the same disk, and the room that they hold.

Old-style snapshots of LVM have room of their own and are lost once it is full. Those of ZFS and btrfs share the room of their
disk: a file that is deleted frees nothing while one of them still holds it. ZFS tells how much that is. btrfs tells it only with
quotas, which few switch on because they cost speed: there the snapshots are counted.
Sources: lvs(8), zfs-list(8), zfsprops(7), btrfs-subvolume(8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api
from itaudit.facts import zfs
from itaudit.facts.lvm import logical_volumes
from itaudit.facts.mounts import Mount

DATASETS = api.Command(
    ("zfs", "list", "-Hp", "-t", "filesystem,volume", "-o", "name,used,available,usedbysnapshots"), timeout=20.0
)
_ROW = re.compile(r"(?P<name>[^\t\n]{1,1000})\t(?P<used>[0-9]{1,20})\t(?P<available>[0-9]{1,20})\t(?P<held>[0-9]{1,20})")
_LISTED = re.compile(r"^ID [0-9]+ gen [0-9]+ cgen [0-9]+ top level [0-9]+ otime .{1,40}? path (?P<path>.*)$", re.MULTILINE)
_OF_CONTAINERS = ("btrfs/subvolumes/", "io.containerd.snapshotter")
"""Layers of container images are snapshots too, but no earlier states."""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """All that a disk keeps (zfs: a pool, btrfs: a mount point), or one with room of its own (lvm).

    count: how many; None where it is not told. full_percent: used of its own room; lost: there was no room left.
    held_bytes: what would be free without them; None where it is not told. size_bytes, free_bytes: of the disk.
    """

    subject: str
    product: str
    count: int | None = None
    full_percent: float | None = None
    lost: bool = False
    held_bytes: int | None = None
    size_bytes: int = 0
    free_bytes: int = 0

    @property
    def free_percent(self) -> float | None:
        return 100 * self.free_bytes / self.size_bytes if self.size_bytes else None

    @property
    def held_percent(self) -> float | None:
        return 100 * self.held_bytes / self.size_bytes if self.size_bytes and self.held_bytes is not None else None


@api.provider("linux", seconds=25)
def lvm_snapshots(ask: api.Ask, machine: api.Machine) -> api.Facts[Snapshots]:
    """Snapshots with room of their own. One that is being merged back ("S") shrinks, and thin ones live in their pool's room."""
    for volume in logical_volumes(ask, machine):
        if volume.lv_attr[0] == "s":
            lost = volume.lv_attr[4] in "IS"
            yield Snapshots(volume.name, "lvm", 1, full_percent=volume.data_percent, lost=lost)


@api.provider("linux", seconds=45)
def zfs_snapshots(ask: api.Ask) -> api.Facts[Snapshots]:
    """Each pool; they are not counted, since a list of them can be longer than a scan should wait for."""
    if not zfs.in_use(ask):
        return
    text = ask(DATASETS).checked_text
    rows = [_ROW.fullmatch(line) for line in text.removesuffix("\n").split("\n") if line]
    if not all(rows):
        raise api.Unreadable("zfs list: not as zfs-list(8) says")
    held: dict[str, int] = {}
    tops: dict[str, tuple[int, int]] = {}
    for row in filter(None, rows):
        pool, inside, _ = row["name"].partition("/")
        held[pool] = held.get(pool, 0) + int(row["held"])
        if not inside:
            tops[pool] = int(row["used"]), int(row["available"])
    for pool, bytes_held in held.items():
        used, free = tops.get(pool, (0, 0))
        if bytes_held > used:
            yield api.Gap(pool[:255], api.Unreadable(f"zfs list: the snapshots of {pool} hold more than all of it"[:300]))
        else:
            yield Snapshots(pool[:255], "zfs", held_bytes=bytes_held, size_bytes=used + free, free_bytes=free)


@api.provider("linux", seconds=30)
def btrfs_snapshots(ask: api.Ask, machine: api.Machine, mounts: list[Mount]) -> api.Facts[Snapshots]:
    """Each file system, also one without a snapshot: else nobody would see that there are none any more."""
    for mount in mounts:
        if mount.file_system == "btrfs":
            try:
                size, free = _room(ask, mount.mount)
                yield Snapshots(mount.mount, "btrfs", _count(ask, machine, mount.mount), size_bytes=size, free_bytes=free)
            except api.Missing as error:
                yield api.Gap(mount.mount, error)


def _count(ask: api.Ask, machine: api.Machine, mount: str) -> int:
    answer = ask(api.Command(("btrfs", "subvolume", "list", "-s", mount)))
    if answer.error is None and answer.exit_code and not machine.admin:
        raise api.AccessDenied(answer.errors.strip()[:200])
    text = answer.checked_text
    paths = [match["path"] for match in _LISTED.finditer(text)]
    if text and not paths:
        raise api.Unreadable(f"btrfs subvolume list -s {mount}: not as btrfs-subvolume(8) says"[:300])
    return sum(1 for path in paths if not any(part in path for part in _OF_CONTAINERS))


def _room(ask: api.Ask, mount: str) -> tuple[int, int]:
    """Size and free room for everybody, in bytes."""
    usage = ask(api.FileSystemUsage(mount)).json
    size, free = (usage.get("size_bytes"), usage.get("available_bytes")) if isinstance(usage, dict) else (None, None)
    if not isinstance(size, int) or not isinstance(free, int) or not 0 <= free <= size or not size:
        raise api.Unreadable(f"the usage of {mount} lacks a number or contradicts itself"[:300])
    return size, free
