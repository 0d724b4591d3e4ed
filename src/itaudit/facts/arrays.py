"""Sets of drives that hold data together: Linux software RAID (md) and btrfs file systems on several drives.

Sources: md(4), the kernel's Documentation/admin-guide/md.rst, btrfs-device(8). Sets of ZFS and of RAID controllers are facts of
the same kind (zfs.py, hardware_raid.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from itaudit import api
from itaudit.facts import btrfs
from itaudit.facts.mounts import Mount

_HEAD = re.compile(r"(\S+) : (active|broken|inactive)(?: \([\w-]+\))*((?: \S+)*)\s*")
_MEMBER = re.compile(r"(\S+)\[[0-9]+\]((?:\([A-Z]\))*)")
_COUNT = re.compile(r"\[([0-9]{1,4})/([0-9]{1,4})\] \[[U_]+\]")
_LONGEST_HEAD = 10_000
"""Characters; of more, a hostile line would keep the expression busy for ever."""
_CONTAINER = re.compile(r"super external:\w")
"""Of the sets inside it the kernel says "super external:/NAME/NUMBER", or "-NAME/NUMBER" while they are blocked."""
_NOT_FILLED = re.compile(r"\([FSJR]\)")
"""Failed; a spare; the set's diary; what is to replace a member that still works."""
_PROGRESS = re.compile(r"(?:recovery|reshape|resync|check|repair) ?=\s*(?:[0-9.]+%|[A-Z]+)")


_UNSECURED = frozenset(("raid0", "linear"))


@dataclass(frozen=True, slots=True)
class Array:
    """A set of drives. wanted, working: how many members it should have and has; None for levels without redundancy.

    failed: members marked faulty, or missing. progress: what it is doing, as the system says it ("recovery = 12.6%").
    degraded: it says that it is not whole, where it does not tell how many members it has.
    secure: False when it is known to be lost with its first failing drive. present: the members that work, where it names them.
    filling: while it is rebuilt, the members that get their data just now; None where the system does not tell how many.
    """

    name: str
    kind: str
    active: bool = True
    wanted: int | None = None
    working: int | None = None
    failed: tuple[str, ...] = ()
    progress: str = ""
    degraded: bool = False
    secure: bool = True
    present: tuple[str, ...] = ()
    filling: int | None = None

    @property
    def subject(self) -> str:
        return self.name

    @property
    def absent(self) -> int:
        """Members that it should have and has not."""
        return 0 if self.wanted is None or self.working is None else max(0, self.wanted - self.working)

    @property
    def rebuilding(self) -> bool:
        return self.progress.startswith("recovery")

    @property
    def unfilled(self) -> int:
        """Members that are away, and that nothing takes the place of. Where it is not told what is being filled, all of it is:
        when the rebuilding has ended, what is still missing shows."""
        if not self.rebuilding:
            return self.absent
        return 0 if self.filling is None else max(0, self.absent - self.filling)


@api.provider("linux", seconds=10)
def md_arrays(ask: api.Ask) -> api.Facts[Array]:
    """Read /proc/mdstat. Without that file the kernel has no software RAID, hence no array."""
    answer = ask(api.ReadFile("/proc/mdstat"))
    if isinstance(answer.error, api.NotFound):
        return
    if not answer.text.startswith("Personalities :"):
        raise api.Unreadable("/proc/mdstat does not begin with its list of personalities")
    yield from _arrays(answer.text)


def _arrays(text: str) -> Iterator[Array | api.Gap]:
    for block in re.split(r"\n(?=\S)", text)[1:]:
        head, _, body = block.partition("\n")
        match = _HEAD.fullmatch(head) if len(head) <= _LONGEST_HEAD else None
        if match is None:
            name, colon, _ = head.partition(" : ")
            if colon:  # else it is "unused devices:"
                yield api.Gap(name[:255], api.Unreadable(f"/proc/mdstat: {head[:100]!r}"))
            continue
        # A container of metadata that the mainboard's own RAID keeps is always "inactive", and holds no data.
        if match[2] == "inactive" and _CONTAINER.search(body):
            continue
        words = match[3].split()
        members = [found for word in words if (found := _MEMBER.fullmatch(word))]
        level = next((word for word in words if not _MEMBER.fullmatch(word)), "")
        count, progress = _COUNT.search(body), _PROGRESS.search(body)
        doing = " ".join(progress[0].split()) if progress else ""
        filled = sum(1 for member in members if not _NOT_FILLED.search(member[2]))
        yield Array(
            name=match[1][:255],
            kind=f"md {level}".strip(),
            active=match[2] == "active",
            wanted=int(count[1]) if count else None,
            working=int(count[2]) if count else None,
            failed=tuple(member[1] for member in members if "(F)" in member[2]),
            progress=doing,
            secure=level not in _UNSECURED,
            present=tuple(member[1] for member in members if not re.search(r"[FS]", member[2])),
            filling=max(0, filled - int(count[2])) if count and doing.startswith("recovery") else None,
        )


@api.provider("linux", seconds=30)
def btrfs_arrays(ask: api.Ask, machine: api.Machine, mounts: list[Mount]) -> api.Facts[Array]:
    """btrfs file systems with more than one device."""
    for pool in btrfs.pools(ask, machine, mounts):
        if isinstance(pool, api.Gap):
            yield pool
            continue
        mount, members = pool
        missing = tuple(member.device for member in members if member.missing)
        there = tuple(member.device for member in members if not member.missing)
        if len(members) > 1:
            yield Array(mount.mount, "btrfs", True, len(members), len(there), missing, present=there)
