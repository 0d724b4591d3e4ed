"""Are solid-state drives told which places are free? Sources: fstrim(8), lsblk(8), mount(8), systemctl(1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from itaudit import api
from itaudit.facts.lsblk import bound_depth, inner_devices, mount_points, number_of, top_devices
from itaudit.facts.mounts import Mount

BLOCKS = api.Command(("lsblk", "--json", "--bytes", "--output", "NAME,PATH,DISC-MAX,ROTA,MOUNTPOINTS"))
TIMER = api.Command(("systemctl", "is-enabled", "fstrim.timer"))
CRON = api.Glob("/etc/cron.*/*fstrim*")
_TRIMMED = frozenset(("ext4", "xfs", "btrfs", "f2fs"))
_ON, _OFF = (
    frozenset(("enabled", "enabled-runtime", "static")),
    frozenset(("disabled", "masked", "masked-runtime", "not-found", "")),
)


@dataclass(frozen=True, slots=True)
class Trim:
    """A file system on a drive without moving parts that takes such hints. continuous: told at once; scheduled: every week."""

    mount: str
    device: str
    continuous: bool
    scheduled: bool

    @property
    def subject(self) -> str:
        return self.mount


@api.provider("linux", seconds=25)
def trims(ask: api.Ask, mounts: list[Mount]) -> api.Facts[Trim]:
    """Only where the whole way down to the drive takes the hints: encryption keeps them back unless told otherwise."""
    asked = [mount for mount in mounts if mount.file_system in _TRIMMED and not mount.read_only]
    if not asked:
        return
    places = dict(_places(top_devices(ask, BLOCKS), 0))
    wanted = [mount for mount in asked if places.get(mount.mount)]
    if wanted:
        scheduled = _scheduled(ask)
        yield from (Trim(mount.mount, mount.device, mount.discards, scheduled) for mount in wanted)


def _places(devices: list[Any], depth: int) -> Iterator[tuple[str, bool]]:
    """Each mount point, and whether its device is a solid-state drive that takes the hints. Raises Unreadable."""
    bound_depth(depth)
    for device in devices:
        if not isinstance(device, dict):
            raise api.Unreadable("lsblk shows a device without its numbers")
        takes = bool(number_of(device, "disc-max")) and number_of(device, "rota") == 0
        yield from ((point, takes) for point in mount_points(device) if isinstance(point, str))
        yield from _places(inner_devices(device), depth + 1)


def _scheduled(ask: api.Ask) -> bool:
    """By the timer that comes with the tool, or by a script among the system's regular jobs."""
    timer = ask(TIMER)
    state = "" if isinstance(timer.error, api.ToolMissing) else timer.text.strip()
    if state in _ON:
        return True
    if state not in _OFF:
        raise api.Unreadable(f"systemctl is-enabled fstrim.timer: {state[:60]!r}")
    return bool(ask(CRON).json)
