"""Are the places where the system and people's files lie encrypted? Sources: lsblk(8), cryptsetup(8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from itaudit import api
from itaudit.facts.block_devices import block_devices
from itaudit.facts.lsblk import bound_depth, inner_devices, mount_points, path_of, top_devices

BLOCKS = api.Command(("lsblk", "--json", "--output", "NAME,PATH,TYPE,MOUNTPOINTS"))
_PLACES = ("/", "/home")


@dataclass(frozen=True, slots=True)
class Locked:
    """A place where files are kept, and whether a layer of encryption lies between it and the drive.

    layers: from the drive up to the place, as lsblk(8) names them ("/dev/sda", "/dev/mapper/luks-1").
    """

    mount: str
    encrypted: bool
    layers: tuple[str, ...]

    @property
    def subject(self) -> str:
        return self.mount


@api.provider("linux", seconds=25)
def locked_places(ask: api.Ask) -> api.Facts[Locked]:
    """The system and people's files; a place that is on no drive of its own (ZFS, a container, a share) is not told of."""
    found: dict[str, list[Locked]] = {}
    for place in _walk(top_devices(ask, BLOCKS), (), False):
        found.setdefault(place.mount, []).append(place)
    if not found:
        return
    excuses = {device.name: device.excuse for device in block_devices(ask)}
    for mount, ways in sorted(found.items()):
        # A place on several drives is locked only when every way to it is.
        way = min(ways, key=lambda each: each.encrypted)
        if not way.encrypted and "virtual" in excuses.get(PurePosixPath(way.layers[0]).name, ""):
            words = f"{mount} is on a virtual disk; locking it is up to the machine that holds it"
            yield api.Gap(mount, api.NotApplicable(words))
        else:
            yield way


def _walk(devices: list[Any], above: tuple[str, ...], encrypted: bool) -> Iterator[Locked]:
    bound_depth(len(above))
    for device in devices:
        path, kind = path_of(device), device.get("type") if isinstance(device, dict) else None
        if not path or not isinstance(kind, str):
            raise api.Unreadable("lsblk shows a device without a path or a type")
        layers, inside = (*above, path[:200]), encrypted or kind == "crypt"
        points = mount_points(device)
        yield from (Locked(place, inside, layers) for place in _PLACES if place in points)
        yield from _walk(inner_devices(device), layers, inside)
