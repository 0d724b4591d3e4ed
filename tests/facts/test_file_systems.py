from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.arrays import Array, btrfs_arrays
from itaudit.facts.file_systems import FileSystem, btrfs_file_systems, ext4_file_systems
from itaudit.facts.mounts import Mount, linux_mounts
from lab.providers import ran

if TYPE_CHECKING:
    from lab.disks import DiskLab

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
DATA = Mount("/data", "/dev/mapper/vg-data", "ext4", "253:3")
POOL = Mount("/pool", "/dev/sda", "btrfs", "0:40")
STATS = api.Command(("btrfs", "--format", "json", "device", "stats", "/pool"))
ZEROS = dict.fromkeys(("write_io_errs", "read_io_errs", "flush_io_errs", "corruption_errs", "generation_errs"), "0")


def ext4_answers(errors: str) -> dict[Question, Answer | str]:
    folder = "/sys/fs/ext4/dm-3"
    return {
        api.ReadFile("/sys/dev/block/253:3/uevent"): "MAJOR=253\nMINOR=3\nDEVNAME=dm-3\nDEVTYPE=disk\n",
        api.ReadFile(f"{folder}/errors_count"): errors,
        api.ReadFile(f"{folder}/first_error_time"): "1767225600\n",
        api.ReadFile(f"{folder}/last_error_time"): "1767225660\n",
        api.ReadFile(f"{folder}/last_error_func"): "ext4_lookup\n",
    }


def test_the_count_of_a_mapped_device_is_found_by_its_number(recorded: Recorder) -> None:
    record = "errors_count=7 first_error_time=1767225600 last_error_time=1767225660 last_error_func=ext4_lookup"
    found = ran(ext4_file_systems.function(recorded(ext4_answers("7\n")), [DATA, POOL]))
    assert found == [FileSystem("/data", "/dev/mapper/vg-data", "ext4", 7, record)]


def test_the_count_of_a_device_in_a_folder_is_found(recorded: Recorder) -> None:
    answers: dict[Question, Answer | str] = {
        api.ReadFile("/sys/dev/block/104:1/uevent"): "DEVNAME=cciss/c0d0p1\n",
        api.ReadFile("/sys/fs/ext4/cciss!c0d0p1/errors_count"): "2\n",
    }
    mount = Mount("/data", "/dev/cciss/c0d0p1", "ext4", "104:1")
    (found,) = ran(ext4_file_systems.function(recorded(answers), [mount]))
    assert found.errors == 2


@pytest.mark.parametrize("name", ["../../etc", "/etc", "a/b/c", "..", "a/.."])
def test_a_forged_device_name_leads_to_no_other_folder(recorded: Recorder, name: str) -> None:
    ask = recorded({api.ReadFile("/sys/dev/block/253:3/uevent"): f"DEVNAME={name}\n"})
    (gap,) = ran(ext4_file_systems.function(ask, [DATA]))
    assert isinstance(gap.error, api.Missing)


@pytest.mark.parametrize("text", ["", "many", "-1", "7" * 5000, "\0", "²"])
def test_a_count_that_is_no_number_is_never_zero(recorded: Recorder, text: str) -> None:
    (gap,) = ran(ext4_file_systems.function(recorded(ext4_answers(text)), [DATA]))
    assert (gap.subject, type(gap.error)) == ("/data", api.Unreadable)


def stats(*devices: dict[str, str]) -> str:
    return json.dumps({"__header": {"version": "1"}, "device-stats": [ZEROS | device for device in devices]})


HURT = stats(
    {"device": "/dev/sda", "devid": "1"},
    {"device": "/dev/sdb", "devid": "2", "corruption_errs": "3", "read_io_errs": "4"},
)
LOST = stats({"device": "/dev/sda", "devid": "1"}, {"device": "devid:2", "devid": "2"})


def test_the_counters_of_all_members_are_added(recorded: Recorder, machine: api.Machine) -> None:
    (found,) = ran(btrfs_file_systems.function(recorded({STATS: HURT}), machine, [DATA, POOL]))
    assert found == FileSystem("/pool", "/dev/sda", "btrfs", 7, "/dev/sdb read_io_errs=4, /dev/sdb corruption_errs=3")


def test_a_member_that_is_not_there_is_missing(recorded: Recorder, machine: api.Machine) -> None:
    assert ran(btrfs_arrays.function(recorded({STATS: LOST}), machine, [POOL])) == [
        Array("/pool", "btrfs", active=True, wanted=2, working=1, failed=("devid:2",), present=("/dev/sda",))
    ]
    assert ran(btrfs_arrays.function(recorded({STATS: HURT}), machine, [POOL])) == [
        Array("/pool", "btrfs", active=True, wanted=2, working=2, present=("/dev/sda", "/dev/sdb"))
    ]


def test_a_file_system_on_one_drive_is_no_set(recorded: Recorder, machine: api.Machine) -> None:
    one = recorded({STATS: stats({"device": "/dev/sda", "devid": "1"})})
    assert ran(btrfs_arrays.function(one, machine, [POOL])) == []


def test_an_ordinary_user_learns_that_root_may_see_more(recorded: Recorder, machine: api.Machine) -> None:
    refused = Answer(exit_code=1, errors="ERROR: getting device info for /pool failed: Operation not permitted\n")
    user = replace(machine, admin=False)
    for provider in (btrfs_file_systems, btrfs_arrays):
        (gap,) = ran(provider.function(recorded({STATS: refused}), user, [POOL]))
        assert (gap.subject, type(gap.error)) == ("/pool", api.AccessDenied)
        (gap,) = ran(provider.function(recorded({STATS: refused}), machine, [POOL]))
        assert isinstance(gap.error, api.Unreadable)


def test_a_list_that_was_cut_short_is_never_believed(recorded: Recorder, machine: api.Machine) -> None:
    # As the tool does when one member does not answer: it tells of the others, and ends with 1.
    cut = Answer(stats({"device": "/dev/sda", "devid": "1"}), exit_code=1, errors="ERROR: device stats ioctl failed on /dev/sdb")
    for provider in (btrfs_file_systems, btrfs_arrays):
        (gap,) = ran(provider.function(recorded({STATS: cut}), machine, [POOL]))
        assert isinstance(gap.error, api.Unreadable)
        assert "/dev/sdb" in gap.error.detail


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"device-stats": []}',
        '{"device-stats": [{"device": "/dev/sda"}]}',
        HURT.replace('"3"', '"-3"'),
        "[" * 100_000,
    ],
)
def test_statistics_that_lack_something_are_unreadable(recorded: Recorder, machine: api.Machine, text: str) -> None:
    (gap,) = ran(btrfs_file_systems.function(recorded({STATS: text}), machine, [POOL]))
    assert isinstance(gap.error, api.Unreadable)


def mount_of(live: Ask, folder: Path) -> Mount:
    (found,) = [mount for mount in ran(linux_mounts.function(live)) if mount.mount == str(folder)]
    assert isinstance(found, Mount)
    return found


def test_errors_of_a_real_ext4_are_counted(live: Ask, disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4(change="set_super_value error_count 3")
    (found,) = ran(ext4_file_systems.function(live, [mount_of(live, disk.mount)]))
    assert (found.subject, found.errors) == (str(disk.mount), 3)


def test_damage_on_a_real_btrfs_is_counted_after_reading(live: Ask, machine: api.Machine, disk_lab: DiskLab) -> None:
    disk = disk_lab.btrfs_pair(damage_second=True)
    mount = mount_of(live, disk.mount)
    (before,) = ran(btrfs_file_systems.function(live, machine, [mount]))
    disk_lab.scrub(disk)
    (after,) = ran(btrfs_file_systems.function(live, machine, [mount]))
    assert before.errors == 0
    assert after.errors > 0
    assert "corruption_errs" in after.record
    assert [array.absent for array in ran(btrfs_arrays.function(live, machine, [mount]))] == [0]


def test_the_missing_half_of_a_real_btrfs_pair_is_seen(live: Ask, machine: api.Machine, disk_lab: DiskLab) -> None:
    disk = disk_lab.btrfs_pair(lose_second=True)
    (array,) = ran(btrfs_arrays.function(live, machine, [mount_of(live, disk.mount)]))
    assert (array.wanted, array.working, array.absent) == (2, 1, 1)
