"""Messages written by hand in the kernel's form. Some of btrfs and ext4 are also made for real on loop devices; others (ATA,
SCSI, NVMe, XFS, md) are not."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question, Source
from itaudit.facts.kernel_log import (
    ANYTHING,
    BOOT,
    DEVICES,
    DRIVES,
    IMAGES,
    PORTS,
    RING,
    SLAVES,
    STORAGE,
    StorageErrors,
    storage_errors,
)
from itaudit.facts.storage_messages import Blame, blamed, whole
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.disks import DiskLab

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
PATIENCE_SECONDS = 60
NO_JOURNAL = Answer.missing(api.ToolMissing("journalctl"))
SYSFS: dict[Question, Answer | str] = {
    DEVICES: json.dumps([f"/sys/block/{name}" for name in ("dm-0", "loop0", "loop1", "nvme0n1", "sda", "sr0")]),
    IMAGES: json.dumps(["/sys/block/loop1/loop/backing_file"]),
    DRIVES: json.dumps([f"/sys/block/{name}/device" for name in ("nvme0c0n1", "nvme0n1", "sda", "sr0")]),
    SLAVES: "[]",
    PORTS: json.dumps(["/sys/class/ata_port/ata3/device/host2/target2:0:0/2:0:0:0/block/sda"]),
}


def journal(*messages: object) -> dict[Question, Answer | str]:
    lines = "".join(json.dumps({"MESSAGE": message, "__REALTIME_TIMESTAMP": "1"}) + "\n" for message in messages)
    return {ANYTHING: '{"MESSAGE":"Linux version"}\n', STORAGE: lines} | SYSFS


def errors_of(recorded: Recorder, machine: api.Machine, answers: Mapping[Question, Answer | str]) -> dict[str, Any]:
    return {each.subject: each for each in ran(storage_errors.function(recorded(answers), machine))}


@pytest.mark.parametrize(
    ("message", "device", "blame"),
    [
        ("critical medium error, dev sdb, sector 976 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 0", "sdb", Blame.LOST),
        ("blk_update_request: critical medium error, dev sdb, sector 976", "sdb", Blame.LOST),
        ("sd 2:0:0:0: [sdb] tag#14 Sense Key : Medium Error [current] ", "sdb", Blame.LOST),
        ("EXT4-fs error (device sda1): ext4_lookup:1855: inode #2: comm ls: deleted inode referenced", "sda1", Blame.LOST),
        ("EXT4-fs (dm-3): Remounting filesystem read-only", "dm-3", Blame.LOST),
        ("XFS (sdb1): Metadata corruption detected at xfs_agi_read_verify+0x5e/0x110 [xfs]", "sdb1", Blame.LOST),
        ('XFS (dm-0): metadata I/O error in "xfs_buf_ioend+0x1" at daddr 0x2 len 1 error 5', "dm-0", Blame.LOST),
        ("BTRFS warning (device sda1): csum failed root 5 ino 257 off 0 csum 0x1 expected 0x2 mirror 1", "sda1", Blame.LOST),
        ("BTRFS error (device sda1 state EA): parent transid verify failed on logical 1 mirror 1", "sda1", Blame.LOST),
        ("BTRFS critical (device sda1): corrupt leaf, slot offset bad", "sda1", Blame.LOST),
        ("BTRFS error (device sda): bdev /dev/sdc errs: wr 0, rd 0, flush 0, corrupt 1, gen 0", "sdc", Blame.LOST),
        ("BTRFS error (device sda): scrub: fixed up error at logical 1 on dev /dev/sdc physical 2", "sdc", Blame.LOST),
        ("md/raid1:md0: Disk failure on sdb1, disabling device.", "sdb1", Blame.LOST),
        ("JBD2: Detected I/O errors while flushing file data on dm-3-8", "dm-3-8", Blame.LOST),
        ("I/O error, dev nvme0n1, sector 1 op 0x1:(WRITE) flags 0x800", "nvme0n1", Blame.FAILED),
        ("device offline error, dev sdf, sector 20482 op 0x1:(WRITE) flags 0x4000 phys_seg 256", "sdf", Blame.FAILED),
        ("timeout error, dev sdf, sector 20482 op 0x1:(WRITE) flags 0x4000 phys_seg 256", "sdf", Blame.FAILED),
        ("recoverable transport error, dev sdf, sector 20482 op 0x0:(READ) flags 0x0", "sdf", Blame.FAILED),
        ("Buffer I/O error on dev sdc1, logical block 0, async page read", "sdc1", Blame.FAILED),
        ("ata3.00: failed command: READ FPDMA QUEUED", "ata3", Blame.FAILED),
        ("nvme nvme0: I/O 12 (I/O Cmd) QID 5 timeout, aborting", "nvme0", Blame.FAILED),
        ("nvme nvme0: I/O tag 12 (100c) opcode 0x2 (I/O Cmd) QID 5 timeout, aborting", "nvme0", Blame.FAILED),
        ("nvme nvme0: controller is down; will reset: CSTS=0xffffffff", "nvme0", Blame.FAILED),
    ],
)
def test_the_device_that_a_message_blames_is_found(message: str, device: str, blame: Blame) -> None:
    assert blamed(message) == (device, blame)


@pytest.mark.parametrize(
    "message",
    [
        "I/O error, dev sda, sector 12345 op 0x3:(DISCARD) flags 0x800",
        "I/O error, dev sda, sector 12345 op 0x9:(WRITE_ZEROES) flags 0x0",
        "critical target error, dev sda, sector 1 op 0x3:(DISCARD)",
        "ata3: SATA link up 6.0 Gbps (SStatus 133 SControl 300)",
        "BTRFS info (device sda): bdev /dev/sdb errs: wr 0, rd 0, flush 0, corrupt 9, gen 0",
        "BTRFS error (device sda1): unrecognized mount option 'quiet'",
        "EXT4-fs (sda1): mounted filesystem with ordered data mode",
        "EXT4-fs (sda1): warning: mounting unchecked fs, running e2fsck is recommended",
        "usb 1-1: reset high-speed USB device number 2",
        "FAT-fs (sdb1): Volume was not properly unmounted. Some data may be corrupt. Please run fsck.",
        "",
    ],
)
def test_messages_that_mean_no_harm_are_left_alone(message: str) -> None:
    assert blamed(message) is None


@pytest.mark.parametrize(
    ("name", "drive"),
    [
        *[("sda1", "sda"), ("sdab12", "sdab"), ("sda1-8", "sda"), ("sda", "sda"), ("vda2", "vda"), ("xvda1", "xvda")],
        *[("nvme0n1p2", "nvme0n1"), ("nvme0n1", "nvme0n1"), ("mmcblk0p1", "mmcblk0"), ("md0p1", "md0"), ("md127", "md127")],
        *[("nvme0c1n1", "nvme0n1"), ("nvme0c1n1p2", "nvme0n1")],  # one of several ways to a drive
        *[("dm-3", "dm-3"), ("dm-3-8", "dm-3"), ("loop7p1", "loop7"), ("loop7", "loop7")],
    ],
)
def test_a_partition_leads_to_its_drive(name: str, drive: str) -> None:
    assert whole(name) == drive


def test_messages_are_grouped_by_drive_and_every_drive_is_told_of(recorded: Recorder, machine: api.Machine) -> None:
    medium = "critical medium error, dev sda, sector 976 op 0x0:(READ)"
    found = errors_of(
        recorded,
        machine,
        journal(
            "EXT4-fs error (device sda1): x",
            "ata3.00: failed command: READ DMA",
            list(medium.encode()),
            "I/O error, dev sdz, sector 1",
            "Buffer I/O error on dev sr0, logical block 0",
            None,
            17,
        ),
    )
    assert found == {
        "nvme0n1": StorageErrors("nvme0n1", "nvme0n1"),
        "sda": StorageErrors("sda", "sda", lost=2, failed=1, newest=medium),
        "sdz": StorageErrors("sdz", "sdz", failed=1, newest="I/O error, dev sdz, sector 1", present=False),
    }


def test_a_loop_device_is_there_only_with_an_image_behind_it(recorded: Recorder, machine: api.Machine) -> None:
    found = errors_of(recorded, machine, journal(*(f"EXT4-fs error (device loop{number}): x" for number in (0, 1))))
    assert "loop0" not in found
    assert (found["loop1"].lost, found["loop1"].present) == (1, True)


@pytest.mark.parametrize(
    "name", ["loop0", "loop9", "dm-7", "dm-7-8", "zd16", "zd16p1", "nbd0", "nbd3p1", "zram0", "ram1", "fd0", "sr1"]
)
def test_what_is_no_drive_is_never_told_of_as_a_drive_that_vanished(name: str, recorded: Recorder, machine: api.Machine) -> None:
    """An image that was let go, a snapshot that was dropped, an encrypted stick that was locked: nobody pulled a cable."""
    messages = (f"JBD2: I/O error on {name}", f"Buffer I/O error on dev {name}, logical block 0")
    found = errors_of(recorded, machine, journal(*messages))
    assert set(found) == {"nvme0n1", "sda"}


@pytest.mark.parametrize("name", ["sdz", "nvme7n1", "mmcblk3", "vdz", "md9", "ata9"])
def test_a_drive_or_a_set_of_drives_that_vanished_is_told_of(name: str, recorded: Recorder, machine: api.Machine) -> None:
    message = f"{name}.00: failed command: READ" if name == "ata9" else f"Buffer I/O error on dev {name}, logical block 0"
    found = errors_of(recorded, machine, journal(message))
    assert not found[name].present


def test_a_volume_that_is_there_is_told_of(recorded: Recorder, machine: api.Machine) -> None:
    found = errors_of(recorded, machine, journal("EXT4-fs error (device dm-0): x"))
    assert (found["dm-0"].lost, found["dm-0"].present) == (1, True)


def test_errors_from_before_the_last_start_are_told_apart(recorded: Recorder, machine: api.Machine) -> None:
    def line(device: str, start: str) -> str:
        return json.dumps({"MESSAGE": f"EXT4-fs error (device {device}): x", "_BOOT_ID": start}) + "\n"

    answers = journal() | {ANYTHING: '{"MESSAGE":"x","_BOOT_ID":"new"}\n'}
    answers[STORAGE] = line("sda", "old") + line("nvme0n1", "old") + line("nvme0n1", "new")
    found = errors_of(recorded, machine, answers)
    assert [(each.device, each.lost, each.current) for each in found.values()] == [("nvme0n1", 2, True), ("sda", 1, False)]
    assert errors_of(recorded, machine, journal())["sda"].current  # nothing was met


def test_what_lies_on_one_drive_alone_is_told_of_with_it(recorded: Recorder, machine: api.Machine) -> None:
    on = {"dm-1": ["dm-0"], "dm-0": ["sda3"], "md0": ["sda1", "sdb1"], "dm-8": ["dm-9"], "dm-9": ["dm-8"]}
    slaves = json.dumps([f"/sys/block/{upper}/slaves/{lower}" for upper, lowers in on.items() for lower in lowers])
    names = ("dm-1", "dm-0", "md0", "dm-8", "dm-7")
    messages = [f"EXT4-fs error (device {name}): x" for name in names]
    there = json.dumps([f"/sys/block/{name}" for name in (*names, "dm-9", "sda", "sdb")])
    found = errors_of(recorded, machine, journal(*messages) | {SLAVES: slaves, DEVICES: there})
    assert {name: each.lost for name, each in found.items() if each.lost} == {"sda": 2, "md0": 1, "dm-7": 1} | (
        {"dm-8": 1} if "dm-8" in found else {"dm-9": 1}
    )


@pytest.mark.parametrize("answer", [Answer.missing(api.NotRecorded("x")), "17", "["])
def test_errors_are_told_also_where_nobody_knows_what_lies_on_what(
    recorded: Recorder, machine: api.Machine, answer: Answer | str
) -> None:
    found = errors_of(recorded, machine, journal("EXT4-fs error (device dm-0): x") | {SLAVES: answer})
    assert found["dm-0"].lost == 1


def test_a_drive_is_named_so_that_a_person_finds_it(recorded: Recorder, machine: api.Machine) -> None:
    known = {
        api.ReadFile("/sys/block/sda/device/model"): "WDC WD20EFRX-68E \n",
        api.ReadFile("/sys/block/sda/device/vpd_pg80"): "\x00\ufffd\x00\x14     WD-WCC4M1234567\n",
        api.ReadFile("/sys/block/nvme0n1/device/model"): "\x1b[31mX\n",
    }
    found = errors_of(recorded, machine, journal() | known)
    assert found["sda"].name == "the drive WDC WD20EFRX-68E (serial number WD-WCC4M1234567, sda)"
    assert found["nvme0n1"].name == "the drive [31mX (nvme0n1)"


def test_a_controller_leads_to_its_drive(recorded: Recorder, machine: api.Machine) -> None:
    found = errors_of(recorded, machine, journal("nvme nvme0: controller is down; will reset"))
    assert (found["nvme0n1"].failed, set(found)) == (1, {"nvme0n1", "sda"})


RINGS = {
    "dmesg": [
        {"pri": 3, "time": 100.5, "msg": "I/O error, dev sda, sector 1"},
        {"pri": 3, "time": 10 * 86400.0, "msg": "I/O error, dev sda, sector 22"},
    ]
}


@pytest.mark.parametrize("journal", [NO_JOURNAL, "", "-- No entries --\n"])
def test_without_a_journal_the_ring_of_the_kernel_is_read_for_one_week(
    recorded: Recorder, machine: api.Machine, journal: Answer | str
) -> None:
    started = machine.now.timestamp() - 12 * 86400  # so the first message is twelve days old, the second two
    answers: dict[Question, Answer | str] = {ANYTHING: journal, RING: json.dumps(RINGS), BOOT: json.dumps(started)}
    assert errors_of(recorded, machine, answers | SYSFS)["sda"] == StorageErrors(
        "sda", "sda", failed=1, newest="I/O error, dev sda, sector 22"
    )


HINT = Answer(exit_code=0, errors="Hint: You are currently not seeing messages from other users and the system.\n")


def test_who_may_not_see_the_log_never_hears_that_it_is_empty(recorded: Recorder, machine: api.Machine) -> None:
    user = replace(machine, admin=False)
    with pytest.raises(api.AccessDenied):
        errors_of(recorded, user, {ANYTHING: HINT} | SYSFS)
    denied = Answer(exit_code=1, errors="dmesg: read kernel buffer failed: Operation not permitted\n")
    refused: dict[Question, Answer | str] = {ANYTHING: NO_JOURNAL, RING: denied, BOOT: "1"}
    for who in (user, machine):  # root of a container is refused too
        with pytest.raises(api.AccessDenied):
            errors_of(recorded, who, refused | SYSFS)
    for missing in (api.TimedOut("x"), api.ToolMissing("dmesg")):
        with pytest.raises(type(missing)):
            errors_of(recorded, machine, refused | {RING: Answer.missing(missing)} | SYSFS)


@pytest.mark.parametrize("body", ['{"MESSAGE": "x', "[]", "17", "\0", "[" * 100_000])
def test_a_log_that_is_cut_short_is_unreadable(recorded: Recorder, machine: api.Machine, body: str) -> None:
    with pytest.raises(api.Unreadable):
        errors_of(recorded, machine, journal() | {STORAGE: body})
    with pytest.raises(api.Unreadable):
        errors_of(recorded, machine, {ANYTHING: "", RING: body, BOOT: "1"} | SYSFS)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_answer_yields_errors_or_is_missing(anything: object) -> None:
    for body in (json.dumps(anything), json.dumps({"MESSAGE": anything}), json.dumps({"dmesg": [{"time": 1, "msg": anything}]})):
        source = Always(body)
        try:
            found = ran(storage_errors.function(Ask(source), source.machine))
        except api.Missing:
            continue
        assert all(isinstance(each, StorageErrors) for each in found)


PIECES = st.sampled_from(["BTRFS", "error", "warning", "(device", "sda1):", "on", "dev", "/dev/", "[sdb]", "errs", "I/O"])


@given(st.text(max_size=300) | st.lists(PIECES).map(" ".join))
def test_any_message_blames_a_device_or_none(message: str) -> None:
    found = blamed(message)
    assert found is None or (0 < len(whole(found[0])) <= 32 and isinstance(found[1], Blame))


def errors_on(live: Ask, source: Source, device: str) -> StorageErrors | None:
    return next((each for each in ran(storage_errors.function(live, source.machine)) if each.device == Path(device).name), None)


def said_since(mark: str) -> list[str]:
    """What the kernel said after `mark`, which was written among its messages."""
    done = subprocess.run(("dmesg", "--json"), capture_output=True, text=True, errors="replace", timeout=30, check=True)
    messages = [entry["msg"] for entry in json.loads(done.stdout)["dmesg"]]
    # Where the kernel has forgotten the mark, it has forgotten everything before it too.
    return messages[messages.index(mark) + 1 :] if mark in messages else messages


def soon(look: Callable[[], bool]) -> bool:
    """The journal's service takes the kernel's messages over a moment later."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()) and time.monotonic() < end:
        time.sleep(0.1)
    return seen


def test_a_real_error_of_a_file_system_is_found_in_the_real_log(live: Ask, live_source: Source, disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4(mount=("-o", "errors=continue"))
    # The kernel forgets old messages and uses device names again, so that counts may fall: this one is known by its words.
    words = f"itaudit lab {disk.image.parent.name} {time.monotonic_ns()}"
    (Path("/sys/fs/ext4") / Path(disk.device).name / "trigger_fs_error").write_text(words)

    def told() -> bool:
        found = errors_on(live, live_source, disk.device)
        return found is not None and found.lost > 0 and words in found.newest

    assert soon(told)


def test_real_damage_on_the_second_half_of_a_pair_blames_the_second(live: Ask, live_source: Source, disk_lab: DiskLab) -> None:
    disk = disk_lab.btrfs_pair(damage_second=True)
    second = disk_lab.attached[-1]
    # The kernel forgets old messages, and said the same of another lab's drive: only those after the mark prove anything.
    mark = f"itaudit lab {time.monotonic_ns()}"
    Path("/dev/kmsg").write_text(mark)
    disk_lab.scrub(disk)
    assert second != disk.device

    def told() -> bool:
        found = errors_on(live, live_source, second)
        return (Path(second).name, Blame.LOST) in map(blamed, said_since(mark)) and found is not None and found.lost > 0

    assert soon(told)
