"""What the table of mounts wants to have mounted at every start, and whether it is.

Sources: fstab(5), mount(8), systemd.mount(5), proc_pid_mountinfo(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from itaudit import api
from itaudit.facts.mounts import normal, unescaped

_MOST_LINES = 500
_DEEPEST = 64
_ON_A_DRIVE = re.compile(r"(?:/dev/|(?:UUID|LABEL|PARTUUID|PARTLABEL)=).*", re.DOTALL)
_ELSEWHERE = re.compile(r"nfs4?|cifs|smb3|smbfs|ceph|glusterfs|lustre|9p|virtiofs|vboxsf|afs|zfs|davfs|fuse(?:\..+)?|fuseblk")
"""File systems whose first field is no device: a share, a pool, a program."""
_UNUSED = frozenset(("swap", "ignore"))
_LINKS = {"UUID": "by-uuid", "PARTUUID": "by-partuuid", "LABEL": "by-label", "PARTLABEL": "by-partlabel"}


@dataclass(frozen=True, slots=True)
class PlannedMount:
    """One line of the table of mounts that is mounted at start. `optional`: the start may go on without it ("nofail").

    mounted: something is mounted there now. device_present: False when the kernel has no such device; None: cannot be told.
    """

    mount: str
    device: str
    file_system: str
    options: str
    mounted: bool
    device_present: bool | None = None

    @property
    def subject(self) -> str:
        return self.mount

    @property
    def optional(self) -> bool:
        return "nofail" in self.options.split(",")


@api.provider("linux", seconds=20)
def planned_mounts(ask: api.Ask) -> api.Facts[PlannedMount]:
    """Hold /etc/fstab against the kernel's table. Without an fstab nothing is planned there."""
    table = ask(api.ReadFile("/etc/fstab"))
    if isinstance(table.error, api.NotFound):
        return
    planned = list(_planned(table.text))
    if not planned:
        return
    points = _mounted(ask(api.ReadFile("/proc/self/mountinfo")).text)
    if "/" not in points:
        raise api.Unreadable("/proc/self/mountinfo does not name the root of all files")
    for each in planned:
        if each.mount in points:
            yield replace(each, mounted=True)
            continue
        try:
            _through_no_link(ask, each.mount)
        except api.Missing as error:
            yield api.Gap(each.mount, error)
            continue
        yield replace(each, device_present=_present(ask, each.device))


def _planned(text: str) -> Iterator[PlannedMount]:
    """Lines that every start mounts and that hold data; a later line for the same place stands for the earlier ones."""
    found: dict[str, PlannedMount] = {}
    for line in text.split("\n"):
        fields = line.split()
        if len(fields) < 3 or fields[0].startswith("#"):
            continue
        device, mount, kind = unescaped(fields[0]), normal(unescaped(fields[1])), fields[2]
        options = fields[3] if len(fields) > 3 else "defaults"
        if mount.startswith("/") and kind not in _UNUSED and "noauto" not in options.split(",") and _data(device, kind, options):
            found[mount] = PlannedMount(mount, device, kind, options, mounted=False)
    if len(found) > _MOST_LINES:
        raise api.Unreadable(f"/etc/fstab has more than {_MOST_LINES} entries")
    yield from found.values()


def _data(device: str, kind: str, options: str) -> bool:
    bound = not {"bind", "rbind"}.isdisjoint(options.split(","))
    return bound or _ON_A_DRIVE.fullmatch(device) is not None or _ELSEWHERE.fullmatch(kind) is not None


def _mounted(table: str) -> frozenset[str]:
    """All mount points; what the automounter keeps ready (autofs) counts, since it mounts on first use."""
    lines = (line.split(" ") for line in table.split("\n"))
    return frozenset(unescaped(fields[4]) for fields in lines if len(fields) > 6)


def _through_no_link(ask: api.Ask, mount: str) -> None:
    """The kernel's table names places without links, so a planned place behind a link cannot be found in it. Raises Missing."""
    path = PurePosixPath(mount)
    places = [str(place) for place in (path, *path.parents) if str(place) != "/"]
    if len(places) > _DEEPEST:
        raise api.Unreadable(f"{mount[:100]}... is deeper than any real place")
    for place, answer in zip(places, ask.many([api.FileStatus(place) for place in places]), strict=True):
        if isinstance(answer.error, api.NotFound):
            continue
        status = answer.json
        if not isinstance(status, dict) or status.get("kind") == "link":
            raise api.Unreadable(f"{place} is a link, so it cannot be told whether {mount} is mounted")


def _present(ask: api.Ask, device: str) -> bool | None:
    name, _, value = device.partition("=")
    value = value.strip('"')
    if name in _LINKS:
        # udev writes names with unusual characters in a way of its own; those are not looked for.
        if not re.fullmatch(r"[\w.+:-]{1,255}", value, re.ASCII):
            return None
        folder = f"/dev/disk/{_LINKS[name]}"
        found = ask(api.Glob(f"{folder}/*"))
        if found.error is not None or not isinstance(paths := found.json, list) or not paths:
            return None  # without udev the folder is empty, which proves nothing
        return f"{folder}/{value}".lower() in (str(path).lower() for path in paths)
    if not device.startswith("/dev/"):
        return None
    error = ask(api.FileStatus(device)).error
    return False if isinstance(error, api.NotFound) else True if error is None else None
