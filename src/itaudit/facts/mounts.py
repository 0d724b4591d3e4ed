"""Where file systems are mounted: each local or network file system once, without the system's own pseudo file systems.

Source: proc_pid_mountinfo(5), fstab(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from itaudit import api

_NETWORK = re.compile(r"nfs4?|cifs|smb3|smbfs|ceph|glusterfs|lustre|9p|virtiofs|vboxsf|afs|fuse\.(?:sshfs|glusterfs|ceph|rclone)")
"""File systems that another machine, or the host of a virtual machine, holds."""

_NEVER_WRITABLE = frozenset(("squashfs", "iso9660", "udf", "erofs", "cramfs", "romfs"))
"""Media that are always full and always read-only: discs, snaps, images."""

_BOUND_BY_CONTAINERS = frozenset(("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/termination-log"))
"""Single files that container engines bind from the host's disk."""

_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted file system. `number`: major:minor of its device.

    read_only: it takes no changes. forced_read_only: although it was meant to; the system stopped writing after errors, or
    could not mount it for writing. discards: it tells the drive at once which places are free.
    """

    mount: str
    device: str
    file_system: str
    number: str
    read_only: bool = False
    forced_read_only: bool = False
    discards: bool = False

    @property
    def subject(self) -> str:
        return self.mount

    @property
    def network(self) -> bool:
        return _NETWORK.fullmatch(self.file_system) is not None


@dataclass(frozen=True, slots=True)
class _Line:
    number: str
    root: str
    mount: str
    options: frozenset[str]
    file_system: str
    device: str
    super_options: frozenset[str]

    @property
    def wanted(self) -> bool:
        if self.file_system in _NEVER_WRITABLE or self.mount in _BOUND_BY_CONTAINERS:
            return False
        if self.file_system == "overlay":
            # The root of a container or a live system; all other overlays are containers seen from outside.
            return self.mount == "/"
        on_a_drive = self.device.startswith("/dev/") and self.device != "/dev/fuse"
        return on_a_drive or bool(_NETWORK.fullmatch(self.file_system)) or self.file_system == "zfs"


@api.provider("linux", seconds=10)
def linux_mounts(ask: api.Ask) -> api.Facts[Mount]:
    """Read the kernel's own table. Bind mounts and btrfs subvolumes share a device number and count once."""
    lines = list(_parse(ask(api.ReadFile("/proc/self/mountinfo")).text))
    if not lines:
        raise api.Unreadable("/proc/self/mountinfo names no mount")
    table = ask(api.ReadFile("/etc/fstab"))
    wanted_writable = frozenset(_written_to(table.body)) if table.error is None else frozenset()
    for line in _once_each(lines):
        options = line.options | line.super_options
        # Whoever mounts read-only sets both flags. The kernel, stopping after errors, sets that of the file system alone.
        stopped = "rw" in line.options and bool(line.super_options & {"ro", "emergency_ro"})
        read_only = bool(options & {"ro", "emergency_ro"})
        forced = stopped or (read_only and line.mount in wanted_writable)
        discards = any(option == "discard" or option.startswith("discard=") for option in options)
        yield Mount(line.mount, line.device, line.file_system, line.number, read_only, forced, discards)


def _parse(text: str) -> Iterator[_Line]:
    for number, line in enumerate(text.splitlines(), 1):
        left, dash, right = line.partition(" - ")
        first, last = left.split(" "), right.split(" ")
        if not dash or len(first) < 6 or len(last) < 3 or not first[4].startswith("/"):
            raise api.Unreadable(f"/proc/self/mountinfo, line {number}: not as proc_pid_mountinfo(5) says")
        yield _Line(
            number=first[2],
            root=unescaped(first[3]),
            mount=unescaped(first[4]),
            options=frozenset(first[5].split(",")),
            file_system=last[0],
            device=unescaped(last[1]),
            super_options=frozenset(last[2].split(",")),
        )


def _once_each(lines: Iterable[_Line]) -> list[_Line]:
    visible = {line.mount: line for line in lines}  # of two mounts on one point, the later covers the earlier
    best: dict[str, _Line] = {}
    for line in sorted(filter(lambda line: line.wanted, visible.values()), key=_preference):
        best.setdefault(line.number, line)
    return sorted(best.values(), key=lambda line: line.mount)


def _preference(line: _Line) -> tuple[bool, int, str]:
    whole = line.root == "/" or line.file_system == "btrfs"  # a bind mount shows a part; a btrfs subvolume is no part
    return (not whole, len(line.mount), line.mount)


def _written_to(fstab: str) -> Iterator[str]:
    """Mount points that fstab(5) wants for reading and writing."""
    for line in fstab.splitlines():
        fields = line.split()
        if len(fields) >= 4 and not line.lstrip().startswith("#") and "ro" not in fields[3].split(","):
            yield unescaped(fields[1])


def unescaped(field: str) -> str:
    r"""Space, tab, newline, # and backslash are written as \040 and the like."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), field)
