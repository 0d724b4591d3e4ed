"""How full each volume is that something can be stored on. Sources: statvfs(3), zfs-list(8), zfsprops(7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from itaudit import api
from itaudit.facts.mounts import Mount

POOLS = api.Command(("zfs", "list", "-Hp", "-d", "0", "-o", "name,used,available"))
_NUMBERS = ("size_bytes", "free_bytes", "available_bytes", "files", "files_free")
_LARGEST = 2**80
_ALMOST_ALL = 0.9
_BETWEEN = 0.001
_BYTES_PER_FILE = 2560
"""More than a file itself takes on xfs, however it was made: 256 to 2,048 bytes (mkfs.xfs(8) -i size)."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One file system that takes data. `available_bytes`: what everybody but root may still use.

    files, files_free: places for files and folders (inodes); 0 where the file system makes them as needed.
    reserved_bytes: free, but kept back for root (ext4 keeps 5 %, see tune2fs(8) -m) or by the file system itself.
    network: another machine, or the host of a virtual machine, holds it. also: mount points of further shares of the same space.
    """

    mount: str
    device: str
    file_system: str
    size_bytes: int
    available_bytes: int
    files: int = 0
    files_free: int = 0
    reserved_bytes: int = 0
    network: bool = False
    also: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return self.mount

    @property
    def used_bytes(self) -> int:
        """Used or reserved for root: for everybody else that is the same."""
        return self.size_bytes - self.available_bytes

    @property
    def free_percent(self) -> float:
        return 100 * self.available_bytes / self.size_bytes

    @property
    def files_free_percent(self) -> float | None:
        return 100 * self.files_free / self.files if self.files else None


@api.provider("linux", seconds=40)
def linux_volumes(ask: api.Ask, mounts: list[Mount]) -> api.Facts[Volume]:
    """Ask every mount that is not read-only by intention; a dead network mount costs only itself."""
    asked = [mount for mount in mounts if not mount.read_only or mount.forced_read_only]
    found = list(_asked(ask, asked))
    datasets = [one for one in found if isinstance(one, Volume) and one.file_system == "zfs"]
    totals = _totals(ask(POOLS)) if datasets else {}  # asked before anything is told, so that it is evidence for all
    yield from (one for one in found if isinstance(one, api.Gap) or not (one.network or one.file_system == "zfs"))
    yield from _pools(totals, datasets)
    yield from _shares(one for one in found if isinstance(one, Volume) and one.network)


def _asked(ask: api.Ask, mounts: list[Mount]) -> Iterator[Volume | api.Gap]:
    answers = ask.many([api.FileSystemUsage(mount.mount) for mount in mounts])
    root = None
    for mount, answer in sorted(zip(mounts, answers, strict=True), key=lambda pair: pair[0].mount):
        try:
            volume = _volume(mount, answer.json)
        except api.AccessDenied as error:
            # FUSE keeps even root out of what one user has connected.
            private = mount.file_system.startswith("fuse.")
            yield api.Gap(mount.mount, api.NotApplicable("only who connected it may look into it") if private else error)
            continue
        except api.Missing as error:
            yield api.Gap(mount.mount, error)
            continue
        # A container's root reports the disk it lies on, so a folder bound from that disk would count it again.
        shape = (volume.size_bytes, volume.files) if volume else None
        if volume is None or (root is not None and shape == root):
            continue
        if mount.file_system == "overlay":
            root = shape
        yield volume


def _shares(volumes: Iterable[Volume]) -> Iterator[Volume]:
    """Shares of one volume of a server show the same space, which counts once: under the name of the first."""
    alike: dict[tuple[str, str, int], list[Volume]] = {}
    for volume in volumes:
        alike.setdefault((_server(volume), volume.file_system, volume.size_bytes), []).append(volume)
    for group in alike.values():
        group.sort(key=lambda one: one.available_bytes)
        while group:
            # Somebody may have written between the two questions.
            most = group[0].available_bytes + _BETWEEN * group[0].size_bytes
            same = sorted((one for one in group if one.available_bytes <= most), key=lambda one: one.mount)
            del group[: len(same)]
            yield replace(same[0], also=tuple(one.mount for one in same[1:]))


def _server(volume: Volume) -> str:
    """ "nas:/x" and "nas:/y" -> "nas", "//nas/x" -> "nas"; the host of a virtual machine has none."""
    if volume.file_system.startswith("fuse"):
        return volume.device
    if volume.device.startswith("//"):
        return volume.device[2:].partition("/")[0].lower()
    server, colon, _ = volume.device.partition(":/")
    return server.lower() if colon else ""


def _pools(totals: Mapping[str, tuple[int, int]], datasets: list[Volume]) -> Iterator[Volume]:
    """Datasets share the space of their pool: the pool counts once, and besides it those that may not use all that is free.

    To a dataset its pool looks as large as its own data and what is free, so that a small one looks empty in a full pool.
    """
    pools: dict[str, list[Volume]] = {}
    for dataset in datasets:
        pools.setdefault(dataset.device.partition("/")[0], []).append(dataset)
    for name, inside in pools.items():
        if name not in totals:  # in a container, or without the program: each for itself, as its own numbers tell
            yield from inside
            continue
        used, available = totals[name]
        enough = _ALMOST_ALL * available
        free = (one.mount for one in inside if one.available_bytes >= enough)
        yield Volume(min(free, key=lambda point: (len(point), point), default=name), name, "zfs", used + available, available)
        yield from (one for one in inside if one.available_bytes < enough)


def _totals(answer: api.Answer) -> Mapping[str, tuple[int, int]]:
    """Used and available bytes of each pool, snapshots and virtual drives included; those that could not be read are left out."""
    rows: Iterable[list[str]] = (
        () if answer.error or answer.exit_code else (line.split("\t") for line in answer.body.splitlines())
    )
    sound = (row for row in rows if len(row) == 3 and all(number.isascii() and number.isdigit() for number in row[1:]))
    totals = {row[0]: (int(row[1][:30]), int(row[2][:30])) for row in sound}
    return {name: pair for name, pair in totals.items() if 0 < sum(pair) < _LARGEST}


def _volume(mount: Mount, usage: Any) -> Volume | None:
    """None for what has no size at all. Raises Unreadable."""
    try:
        size, free, available, files, files_free = (usage[key] for key in _NUMBERS)
        whole = all(type(usage[key]) is int for key in _NUMBERS)
        sound = whole and 0 <= available <= size < _LARGEST and 0 <= free <= size and 0 <= files_free <= files < _LARGEST
    except (KeyError, TypeError) as error:
        raise api.Unreadable(f"the usage of {mount.mount} lacks a number") from error
    if not sound:
        raise api.Unreadable(f"the usage of {mount.mount} contradicts itself: {usage}"[:300])
    if not size:
        return None
    # These two make places for files out of free space as needed: they end no sooner than space, which is counted already.
    if mount.file_system == "zfs" or (mount.file_system == "xfs" and files_free * _BYTES_PER_FILE >= available):
        files = files_free = 0
    # Some file systems answer with more for one user than there is for all: then nothing is kept back.
    reserved = max(0, free - available)
    return Volume(mount.mount, mount.device, mount.file_system, size, available, files, files_free, reserved, mount.network)
