"""How full each volume is that something can be stored on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from itaudit import api
from itaudit.facts.mounts import Mount

_NUMBERS = ("size_bytes", "free_bytes", "available_bytes", "files", "files_free")


@dataclass(frozen=True, slots=True)
class Volume:
    """One file system that takes data. `available_bytes`: what everybody but root may still use.

    files, files_free: places for files and folders (inodes); 0 where the file system makes them as needed.
    reserved_bytes: free, but kept back for root (ext4 keeps 5 %, see tune2fs(8) -m) or by the file system itself.
    """

    mount: str
    device: str
    file_system: str
    size_bytes: int
    available_bytes: int
    files: int = 0
    files_free: int = 0
    reserved_bytes: int = 0

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


@api.provider("linux", seconds=20)
def linux_volumes(ask: api.Ask, mounts: list[Mount]) -> api.Facts[Volume]:
    """Ask every mount that is not read-only by intention; a dead network mount costs only itself."""
    asked = [mount for mount in mounts if not mount.read_only or mount.forced_read_only]
    answers = ask.many([api.FileSystemUsage(mount.mount) for mount in asked])
    root = None
    for mount, answer in sorted(zip(asked, answers, strict=True), key=lambda pair: pair[0].mount):
        try:
            volume = _volume(mount, answer.json)
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


def _volume(mount: Mount, usage: Any) -> Volume | None:
    """None for what has no size at all. Raises Unreadable."""
    try:
        size, free, available, files, files_free = (usage[key] for key in _NUMBERS)
        sound = 0 <= available <= size and 0 <= free <= size and 0 <= files_free <= files
    except (KeyError, TypeError) as error:
        raise api.Unreadable(f"the usage of {mount.mount} lacks a number") from error
    if not sound:
        raise api.Unreadable(f"the usage of {mount.mount} contradicts itself: {usage}"[:300])
    if not size:
        return None
    # Some file systems answer with more for one user than there is for all: then nothing is kept back.
    reserved = max(0, free - available)
    return Volume(mount.mount, mount.device, mount.file_system, size, available, files, files_free, reserved)
