from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.mounts import Mount, linux_mounts
from itaudit.facts.volumes import POOLS, Volume, linux_volumes
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


ZFS = [
    Mount("/", "rpool/ROOT/pve-1", "zfs", "0:30"),
    Mount("/rpool", "rpool", "zfs", "0:31"),
    Mount("/srv/mail", "rpool/mail", "zfs", "0:32"),
    Mount("/srv/guest", "rpool/guest", "zfs", "0:33"),
    Mount("/tank", "tank", "zfs", "0:34"),
]


def zfs_volumes(recorded: Recorder, listed: Answer | str) -> dict[str, tuple[str, int, int]]:
    numbers = {"/": (45, 40), "/rpool": (40, 40), "/srv/mail": (140, 40), "/srv/guest": (20, 5), "/tank": (900, 800)}
    answers: dict[Question, Answer | str] = {api.FileSystemUsage(mount): usage(*pair) for mount, pair in numbers.items()}
    found = ran(linux_volumes.function(recorded({**answers, POOLS: listed}), ZFS))
    return {one.mount: (one.device, one.size_bytes, one.available_bytes) for one in found}


def test_a_pool_counts_once_with_all_that_is_in_it_and_besides_it_what_has_a_limit_of_its_own(recorded: Recorder) -> None:
    # The virtual drives of the guests take most of rpool, and no mounted part of it shows that.
    found = zfs_volumes(recorded, "rpool\t1960\t40\ntank\t100\t800\n")
    assert found == {"/": ("rpool", 2000, 40), "/srv/guest": ("rpool/guest", 20, 5), "/tank": ("tank", 900, 800)}


def test_a_pool_of_which_only_limited_parts_are_mounted_goes_by_its_name(recorded: Recorder) -> None:
    answers: dict[Question, Answer | str] = {api.FileSystemUsage("/srv/guest"): usage(20, 5), POOLS: "rpool\t1960\t40\n"}
    found = ran(linux_volumes.function(recorded(answers), ZFS[3:4]))
    assert [(one.mount, one.size_bytes) for one in found] == [("rpool", 2000), ("/srv/guest", 20)]


@pytest.mark.parametrize(
    "listed",
    [
        Answer.missing(api.ToolMissing("zfs")),
        Answer(body="rpool\t1960\t40\ntank\t100\t800\n", exit_code=1),
        "",
        "rpool\t-\t-\n",
        "rpool 1960 40\n",
        "rpool\t²\t40\n",
        f"rpool\t{'9' * 5000}\t40\n",
    ],
)
def test_where_the_pool_does_not_tell_each_part_counts_for_itself(recorded: Recorder, listed: Answer | str) -> None:
    found = zfs_volumes(recorded, listed)
    assert {mount: pair[1:] for mount, pair in found.items()} == {
        "/": (45, 40),
        "/rpool": (40, 40),
        "/srv/mail": (140, 40),
        "/srv/guest": (20, 5),
        "/tank": (900, 800),
    }


def test_what_another_machine_holds_is_marked_so(recorded: Recorder) -> None:
    mounts = [Mount("/a", "nas:/a", "nfs4", "0:50"), Mount("/b", "/dev/sda1", "ext4", "8:1")]
    found = volumes_of(recorded, mounts, {"/a": usage(10, 5), "/b": usage(10, 5)})
    assert [(one.mount, one.network) for one in found] == [("/b", False), ("/a", True)]


def test_shares_of_one_volume_of_a_server_count_once(recorded: Recorder) -> None:
    mounts = [
        Mount("/n/home", "nas:/volume1/home", "nfs4", "0:50"),
        Mount("/n/photo", "NAS:/volume1/photo", "nfs4", "0:51"),
        Mount("/n/other server", "nas2:/volume1/photo", "nfs4", "0:52"),
        Mount("/n/other volume", "nas:/volume2/x", "nfs4", "0:53"),
        Mount("/n/limited", "nas:/volume1/limited", "nfs4", "0:54"),
        Mount("/s/a", "//nas/a", "cifs", "0:55"),
        Mount("/s/b", "//nas/b", "cifs", "0:56"),
        Mount("/dead", "nas:/volume1/dead", "nfs4", "0:57"),
        Mount("/c/one", "one:", "fuse.rclone", "0:58"),
        Mount("/c/two", "two:", "fuse.rclone", "0:59"),
    ]
    answers: dict[str, Answer | str] = {mount.mount: usage(50_000, 100) for mount in mounts}
    answers["/n/photo"] = usage(50_000, 90)  # somebody wrote meanwhile
    answers["/n/other volume"] = usage(60_000, 100)
    answers["/n/limited"] = usage(50_000, 20)
    answers["/dead"] = Answer.missing(api.TimedOut("/dead"))
    found = volumes_of(recorded, mounts, answers)
    assert {one.subject: one.also for one in found if isinstance(one, Volume)} == {
        "/n/home": ("/n/photo",),
        "/n/other server": (),
        "/n/other volume": (),
        "/n/limited": (),
        "/s/a": ("/s/b",),
        "/c/one": (),
        "/c/two": (),
    }
    assert [one.subject for one in found if isinstance(one, api.Gap)] == ["/dead"]


@pytest.mark.parametrize(("kind", "error"), [("fuse.sshfs", api.NotApplicable), ("ext4", api.AccessDenied)])
def test_what_one_user_has_connected_for_himself_is_no_business_of_ours(
    recorded: Recorder, kind: str, error: type[api.Missing]
) -> None:
    denied = Answer.missing(api.AccessDenied("/home/anna/cloud"))
    (gap,) = volumes_of(recorded, [Mount("/home/anna/cloud", "cloud:/", kind, "0:60")], {"/home/anna/cloud": denied})
    assert (gap.subject, type(gap.error)) == ("/home/anna/cloud", error)


@pytest.mark.parametrize(
    ("kind", "available", "files_free", "told"),
    [
        ("xfs", 512_000, 1000, False),  # 512 bytes of free space for each: space ends first
        ("xfs", 512_000, 250, False),  # the same, made with -i size=2048
        ("xfs", 512_000, 100, True),  # the share of space that files may take is used up (mkfs.xfs -i maxpct)
        ("xfs", 512_000, 0, True),
        ("zfs", 512_000, 0, False),
        ("ext4", 512_000, 1000, True),
    ],
)
def test_places_for_files_count_where_they_can_end_before_space_does(
    recorded: Recorder, kind: str, available: int, files_free: int, told: bool
) -> None:
    answer = usage(10**6, available, 2000, files_free)
    (volume,) = volumes_of(recorded, [Mount("/", "/dev/sda1", kind, "8:1")], {"/": answer})
    assert (volume.files_free_percent is not None) is told


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
        usage(10**400, 5),
        usage(10, 5).replace("10,", "Infinity,"),
        usage(10, 5).replace("10,", "NaN,"),
        usage(10, 5).replace("10,", "1e1,"),
        usage(1, 1).replace("1,", "true,"),
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


def test_a_real_xfs_makes_places_for_files_out_of_free_space(live: Ask, disk_lab: DiskLab) -> None:
    (volume,) = ran(linux_volumes.function(live, [mount_of(live, disk_lab.xfs().mount)]))
    assert isinstance(volume, Volume)
    assert volume.available_bytes > 0
    assert volume.files_free_percent is None
