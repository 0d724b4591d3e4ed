"""Real file systems on loop devices in a private folder, for tests that run as root.

All are unmounted and detached afterwards.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab._running import wait_until

SECONDS = 60


def run(*argv: str | Path) -> str:
    """Run a program, bounded; fail with what it printed."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def _umount(folder: Path) -> None:
    """Another test may be looking at all file systems of this machine just now, and then ours is busy for a moment."""
    said = ""

    def done() -> bool:
        nonlocal said
        ended = subprocess.run(("umount", folder), capture_output=True, text=True, timeout=SECONDS, check=False)
        said = ended.stderr
        return ended.returncode == 0 or "busy" not in said

    wait_until(done, f"{folder} is unmounted")
    assert not said, said


@dataclass(frozen=True)
class LoopDisk:
    """An image attached to a loop device ("/dev/loop3") and the folder it is mounted on."""

    image: Path
    device: str
    mount: Path


def _forget(devices: list[str]) -> None:
    """The kernel refuses this for a drive that is gone."""
    subprocess.run(("btrfs", "device", "scan", "--forget", *devices), capture_output=True, timeout=SECONDS, check=False)


class DiskLab:
    """Makes disks and remembers how to take them away again."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._mounted: list[Path] = []
        self.attached: list[str] = []
        """Every loop device of this lab, oldest first."""

    def image(self, name: str, megabytes: int) -> Path:
        path = self._folder / f"{name}.img"
        with path.open("wb") as file:
            file.truncate(megabytes * 2**20)
        return path

    def attach(self, image: Path) -> str:
        device = run("losetup", "--find", "--show", image)
        self._stack.callback(self.detach, device)
        self.attached.append(device)
        return device

    def detach(self, device: str) -> None:
        """Take a drive away, if it is still there; tests may, before they end."""
        if device in self.attached:
            self.attached.remove(device)
            run("losetup", "--detach", device)

    def mount(self, image: Path, device: str, *options: str, name: str = "mounted here") -> LoopDisk:
        folder = self._folder / f"{image.stem} {name}"  # the space is written as \040 in the mount table
        folder.mkdir(exist_ok=True)
        run("mount", *options, device, folder)
        self._mounted.append(folder)
        self._stack.callback(self._unmount, folder)
        return LoopDisk(image, device, folder)

    def unmount(self, disk: LoopDisk) -> None:
        """Take it out of use before the end of the test."""
        self._unmount(disk.mount)

    def _unmount(self, folder: Path) -> None:
        # Not is_mount: a file system that was shut down does not even answer that.
        if folder in self._mounted:
            self._mounted.remove(folder)
            _umount(folder)

    def ext4(self, *make: str, mount: tuple[str, ...] = (), change: str = "", megabytes: int = 32) -> LoopDisk:
        """A mounted ext4. make: arguments of mkfs; mount: of mount; change: a debugfs request applied in between."""
        image = self.image("ext4", megabytes)
        run("mkfs.ext4", "-q", "-F", *make, image)
        if change:
            run("debugfs", "-w", "-R", change, image)
        return self.mount(image, self.attach(image), *mount)

    def xfs(self) -> LoopDisk:
        """A mounted xfs, of the least size that its maker accepts; only what is written takes room."""
        image = self.image("xfs", 300)
        run("mkfs.xfs", "-q", image)
        return self.mount(image, self.attach(image))

    def shut_down(self, disk: LoopDisk) -> None:
        """Make the kernel stop all work on it at once, as it does after an error it cannot live with."""
        run("xfs_io", "-x", "-c", "shutdown", disk.mount)

    def btrfs_pair(self, *, damage_second: bool = False, lose_second: bool = False) -> LoopDisk:
        """A mounted btrfs RAID1 of two drives; the second can be overwritten behind its back, or be missing."""
        first, second = self.image("first", 128), self.image("second", 128)
        run("mkfs.btrfs", "-q", "-f", "-d", "raid1", "-m", "raid1", first, second)
        device = self.attach(first)
        own = [device] if lose_second else [device, self.attach(second)]
        # Ours alone: another test process may be about to mount a pair too, whose second drive must not be forgotten.
        self._stack.callback(_forget, own)
        run("btrfs", "device", "scan", *own)
        if damage_second:
            self._damage(first, device, second)
        return self.mount(first, device, *(("-o", "degraded") if lose_second else ()))

    def scrub(self, disk: LoopDisk) -> None:
        """Have btrfs read everything and compare; it ends with 3 when it found errors."""
        argv = ("btrfs", "scrub", "start", "-B", str(disk.mount))
        done = subprocess.run(argv, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode in (0, 3), done.stderr

    def _damage(self, first: Path, device: str, second: Path) -> None:
        folder = self._folder / "filling"
        folder.mkdir()
        run("mount", device, folder)
        try:
            (folder / "data").write_bytes(b"itaudit!" * 2**20)
            run("sync", "-f", folder)
        finally:
            _umount(folder)
        content = second.read_bytes()
        place = content.index(b"itaudit!" * 512)
        with second.open("r+b") as file:
            file.seek(place)
            file.write(b"\0" * 4096)


@pytest.fixture
def disk_lab(needs: Callable[..., str], needs_root: Callable[[], None], tmp_path: Path) -> Iterator[DiskLab]:
    """Makes ext4, xfs and btrfs file systems; needs root and loop devices."""
    needs_root()
    for program, package in (
        ("losetup", "mount"),
        ("mkfs.ext4", "e2fsprogs"),
        ("debugfs", "e2fsprogs"),
        ("btrfs", "btrfs-progs"),
        ("xfs_io", "xfsprogs"),
    ):
        needs(program, package)
    if not Path("/dev/loop-control").exists():
        pytest.skip("this machine has no loop devices")
    with ExitStack() as stack:
        yield DiskLab(tmp_path, stack)
