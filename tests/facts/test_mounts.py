from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.mounts import Mount, linux_mounts
from lab.disks import run
from lab.providers import ran

if TYPE_CHECKING:
    from lab.disks import DiskLab

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
TABLE = api.ReadFile("/proc/self/mountinfo")
FSTAB = api.ReadFile("/etc/fstab")
NO_FILE = Answer.missing(api.NotFound("/etc/fstab"))

# A laptop with btrfs subvolumes, a snap, a share, a USB disk under a name with a space, and docker's overlays.
LAPTOP = r"""22 28 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
23 28 0:22 / /proc rw,nosuid,nodev,noexec,relatime shared:14 - proc proc rw
28 1 0:25 /@ / rw,relatime shared:1 - btrfs /dev/mapper/luks-root rw,ssd,space_cache=v2,subvolid=256,subvol=/@
30 28 0:25 /@home /home rw,relatime shared:30 - btrfs /dev/mapper/luks-root rw,ssd,space_cache=v2,subvolid=257,subvol=/@home
31 28 259:1 / /boot/efi rw,relatime shared:31 - vfat /dev/nvme0n1p1 rw,fmask=0077
32 28 7:1 / /snap/core/1 ro,nodev,relatime shared:32 - squashfs /dev/loop1 ro,errors=continue
33 28 0:50 / /mnt/share rw,relatime shared:33 - cifs //nas/office rw,vers=3.1.1
34 28 8:17 / /media/USB\040DISK rw,relatime shared:34 - ext4 /dev/sdb1 ro,errors=remount-ro
35 28 0:60 / /var/lib/docker/overlay2/abc/merged rw,relatime - overlay overlay rw,lowerdir=/x,upperdir=/y
36 28 0:25 /@home/data /srv/data rw,relatime shared:30 - btrfs /dev/mapper/luks-root rw,ssd,subvolid=257,subvol=/@home
37 28 0:61 / /run/user/1000 rw,nosuid,nodev,relatime - tmpfs tmpfs rw,size=1600000k
38 28 0:62 / /run/user/1000/doc rw,nosuid,nodev,relatime - fuse.portal portal rw,user_id=1000
"""


def mounts_of(recorded: Recorder, table: str, fstab: Answer | str = NO_FILE) -> list[Mount]:
    return ran(linux_mounts.function(recorded({TABLE: table, FSTAB: fstab})))


def test_each_file_system_counts_once_and_pseudo_ones_never(recorded: Recorder) -> None:
    assert [mount.mount for mount in mounts_of(recorded, LAPTOP)] == ["/", "/boot/efi", "/media/USB DISK", "/mnt/share"]


def test_a_file_system_that_the_kernel_made_read_only_is_told_from_one_mounted_so(recorded: Recorder) -> None:
    by_name = {mount.mount: mount for mount in mounts_of(recorded, LAPTOP)}
    assert by_name["/media/USB DISK"].forced_read_only
    assert not by_name["/"].read_only
    asked_for = mounts_of(recorded, "34 28 8:17 / /archive ro,relatime - ext4 /dev/sdb1 ro\n")
    assert [(mount.read_only, mount.forced_read_only) for mount in asked_for] == [(True, False)]


@pytest.mark.parametrize(("options", "forced"), [("defaults,nofail", True), ("ro,nofail", False)])
def test_a_read_only_mount_is_held_against_what_the_table_of_mounts_wants(recorded: Recorder, options: str, forced: bool) -> None:
    table = "34 28 8:17 / /data\\040x ro,relatime - ext4 /dev/sdb1 ro\n"
    fstab = f"# /data\\040x for everybody\nUUID=12 /data\\040x ext4 {options} 0 2\n"
    assert [mount.forced_read_only for mount in mounts_of(recorded, table, fstab)] == [forced]


def test_a_place_that_only_this_program_sees_read_only_is_no_fault(recorded: Recorder) -> None:
    # systemd's ProtectSystem=strict, or a container with a read-only root: the file system itself still takes changes.
    fstab = "UUID=1 / ext4 errors=remount-ro 0 1\n"
    (found,) = mounts_of(recorded, "28 1 8:1 / / ro,relatime - ext4 /dev/sda1 rw,errors=remount-ro\n", fstab)
    assert (found.read_only, found.forced_read_only) == (True, False)


def test_the_whole_file_system_is_named_rather_than_a_folder_bound_from_it(recorded: Recorder) -> None:
    table = "1 0 8:1 /sub /a rw - ext4 /dev/sda1 rw\n2 0 8:1 / /storage rw - ext4 /dev/sda1 rw\n"
    assert [mount.mount for mount in mounts_of(recorded, table)] == ["/storage"]


def test_of_two_mounts_on_one_point_the_later_is_seen(recorded: Recorder) -> None:
    table = "1 0 8:1 / /data rw - ext4 /dev/sda1 rw\n2 0 8:2 / /data rw - xfs /dev/sda2 rw\n"
    assert [(mount.device, mount.file_system) for mount in mounts_of(recorded, table)] == [("/dev/sda2", "xfs")]


@pytest.mark.parametrize(
    "table", ["", "\0\1\2", "22 28 0:21 / /sys rw", "a b c d e f - g h", "22 28 0:21 / sys rw - ext4 /dev/sda1 rw"]
)
def test_a_mount_table_that_makes_no_sense_is_unreadable(recorded: Recorder, table: str) -> None:
    with pytest.raises(api.Unreadable):
        mounts_of(recorded, table)


MACHINE = api.Machine("h", "linux", datetime(2026, 11, 22, tzinfo=UTC), admin=False)
WORD = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(WORD, WORD, WORD, WORD, WORD | st.just("xfs"), WORD)), WORD | st.just("I/O error"))
def test_any_mount_table_yields_mounts_or_is_missing(lines: list[tuple[str, ...]], fstab: str) -> None:
    table = "\n".join(f"1 2 {a} {b} /{c} {d} - {e} /dev/{f} rw" for a, b, c, d, e, f in lines)
    answers = {TABLE.key: Answer(body=table), FSTAB.key: Answer(body=fstab)}

    class Here:
        machine = MACHINE
        abandoned: ClassVar[dict[str, int]] = {}

        def ask(self, question: Question) -> Answer:
            return answers.get(question.key, Answer.missing(api.Unreadable(fstab)))

    try:
        found = ran(linux_mounts.function(Ask(Here())))
    except api.Missing:
        return
    assert all(isinstance(mount, Mount) for mount in found)
    assert len({mount.number for mount in found}) == len(found)


def mount_of(live: Ask, folder: Path) -> Mount:
    (found,) = [mount for mount in ran(linux_mounts.function(live)) if mount.mount == str(folder)]
    assert isinstance(found, Mount)
    return found


def test_a_real_file_system_that_stops_after_an_error_is_seen(live: Ask, disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4(mount=("-o", "errors=remount-ro"))
    assert not mount_of(live, disk.mount).read_only
    (Path("/sys/fs/ext4") / Path(disk.device).name / "trigger_fs_error").write_text("itaudit lab")
    stopped = mount_of(live, disk.mount)
    assert (stopped.read_only, stopped.forced_read_only) == (True, True)


def test_a_real_file_system_that_was_shut_down_is_seen_although_its_free_space_looks_as_ever(
    live: Ask, disk_lab: DiskLab
) -> None:
    disk = disk_lab.xfs()
    before = mount_of(live, disk.mount)
    assert (before.read_only, before.forced_read_only, before.shut_down) == (False, False, False)
    disk_lab.shut_down(disk)
    after = mount_of(live, disk.mount)
    assert (after.read_only, after.forced_read_only, after.shut_down) == (True, True, True)
    assert live(api.FileSystemUsage(str(disk.mount))).json["free_bytes"] > 0


@pytest.mark.parametrize("words", ["Input/output error", "I/O error"])
def test_an_xfs_that_does_not_even_describe_its_top_folder_is_shut_down(recorded: Recorder, words: str) -> None:
    refused = Answer.missing(api.Unreadable(f"/data: {words}"))
    table = "34 28 8:17 / /data rw - xfs /dev/sdb1 rw\n"
    (found,) = ran(linux_mounts.function(recorded({TABLE: table, FSTAB: NO_FILE, api.FileStatus("/data"): refused})))
    assert (found.read_only, found.forced_read_only, found.shut_down) == (True, True, True)


@pytest.mark.parametrize(
    ("options", "last_error", "forced"),
    [
        ("rw,errors=remount-ro", "1763888400", True),
        ("rw,errors=remount-ro", "1763881200", False),  # the second in which the machine started: before that disk was mounted
        ("rw,errors=remount-ro", "0", False),
        ("rw,errors=remount-ro", "soon", False),
        ("rw", "1763888400", False),  # it goes on after errors
    ],
)
def test_an_ext4_that_stopped_without_a_word_in_the_table_is_seen_by_its_last_error(
    recorded: Recorder, options: str, last_error: str, forced: bool
) -> None:
    # As tests/vm recorded it: the kernel logs "Remounting filesystem read-only", and the table says rw.
    answers: dict[Question, Answer | str] = {
        TABLE: f"178 26 252:7 / /archive rw,relatime - ext4 /dev/mapper/office-archive {options}\n",
        FSTAB: NO_FILE,
        api.ReadFile("/sys/dev/block/252:7/uevent"): "MAJOR=252\nMINOR=7\nDEVNAME=dm-7\nDEVTYPE=disk\n",
        api.ReadFile("/sys/fs/ext4/dm-7/last_error_time"): f"{last_error}\n",
        api.Psutil("boot_time"): "1763881200.0",
    }
    (mount,) = ran(linux_mounts.function(recorded(answers)))
    assert (mount.forced_read_only, mount.read_only) == (forced, forced)


@pytest.mark.parametrize(
    ("devices", "gone"),
    [
        ('["/sys/dev/block/8:0", "/sys/dev/block/8:1"]', True),
        ('["/sys/dev/block/8:0", "/sys/dev/block/8:80"]', False),
        ("[]", False),  # as in a sandbox: that nothing is shown proves nothing
        ("null", False),
        (Answer.missing(api.NotRecorded("Glob")), False),
    ],
)
def test_a_place_whose_disk_was_pulled_out_is_seen(recorded: Recorder, devices: Answer | str, gone: bool) -> None:
    # As tests/vm recorded it: the table of mounts keeps the place, with all its options.
    table = (
        "28 1 0:25 /@ / rw,relatime - btrfs /dev/sda2 rw,ssd\n188 26 8:80 / /media/stick rw,relatime - ext4 /dev/sdf rw\n"
        "190 26 0:50 / /mnt/share rw,relatime - cifs //nas/office rw\n"
    )
    answers: dict[Question, Answer | str] = {TABLE: table, FSTAB: NO_FILE, api.Glob("/sys/dev/block/*"): devices}
    found = {mount.mount: mount.gone for mount in ran(linux_mounts.function(recorded(answers)))}
    assert found == {"/": False, "/media/stick": gone, "/mnt/share": False}


def test_ext4_says_itself_that_it_was_shut_down(recorded: Recorder) -> None:
    # As Linux 6.18 wrote it after `xfs_io -x -c shutdown`, which knows this file system too.
    (found,) = mounts_of(recorded, "44 27 7:0 / /data rw,relatime - ext4 /dev/loop0 rw,shutdown\n")
    assert (found.read_only, found.forced_read_only, found.shut_down) == (True, True, True)


def test_a_folder_of_xfs_that_this_user_may_not_see_is_not_taken_for_a_fault(recorded: Recorder) -> None:
    table = "34 28 8:17 / /data rw - xfs /dev/sdb1 rw\n"
    others = (
        api.AccessDenied("/data"),
        api.NotRecorded("/data"),
        api.TimedOut("/data"),
        api.Unreadable("/data: Stale file handle"),
    )
    for error in others:
        denied = Answer.missing(error)
        answers: dict[Question, Answer | str] = {TABLE: table, FSTAB: NO_FILE, api.FileStatus("/data"): denied}
        (found,) = ran(linux_mounts.function(recorded(answers)))
        assert (found.read_only, found.shut_down) == (False, False)


@pytest.mark.parametrize("odd", ["\f", "\v", "\x1c", "\x85", "\u2028", "\r"])
def test_a_name_that_python_takes_for_two_lines_hides_no_other_mount(recorded: Recorder, odd: str) -> None:
    table = f"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 0 8:2 / /media/my{odd}stick rw - ext4 /dev/sdb1 rw\n"
    assert [mount.mount for mount in mounts_of(recorded, table)] == ["/", f"/media/my{odd}stick"]


def test_a_place_is_found_in_the_table_of_mounts_however_it_is_written_there(recorded: Recorder) -> None:
    (found,) = mounts_of(recorded, "1 0 8:1 / /srv/data ro - ext4 /dev/sda1 ro\n", "/dev/sda1 /srv//data/ ext4 defaults 0 2\n")
    assert found.forced_read_only


def test_a_real_disk_with_an_odd_name_is_seen_and_asked(live: Ask, disk_lab: DiskLab) -> None:
    image = disk_lab.image("odd", 4)
    run("mkfs.ext4", "-q", "-F", image)
    disk = disk_lab.mount(image, disk_lab.attach(image), name="a\fb\u2028c")
    assert mount_of(live, disk.mount).mount == str(disk.mount)
    assert live(api.FileSystemUsage(str(disk.mount))).error is None
    assert live(api.ReadFile("/proc/version")).error is None


def test_a_real_read_only_mount_is_intended(live: Ask, disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4(mount=("-o", "ro"))
    mount = mount_of(live, disk.mount)
    assert (mount.read_only, mount.forced_read_only) == (True, False)
