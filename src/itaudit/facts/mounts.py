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

_INPUT_OUTPUT_ERROR = ("Input/output error", "I/O error")
"""The words of glibc and of musl for EIO, which Python never translates."""

DEVICES = api.Glob("/sys/dev/block/*")
_OCTAL = re.compile(r"\\([0-7]{3})")
_DEVICE_NAME = re.compile(r"^DEVNAME=([\w!.-]+(?:/[\w!.-]+)?)$", re.MULTILINE)
_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted file system. `number`: major:minor of its device.

    read_only: it takes no changes. forced_read_only: although it was meant to; the system stopped writing after errors, or
    could not mount it for writing. shut_down: after an error the system refuses all work on it, reading too.
    gone: it is still in the table, but its drive was pulled out or dropped out.
    discards: it tells the drive at once which places are free.
    """

    mount: str
    device: str
    file_system: str
    number: str
    read_only: bool = False
    forced_read_only: bool = False
    discards: bool = False
    shut_down: bool = False
    gone: bool = False

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
    present = _present(ask(DEVICES))
    # Those last that are asked something: a disk that hangs then costs none of the others.
    for line in sorted(_once_each(lines), key=lambda line: line.file_system == "xfs"):
        options = line.options | line.super_options
        # Whoever mounts read-only sets both flags, or that of the place alone, for all or for one program that is shut in.
        # The kernel, stopping after errors, sets that of the file system alone.
        refuses_changes = bool(line.super_options & {"ro", "emergency_ro"})
        stopped = "rw" in line.options and (refuses_changes or _stopped_silently(ask, line))
        shut_down = "shutdown" in line.super_options or (line.file_system == "xfs" and _refuses(ask, line.mount))
        read_only = shut_down or stopped or bool(options & {"ro", "emergency_ro"})
        forced = shut_down or stopped or (refuses_changes and line.mount in wanted_writable)
        discards = any(option == "discard" or option.startswith("discard=") for option in options)
        # Major number 0 stands for no drive in particular: btrfs, ZFS, a share.
        gone = bool(present) and not line.number.startswith("0:") and line.number not in present
        yield Mount(line.mount, line.device, line.file_system, line.number, read_only, forced, discards, shut_down, gone)


def _present(answer: api.Answer) -> frozenset[str]:
    """The numbers of all devices, as "8:1"; empty where the kernel does not show them."""
    paths = answer.json if answer.error is None else None
    return frozenset(str(path).rpartition("/")[2] for path in paths) if isinstance(paths, list) else frozenset()


def _refuses(ask: api.Ask, mount: str) -> bool:
    """Has xfs shut down? Its options and its free space look as ever then, but it does not even describe its own top folder."""
    error = ask(api.FileStatus(mount)).error
    return error is not None and error.detail.endswith(_INPUT_OUTPUT_ERROR)


def _stopped_silently(ask: api.Ask, line: _Line) -> bool:
    """Did ext4 stop writing after an error, while the table says that it writes?

    So do 6.12 to 6.14 and the stable series that took over the change "don't set SB_RDONLY after filesystem errors" (Debian 12);
    6.15 adds emergency_ro. A repair sets the time of the last error to 0.
    """
    if line.file_system not in ("ext2", "ext3", "ext4") or "errors=remount-ro" not in line.super_options:
        return False
    try:
        last = ask(api.ReadFile(f"{ext4_folder(ask, line.number)}/last_error_time")).text.strip()
        if not _SECONDS.fullmatch(last) or not int(last):
            return False
        started = ask(api.Psutil("boot_time")).json
    except api.Missing:
        return False  # as the table says; the count of its errors is judged elsewhere
    return isinstance(started, int | float) and int(last) > started


def ext4_folder(ask: api.Ask, number: str) -> str:
    """Where the kernel tells of the ext4 on a device: "252:7" -> "/sys/fs/ext4/dm-7". Raises Missing."""
    # The mount table says /dev/mapper/data or /dev/root where sysfs says dm-3: the device number leads from one to the other.
    name = _DEVICE_NAME.search(ask(api.ReadFile(f"/sys/dev/block/{number}/uevent")).text)
    if name is None:
        raise api.Unreadable(f"the kernel does not name device {number}")
    # A device in a folder of its own (/dev/cciss/c0d0p1) is one name there, since a folder's name can hold no slash.
    return f"/sys/fs/ext4/{name[1].replace('/', '!')}"


def _parse(text: str) -> Iterator[_Line]:
    # Not splitlines: the kernel escapes none of the other characters at which that would part a name.
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
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
    for line in fstab.split("\n"):
        fields = line.split()
        if len(fields) >= 4 and not fields[0].startswith("#") and "ro" not in fields[3].split(","):
            yield normal(unescaped(fields[1]))


def normal(place: str) -> str:
    """ "//srv/data/" -> "/srv/data", as the kernel's table writes it."""
    return "/" + "/".join(part for part in place.split("/") if part not in ("", ".")) if place.startswith("/") else place


def unescaped(field: str) -> str:
    r"""Space, tab, newline, # and backslash are written as \040 and the like."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), field)
