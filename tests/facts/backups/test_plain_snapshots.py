"""Snapshots on a real btrfs; ZFS and Timeshift by what their programs write; and hostile answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.evidence.questions import Answer, Source
from itaudit.facts import zfs
from itaudit.facts.backups.local_snapshots import LocalSnapshots
from itaudit.facts.backups.plain_snapshots import (
    TIMESHIFT_SETTINGS,
    ZFS_LIST,
    btrfs_kept,
    parse_btrfs,
    parse_timeshift,
    parse_zfs,
    timeshift_kept,
    zfs_kept,
)
from itaudit.facts.mounts import Mount

ROOT = Mount("/", "/dev/sda1", "ext4", "8:1")
DISK = Mount("/mnt/usb", "/dev/sdb1", "ext4", "8:17")


def run(*command: str) -> None:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "Asia/Tokyo"}
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60, check=True, env=environment)


@pytest.fixture
def btrfs(tmp_path: Path, needs: Callable[..., str], needs_root: Callable[[], None]) -> Iterator[Mount]:
    """A file system of its own with one subvolume, of which two snapshots were made by hand and one by Timeshift's naming."""
    needs("mkfs.btrfs", "btrfs-progs")
    needs_root()
    image, mount = tmp_path / "image", tmp_path / "mount"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(120 * 2**20)
    run("mkfs.btrfs", "-q", str(image))
    run("mount", "-o", "loop", str(image), str(mount))
    try:
        run("btrfs", "subvolume", "create", str(mount / "home"))
        timeshift = mount / "timeshift-btrfs" / "snapshots" / "2026-11-22_06-00-01"
        timeshift.mkdir(parents=True)
        for target in ("before -rf", "after", "timeshift-btrfs/snapshots/2026-11-22_06-00-01/@"):
            run("btrfs", "subvolume", "snapshot", str(mount / "home"), str(mount / target))
        yield Mount(str(mount), "/dev/loop0", "btrfs", "0:99")
    finally:
        # At once, even where another test looks at all file systems of this machine just now; gone when that is done.
        run("umount", "--lazy", str(mount))


def test_real_btrfs_snapshots_are_counted_and_dated_in_utc(btrfs: Mount, live_source: Source) -> None:
    plain, timeshift = btrfs_kept.function(api.Ask(live_source), live_source.machine, [ROOT, btrfs])
    assert isinstance(plain, LocalSnapshots)
    assert (plain.subject, plain.product, plain.count, plain.own_disk) == (btrfs.mount, "btrfs", 2, True)
    # A wrong zone would be off by nine hours.
    assert plain.newest is not None
    assert abs(plain.newest - live_source.machine.now) < timedelta(hours=2)
    assert isinstance(timeshift, LocalSnapshots)
    assert (timeshift.subject, timeshift.product, timeshift.count) == ("the system", "Timeshift", 1)


def test_a_file_system_without_snapshots_says_nothing(live_source: Source) -> None:
    assert list(btrfs_kept.function(api.Ask(live_source), live_source.machine, [ROOT])) == []


LISTED = (
    "ID 257 gen 9 cgen 8 top level 5 otime 2026-11-21 06:00:00 path keep/2026 11 21\n"
    "ID 258 gen 9 cgen 9 top level 5 otime - path keep/new\n"
)


def test_layers_of_containers_are_no_earlier_states() -> None:
    layer = f"ID 300 gen 9 cgen 9 top level 5 otime 2026-11-22 06:00:00 path docker/btrfs/subvolumes/{'a' * 64}\n"
    assert parse_btrfs(LISTED + layer) == [("keep/2026 11 21", datetime(2026, 11, 21, 6, tzinfo=UTC)), ("keep/new", None)]
    assert parse_zfs(f"tank/docker/{'b' * 64}@1\t1795327200\n") == {}


def test_where_snapper_is_at_work_its_own_count_says_it_all(recorded: Callable[..., api.Ask], machine: api.Machine) -> None:
    mount = Mount("/", "/dev/sda1", "btrfs", "0:30")
    question = api.Command(("btrfs", "subvolume", "list", "-s", "--", "/"), environment=(("TZ", "UTC"),))
    snapper = "ID 260 gen 9 cgen 9 top level 5 otime 2026-11-22 06:00:00 path @/.snapshots/1/snapshot\n"
    for text, count in ((LISTED, 1), (LISTED + snapper, 0)):
        found = list(btrfs_kept.function(recorded({question: Answer(body=text, exit_code=0)}), machine, [mount]))
        assert len(found) == count


def test_zfs_snapshots_are_told_by_pool(recorded: Callable[..., api.Ask]) -> None:
    # 1795327200 is 2026-11-22 06:00 UTC (date -u -d @1795327200).
    listed = "tank/home@auto-1\t1795240800\ntank@x y\t1795327200\nfast/vm/100@before\t1795154400\n"
    answers: dict[api.Question, Answer | str] = {
        zfs.KINDS: "nodev\tzfs\n",
        zfs.DOOR: "{}",
        zfs.COUNTERS: "{}",
        zfs.POOLS: '["/proc/spl/kstat/zfs/tank/io"]',
        ZFS_LIST: Answer(body=listed, exit_code=0),
    }
    tank, fast = zfs_kept.function(recorded(answers))
    assert isinstance(tank, LocalSnapshots)
    assert (tank.subject, tank.count, tank.newest) == ("tank", 2, datetime(2026, 11, 22, 6, tzinfo=UTC))
    assert isinstance(fast, LocalSnapshots)
    assert (fast.subject, fast.count) == ("fast", 1)
    assert list(zfs_kept.function(recorded({zfs.KINDS: "nodev\tproc\n"}))) == []


def info(folder: str, name: str) -> str:
    return f"{folder}/timeshift/snapshots/{name}/info.json"


def timeshift(*names: str, settings: str = "") -> dict[api.Question, Answer | str]:
    answers: dict[api.Question, Answer | str] = {
        api.Glob("/timeshift/snapshots/*/info.json", most=10_000): "[]",
        api.Glob("/mnt/usb/timeshift/snapshots/*/info.json", most=10_000): json.dumps([info("/mnt/usb", name) for name in names]),
    }
    # As Timeshift's write_control_file writes it: every value is a text.
    body = '{\n  "created" : "1795327200",\n  "tags" : "daily ",\n  "live" : "false",\n  "type" : "rsync"\n}'
    answers |= {api.ReadFile(info("/mnt/usb", name), limit_bytes=65536): body for name in names[-1:]}
    return answers | {api.ReadFile(TIMESHIFT_SETTINGS[0], limit_bytes=65536): settings} if settings else answers


def test_timeshift_on_another_disk_is_counted_and_dated(recorded: Callable[..., api.Ask]) -> None:
    answers = timeshift("2026-11-20_06-00-01", "2026-11-21_06-00-01", "2026-11-22_06-00-01")
    [kept] = timeshift_kept.function(recorded(answers), [ROOT, DISK])
    assert kept == LocalSnapshots("the system", "Timeshift", 3, datetime(2026, 11, 22, 6, tzinfo=UTC), own_disk=False)


def test_timeshift_whose_disk_is_not_mounted_is_a_gap(recorded: Callable[..., api.Ask]) -> None:
    settings = '{"backup_device_uuid" : "0f4a8008-1742-400a-951a-7b994b58cd18", "btrfs_mode" : "false"}'
    [gap] = timeshift_kept.function(recorded(timeshift(settings=settings)), [ROOT, DISK])
    assert isinstance(gap, api.Gap)
    assert isinstance(gap.error, api.NotFound)


@pytest.mark.parametrize(
    "settings", ["", '{"backup_device_uuid" : ""}', '{"backup_device_uuid":"x","btrfs_mode":"true"}', "[1]", "{"]
)
def test_timeshift_that_is_only_installed_says_nothing(recorded: Callable[..., api.Ask], settings: str) -> None:
    assert list(timeshift_kept.function(recorded(timeshift(settings=settings)), [ROOT, DISK])) == []


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"created": null}', '{"created": "x"}', '{"created": 1e400}', '{"created": "99999999999999"}', "[" * 9999],
)
def test_an_information_file_without_a_time_is_unreadable(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_timeshift(text)


@given(
    st.lists(
        st.sampled_from(
            [
                "ID 1 gen 1 cgen 1 top level 5 otime ",
                "2026-11-21 06:00:00",
                "2026-99-99 06:00:00",
                "-",
                " path ",
                "a/b",
                "\n",
                "@",
                "\t",
                "9" * 12,
                "tank",
                "\0",
            ]
        ),
        max_size=20,
    ).map("".join)
)
def test_hostile_lists_are_read_or_unreadable(text: str) -> None:
    for parse in (parse_btrfs, parse_zfs):
        try:
            parse(text)
        except api.Unreadable:
            continue


def test_any_answer_is_a_fact_or_a_gap(always: Callable[[str], api.Ask], machine: api.Machine) -> None:
    for body in ("", "[]", "{}", '["/mnt/x/timeshift/snapshots/a/info.json"]', LISTED, '{"created": "1"}'):
        for mounts in ([ROOT], [Mount("/", "/dev/sda1", "btrfs", "0:30"), DISK]):
            found: list[object] = []
            try:
                found.extend(btrfs_kept.function(always(body), machine, mounts))
                found.extend(timeshift_kept.function(always(body), mounts))
                found.extend(zfs_kept.function(always(body)))
            except api.Missing:
                continue
            assert all(isinstance(one, LocalSnapshots | api.Gap) for one in found)
