"""btrfs is real. No ZFS and no device mapper run here: their rows are written after zfs-list(8), zfsprops(7) and lvs(8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.lvm import VOLUMES
from itaudit.facts.mounts import Mount
from itaudit.facts.snapshots import DATASETS, Snapshots, btrfs_snapshots, lvm_snapshots, zfs_snapshots
from itaudit.facts.zfs import COUNTERS, DOOR, KINDS, POOLS
from lab.disks import run
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.disks import DiskLab

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
POOL = Mount("/pool", "/dev/sda", "btrfs", "0:40")
LIST = api.Command(("btrfs", "subvolume", "list", "-s", "/pool"))
USAGE = api.FileSystemUsage("/pool")
ROOM = json.dumps({"size_bytes": 1000, "free_bytes": 300, "available_bytes": 250})
WITH_ZFS: dict[Question, Answer | str] = {
    KINDS: "nodev\tsysfs\nnodev\tzfs\n",
    DOOR: "{}",
    COUNTERS: "{}",
    POOLS: '["/proc/spl/kstat/zfs/tank/state"]',
}


def lvs(*rows: tuple[str, str, str]) -> str:
    keys = ("lv_name", "lv_attr", "data_percent")
    return json.dumps(
        {"report": [{"lv": [{"vg_name": "data", "metadata_percent": ""} | dict(zip(keys, row, strict=True)) for row in rows]}]}
    )


def test_only_snapshots_with_room_of_their_own_are_told(recorded: Recorder, machine: api.Machine) -> None:
    text = lvs(
        ("root", "owi-aos---", ""),
        ("old", "swi-a-s---", "83.50"),
        ("lost", "swi-I-s---", "100.00"),
        ("asleep", "swi---s---", ""),
        ("returning", "Swi-a-s---", "90.00"),
        ("thin", "Vwi-aotz--", "95.00"),
    )
    assert ran(lvm_snapshots.function(recorded({VOLUMES: text}), machine)) == [
        Snapshots("data/old", "lvm", 1, full_percent=83.5),
        Snapshots("data/lost", "lvm", 1, full_percent=100, lost=True),
        Snapshots("data/asleep", "lvm", 1),
    ]


def zfs(recorded: Recorder, text: str) -> list[Any]:
    return ran(zfs_snapshots.function(recorded(WITH_ZFS | {DATASETS: text})))


def test_what_the_snapshots_of_all_parts_of_a_pool_hold_is_added(recorded: Recorder) -> None:
    text = "tank\t700\t300\t10\ntank/home\t400\t300\t150\ntank/my files\t200\t300\t40\nbackup\t5\t95\t0\n"
    tank, backup = zfs(recorded, text)
    assert tank == Snapshots("tank", "zfs", held_bytes=200, size_bytes=1000, free_bytes=300)
    assert (tank.free_percent, tank.held_percent) == (30, 20)
    assert backup == Snapshots("backup", "zfs", held_bytes=0, size_bytes=100, free_bytes=95)


@pytest.mark.parametrize("text", ["tank\t700\t300\n", "tank 700 300 10\n", "tank\t700\t300\t-1\n", "tank\t1K\t1M\t0\n", "\0"])
def test_a_list_of_another_shape_is_unreadable(recorded: Recorder, text: str) -> None:
    with pytest.raises(api.Unreadable):
        zfs(recorded, text)


def test_a_pool_whose_snapshots_hold_more_than_all_of_it_costs_only_itself(recorded: Recorder) -> None:
    gap, fine = zfs(recorded, "tank\t5\t5\t6\nfine\t5\t5\t5\n")
    assert (gap.subject, type(gap.error)) == ("tank", api.Unreadable)
    assert fine.subject == "fine"


def test_where_no_pool_can_be_no_program_is_asked(recorded: Recorder) -> None:
    no_door = Answer.missing(api.NotFound("/dev/zfs"))
    changes: list[dict[Question, Answer | str]] = [{KINDS: "\text4\n"}, {DOOR: no_door}, {POOLS: "[]"}]
    for change in changes:
        assert ran(zfs_snapshots.function(recorded({**WITH_ZFS, **change}))) == []
    with pytest.raises(api.ToolMissing):
        ran(zfs_snapshots.function(recorded(WITH_ZFS | {DATASETS: Answer.missing(api.ToolMissing("zfs"))})))
    hidden: dict[Question, Answer | str] = {COUNTERS: Answer.missing(api.NotFound("x")), POOLS: "[]"}
    with pytest.raises(api.ToolMissing):
        ran(zfs_snapshots.function(recorded(WITH_ZFS | hidden | {DATASETS: Answer.missing(api.ToolMissing("zfs"))})))


LISTED = (
    "ID 257 gen 9 cgen 9 top level 5 otime 2026-11-22 06:00:00 path .snapshots/1/snapshot\n"
    "ID 258 gen 10 cgen 10 top level 5 otime - path with a\nnewline\n"
    "ID 259 gen 10 cgen 10 top level 5 otime 2026-11-22 06:00:01 path var/lib/docker/btrfs/subvolumes/0123abc\n"
)


def btrfs(recorded: Recorder, machine: api.Machine, listed: Answer | str, usage: Answer | str = ROOM) -> list[Any]:
    return ran(btrfs_snapshots.function(recorded({LIST: listed, USAGE: usage}), machine, [POOL, Mount("/", "x", "ext4", "8:1")]))


def test_snapshots_are_counted_without_the_layers_of_containers(recorded: Recorder, machine: api.Machine) -> None:
    assert btrfs(recorded, machine, LISTED) == [Snapshots("/pool", "btrfs", 2, size_bytes=1000, free_bytes=250)]
    assert [each.count for each in btrfs(recorded, machine, "")] == [0]


def test_what_cannot_be_counted_is_never_none(recorded: Recorder, machine: api.Machine) -> None:
    refused = Answer(exit_code=1, errors="ERROR: can't perform the search: Operation not permitted\n")
    (gap,) = btrfs(recorded, replace(machine, admin=False), refused)
    assert (gap.subject, type(gap.error)) == ("/pool", api.AccessDenied)
    for listed in (refused, "banner\n", Answer(body=LISTED, exit_code=1), Answer.missing(api.ToolMissing("btrfs"))):
        (gap,) = btrfs(recorded, machine, listed)
        assert isinstance(gap.error, api.Unreadable | api.ToolMissing)
    for usage in ("{}", "[]", '{"size_bytes": 0, "available_bytes": 0}', '{"size_bytes": 1, "available_bytes": 2}'):
        (gap,) = btrfs(recorded, machine, LISTED, usage)
        assert isinstance(gap.error, api.Unreadable)


LINES = st.sampled_from([*LISTED.split(), "\n", " ", "\t", "tank\t1\t1\t0", "/", "\0", "9" * 30])


@given(st.lists(LINES | st.text(max_size=4), max_size=30))
def test_any_answer_yields_snapshots_or_is_missing(pieces: list[str]) -> None:
    for text in ("".join(pieces), " ".join(pieces)):

        class Hostile(Always):
            def ask(self, question: Question) -> Answer:
                if question == KINDS:
                    return Answer(body="nodev\tzfs\n")
                return Answer(body=ROOM) if question == USAGE else super().ask(question)

        source = Hostile(text)
        for provider, more in (
            (zfs_snapshots, ()),
            (lvm_snapshots, (source.machine,)),
            (btrfs_snapshots, (source.machine, [POOL])),
        ):
            try:
                found = ran(provider.function(Ask(source), *more))
            except api.Missing:
                continue
            assert all(isinstance(each, Snapshots | api.Gap) for each in found)


def test_snapshots_of_a_real_btrfs_are_counted(live: Ask, machine: api.Machine, disk_lab: DiskLab) -> None:
    disk = disk_lab.btrfs_pair()
    mount = Mount(str(disk.mount), disk.device, "btrfs", "0:40")
    for number in range(3):
        run("btrfs", "-q", "subvolume", "snapshot", "-r", disk.mount, disk.mount / f"state {number}")
    run("btrfs", "-q", "subvolume", "create", disk.mount / "no snapshot")
    (found,) = ran(btrfs_snapshots.function(live, machine, [mount]))
    assert (found.subject, found.count) == (str(disk.mount), 3)
    # df asks for the size in the same way, by another program.
    size, free = run("df", "-B1", "--output=size,avail", disk.mount).splitlines()[1].split()
    assert (found.size_bytes, found.free_bytes) == (int(size), int(free))
