from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.mounts import Mount, linux_mounts
from itaudit.facts.volumes import Volume, linux_volumes
from lab.disks import run
from lab.providers import ran

if TYPE_CHECKING:
    from pathlib import Path

    from lab.disks import DiskLab

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]


# A docker container: its overlay lies on the disk from which three files and a folder are bound.
CONTAINER = """700 600 0:70 / / rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w
701 700 254:1 /docker/x/hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw
702 700 254:1 /docker/x/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw
703 700 254:1 /srv/data /data rw,relatime - ext4 /dev/vda1 rw
704 700 254:2 / /other rw,relatime - ext4 /dev/vdb rw
"""


def usage(size: int, available: int, files: int = 1000, files_free: int = 900, free: int | None = None) -> str:
    free = available if free is None else free
    return (
        f'{{"size_bytes": {size}, "free_bytes": {free}, "available_bytes": {available}, '
        f'"files": {files}, "files_free": {files_free}, "read_only": false}}'
    )


def volumes_of(recorded: Recorder, mounts: list[Mount], answers: Mapping[str, Answer | str]) -> list[Any]:
    ask = recorded({api.FileSystemUsage(path): answer for path, answer in answers.items()})
    return ran(linux_volumes.function(ask, mounts))


def test_the_disk_of_a_container_counts_once(recorded: Recorder) -> None:
    table: dict[Question, Answer | str] = {api.ReadFile("/proc/self/mountinfo"): CONTAINER, api.ReadFile("/etc/fstab"): ""}
    mounts = ran(linux_mounts.function(recorded(table)))
    assert [mount.mount for mount in mounts] == ["/", "/data", "/other"]
    found = volumes_of(recorded, mounts, {"/": usage(5000, 100), "/data": usage(5000, 100), "/other": usage(7000, 200)})
    assert [volume.subject for volume in found] == ["/", "/other"]


def test_two_equal_disks_outside_a_container_are_two(recorded: Recorder) -> None:
    mounts = [Mount("/", "/dev/sda1", "ext4", "8:1"), Mount("/data", "/dev/sdb1", "ext4", "8:17")]
    found = volumes_of(recorded, mounts, {"/": usage(5000, 100), "/data": usage(5000, 100)})
    assert [volume.subject for volume in found] == ["/", "/data"]


def test_a_dead_share_costs_only_itself(recorded: Recorder) -> None:
    mounts = [Mount("/", "/dev/sda1", "ext4", "8:1"), Mount("/share", "nas:/x", "nfs4", "0:50")]
    late = Answer.missing(api.TimedOut("/share did not answer"))
    good, gap = volumes_of(recorded, mounts, {"/": usage(5000, 100), "/share": late})
    assert isinstance(good, Volume)
    assert (good.used_bytes, good.free_percent) == (4900, 2.0)
    assert isinstance(gap, api.Gap)
    assert (gap.subject, type(gap.error)) == ("/share", api.TimedOut)


@pytest.mark.parametrize(("free", "reserved"), [(350, 250), (100, 0), (90, 0)])
def test_what_is_free_for_root_alone_is_reserved(recorded: Recorder, free: int, reserved: int) -> None:
    (volume,) = volumes_of(recorded, [Mount("/", "/dev/sda1", "ext4", "8:1")], {"/": usage(5000, 100, free=free)})
    assert (volume.reserved_bytes, volume.used_bytes) == (reserved, 4900)


def test_archives_mounted_read_only_take_no_part_but_one_that_stopped_does(recorded: Recorder) -> None:
    mounts = [
        Mount("/archive", "/dev/sda1", "ext4", "8:1", read_only=True),
        Mount("/data", "/dev/sdb1", "ext4", "8:17", read_only=True, forced_read_only=True),
    ]
    found = volumes_of(recorded, mounts, {"/archive": usage(5000, 0), "/data": usage(5000, 0)})
    assert [volume.subject for volume in found] == ["/data"]


@pytest.mark.parametrize(
    "answer",
    [
        '{"size_bytes": 1}',
        "[]",
        '"x"',
        usage(10, 20),
        usage(10, -1),
        usage(10, 5, 3, 4),
        usage(10, 5, free=11),
        '{"size_bytes": null}',
    ],
)
def test_numbers_that_contradict_themselves_are_unreadable(recorded: Recorder, answer: str) -> None:
    (gap,) = volumes_of(recorded, [Mount("/", "/dev/sda1", "ext4", "8:1")], {"/": answer})
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.Unreadable)


def mount_of(live: Ask, folder: Path) -> Mount:
    (found,) = [mount for mount in ran(linux_mounts.function(live)) if mount.mount == str(folder)]
    assert isinstance(found, Mount)
    return found


def test_a_real_file_system_out_of_places_for_files_is_seen(live: Ask, disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4("-N", "32")
    for number in range(32 - 11):  # ext4 keeps the first ten for itself, and lost+found takes one
        (disk.mount / str(number)).touch()
    with pytest.raises(OSError, match="No space left"):
        (disk.mount / "one more").touch()
    (volume,) = ran(linux_volumes.function(live, [mount_of(live, disk.mount)]))
    assert isinstance(volume, Volume)
    assert (volume.files, volume.files_free) == (32, 0)
    assert volume.available_bytes > 0


def test_space_reserved_for_root_counts_as_used(live: Ask, disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4("-m", "40", megabytes=64)
    (volume,) = ran(linux_volumes.function(live, [mount_of(live, disk.mount)]))
    assert isinstance(volume, Volume)
    assert volume.used_bytes > 0.4 * volume.size_bytes
    header = run("dumpe2fs", "-h", disk.device)
    said = dict(re.findall(r"^([^:\n]+): +([0-9]+)$", header, re.MULTILINE))
    blocks = int(said["Reserved block count"]) * int(said["Block size"])
    # A mounted ext4 keeps up to 2 % more back for its own work, which dumpe2fs does not count.
    assert blocks <= volume.reserved_bytes <= blocks + volume.size_bytes * 0.03


def test_a_real_archive_mounted_read_only_takes_no_part(live: Ask, disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4(mount=("-o", "ro"))
    assert ran(linux_volumes.function(live, [mount_of(live, disk.mount)])) == []
