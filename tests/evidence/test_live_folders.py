"""The walk through folders, against du and against real file systems."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from itaudit.evidence import live_folders, live_walkers
from itaudit.evidence.live import Live
from itaudit.evidence.questions_machine import FolderSizes
from lab.disks import run

if TYPE_CHECKING:
    from lab.disks import DiskLab

T = TypeVar("T")
KILOBYTE = 2**10
MEGABYTE = 2**20


def walked(path: Path, *, seconds: float = 60, entries: int = 10**6, most: int = 1000) -> tuple[bool, dict[str, Any]]:
    told = json.loads(live_folders.walk(str(path), seconds, entries, 14, most))
    return told["ended_early"], {row["path"]: row for row in told["folders"]}


def filled(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def du_of_all(path: Path) -> dict[str, int]:
    """Of the folder and each in it: all below, without the block of the folder itself."""
    argv = ("du", "--one-file-system", "--block-size=1", "--null", str(path))
    output = subprocess.run(argv, capture_output=True, timeout=60, check=True).stdout
    lines = [line.split("\t", 1) for line in os.fsdecode(output).split("\0")[:-1]]
    return {name: int(size) - Path(name).stat().st_blocks * 512 for size, name in lines}


def du_bytes(path: Path) -> int:
    return du_of_all(path)[str(path)]


def settled(path: Path, look: Callable[[], T]) -> tuple[dict[str, int], T]:
    """What du says, and what a look finds: once du says the same before and after. Some file systems know what a new file takes
    only when they write it out, seconds later."""
    before = du_of_all(path)
    while True:
        found, after = look(), du_of_all(path)
        if after == before:
            return after, found
        before = after


def test_each_folder_holds_what_du_says(tmp_path: Path) -> None:
    for number in range(40):
        filled(tmp_path / f"a{number % 3}" / f"b{number % 5}" / f"c{number % 7}" / "d" / "e" / f"f{number}", 3000 * number)
    said, (early, found) = settled(tmp_path, lambda: walked(tmp_path))
    assert not early
    assert str(tmp_path) in found
    assert len(found) > 40
    for path, row in found.items():
        assert row["bytes"] == said[path]
        assert row["complete"]
        assert len(Path(path).relative_to(tmp_path).parts) <= live_folders.LEVELS


def test_a_file_of_many_names_counts_once_and_a_hole_not_at_all(tmp_path: Path) -> None:
    first = filled(tmp_path / "monday" / "data", MEGABYTE)
    (tmp_path / "tuesday").mkdir()
    (tmp_path / "tuesday" / "data").hardlink_to(first)
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(100 * MEGABYTE)
    said, (_, found) = settled(tmp_path, lambda: walked(tmp_path))
    assert found[str(tmp_path)]["bytes"] == said[str(tmp_path)] < 2 * MEGABYTE


def test_links_are_not_followed_not_even_in_a_circle(tmp_path: Path) -> None:
    filled(tmp_path / "elsewhere" / "data", MEGABYTE)
    here = tmp_path / "here"
    here.mkdir()
    (here / "up").symlink_to(tmp_path)
    (here / "circle").symlink_to(here)
    _, found = walked(here)
    assert list(found) == [str(here)]
    assert found[str(here)]["bytes"] < MEGABYTE


def test_what_came_lately_is_told_although_it_says_that_it_is_old(tmp_path: Path) -> None:
    copied = filled(tmp_path / "copied", 100 * KILOBYTE)
    os.utime(copied, (1, 1))
    said, (_, found) = settled(tmp_path, lambda: walked(tmp_path))
    assert found[str(tmp_path)]["changed_bytes"] == said[str(tmp_path)]
    later = time.time() + 15 * 86_400
    told = _walked_at(later, tmp_path)
    assert [row["changed_bytes"] for row in told["folders"]] == [0]


def _walked_at(when: float, path: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: when)
        return json.loads(live_folders.walk(str(path), 60, 10**6, 14, 9))


def test_a_walk_cut_short_says_so_and_each_branch_had_its_turn(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / "huge" / f"{number}").mkdir(parents=True)
        filled(tmp_path / "huge" / f"{number}" / "file", 1)
    for name in ("a", "z"):
        filled(tmp_path / name / "small", 50 * KILOBYTE)
    early, found = walked(tmp_path, entries=400)
    assert early
    complete = {Path(path).name: row["complete"] for path, row in found.items() if path in map(str, tmp_path.iterdir())}
    assert complete == {"a": True, "huge": False, "z": True}
    assert not found[str(tmp_path)]["complete"]
    early, found = walked(tmp_path, seconds=0)
    assert early
    assert not found[str(tmp_path)]["complete"]


def test_only_the_largest_are_told_and_the_place_itself_comes_first(tmp_path: Path) -> None:
    for number in range(9):
        filled(tmp_path / f"f{number}" / "data", 10 * KILOBYTE * (number + 1))
    _, found = walked(tmp_path, most=3)
    assert [Path(path).name for path in found] == [tmp_path.name, "f8", "f7"]


@pytest.mark.parametrize("name", [b"new\nline", b"\xff\xfe", b"\x1b[31mred", "turned\u202e".encode(), b"l" * 250])
def test_a_folder_with_a_name_nobody_can_read_counts_to_the_one_above(tmp_path: Path, name: bytes) -> None:
    folder = os.fsencode(tmp_path) + b"/" + name
    os.mkdir(folder)  # noqa: PTH102 - Path knows no bytes
    with open(folder + b"/file", "wb") as file:  # noqa: PTH123 - Path knows no bytes
        file.write(b"x" * MEGABYTE)
    said, (_, found) = settled(tmp_path, lambda: walked(tmp_path))
    assert list(found) == [str(tmp_path)]
    assert found[str(tmp_path)]["bytes"] == said[str(tmp_path)]
    assert found[str(tmp_path)]["complete"]


def test_more_folders_than_can_be_kept_apart_count_to_the_one_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_folders, "MOST_FOLDERS", 5)
    for number in range(20):
        filled(tmp_path / f"f{number}" / "data", 10 * KILOBYTE)
    said, (_, found) = settled(tmp_path, lambda: walked(tmp_path))
    assert len(found) == 5
    whole = said[str(tmp_path)]
    assert found[str(tmp_path)] == {"path": str(tmp_path), "bytes": whole, "changed_bytes": whole, "complete": True}


def test_what_may_not_be_read_leaves_the_folder_incomplete(tmp_path: Path) -> None:
    as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.geteuid() == 0 else ()
    place = Path(run("mktemp", "-d", "/tmp/folders.XXXXXX"))
    try:
        place.chmod(0o755)
        filled(place / "open" / "data", 10)
        filled(place / "shut" / "data", 10)
        (place / "shut").chmod(0)
        code = f"from itaudit.evidence import live_folders; print(live_folders.walk({str(place)!r}, 30, 999, 14, 9))"
        rows = json.loads(run(*as_nobody, sys.executable, "-c", code))["folders"]
    finally:
        (place / "shut").chmod(0o700)
        run("rm", "-r", place)
    assert {Path(row["path"]).name: row["complete"] for row in rows} == {place.name: False, "open": True, "shut": False}


def test_what_is_mounted_inside_is_not_entered(disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4()
    filled(disk.mount / "real" / "data", MEGABYTE)
    other = disk.mount / "other"
    bound = disk.mount / "bound"
    other.mkdir()
    bound.mkdir()
    run("mount", "-t", "tmpfs", "tmpfs", other)
    try:
        filled(other / "data", MEGABYTE)
        run("mount", "--bind", disk.mount / "real", bound)
        try:
            _, found = walked(disk.mount)
        finally:
            run("umount", "--lazy", bound)  # others look at all file systems of this machine, and hold it for a moment
    finally:
        run("umount", "--lazy", other)
    assert set(found) == {str(disk.mount), str(disk.mount / "real"), str(disk.mount / "lost+found")}
    assert MEGABYTE <= found[str(disk.mount)]["bytes"] < 1.1 * MEGABYTE


def test_mounted_subvolumes_of_btrfs_count_and_snapshots_do_not(disk_lab: DiskLab) -> None:
    disk = disk_lab.btrfs_pair()
    home, snapshot, bound = (disk.mount / name for name in ("home", "snapshot", "bound"))
    run("btrfs", "subvolume", "create", disk.mount / "@home")
    filled(disk.mount / "@home" / "anna" / "data", MEGABYTE)
    run("btrfs", "subvolume", "snapshot", disk.mount / "@home", snapshot)
    home.mkdir()
    bound.mkdir()
    run("mount", "-o", "subvol=@home", disk.device, home)
    try:
        run("mount", "--bind", home / "anna", bound)
        try:
            run("sync", "-f", disk.mount)
            _, found = walked(disk.mount)
        finally:
            run("umount", "--lazy", bound)  # others look at all file systems of this machine, and hold it for a moment
    finally:
        run("umount", "--lazy", home)
    assert found[str(home / "anna")]["bytes"] == MEGABYTE
    assert MEGABYTE <= found[str(disk.mount)]["bytes"] < 2 * MEGABYTE
    assert str(snapshot) not in found


_DEAD_MOUNT_INSIDE = """
from itaudit.evidence.live import Live
from itaudit.evidence.questions_machine import FolderSizes

place = str(dead.parent)
live = Live()
inside, itself = live.ask(FolderSizes(place, seconds=20, timeout=25)), live.ask(FolderSizes(place + "/dead", timeout=25))
print(json.dumps([inside.json["folders"][0]["complete"], itself.problem]))
"""


def test_a_dead_mount_inside_is_not_touched_and_one_itself_is_refused(beside_a_dead_mount: Callable[[str], Any]) -> None:
    assert beside_a_dead_mount(_DEAD_MOUNT_INSIDE) == [True, "unreadable"]


def test_the_live_machine_answers_from_a_child_that_stands_back(tmp_path: Path) -> None:
    filled(tmp_path / "a" / "data", MEGABYTE)
    before = os.getpriority(os.PRIO_PROCESS, 0)
    answer = Live().ask(FolderSizes(str(tmp_path), seconds=40, timeout=60))
    assert [Path(row["path"]).name for row in answer.json["folders"]] == [tmp_path.name, "a"]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


@pytest.mark.parametrize(
    ("path", "problem"), [("/nowhere/at all", "not_found"), ("/etc/passwd", "not_found"), ("a\0b", "unreadable")]
)
def test_a_place_that_cannot_be_walked_is_missing(path: str, problem: str) -> None:
    assert Live().ask(FolderSizes(path, timeout=60)).problem == problem


def test_it_steps_back_for_everybody_else() -> None:
    code = "import os; from itaudit.evidence import live_folders as it; it.step_back(); print(os.getpriority(os.PRIO_PROCESS, 0))"
    assert run(sys.executable, "-c", code) == "19"


def _many_folders(path: Path) -> list[Path]:
    """Far more than are read before a walk is shared."""
    folders = [path / f"a{number % 5}" / f"b{number % 20}" / f"c{number}" for number in range(400)]
    for number, folder in enumerate(folders):
        filled(folder / "d" / "e" / "f" / "file", 1000 * (number % 9))
    return folders


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_walk_shared_among_processes_tells_what_du_says(tmp_path: Path, workers: int) -> None:
    _many_folders(tmp_path)
    said, told = settled(tmp_path, lambda: _shared(tmp_path, workers))
    assert not told["ended_early"]
    assert len(told["folders"]) == 1 + 5 + 20 + 400 + 400
    for row in told["folders"]:
        assert row["complete"]
        assert row["bytes"] == row["changed_bytes"] == said[row["path"]], row["path"]


def test_a_file_of_many_names_counts_once_whichever_process_finds_it(tmp_path: Path) -> None:
    first, *others = _many_folders(tmp_path)
    filled(first / "of many names", MEGABYTE)
    for folder in others:
        (folder / "of many names").hardlink_to(first / "of many names")
    said, told = settled(tmp_path, lambda: _shared(tmp_path, 3))
    assert told["folders"][0]["bytes"] == told["folders"][0]["changed_bytes"] == said[str(tmp_path)]
    assert sum(row["bytes"] >= MEGABYTE for row in told["folders"] if Path(row["path"]).name.startswith("c")) == 1


def test_a_shared_walk_ends_after_its_time_or_entries_and_says_so(tmp_path: Path) -> None:
    _many_folders(tmp_path)
    for seconds, entries in ((60.0, 1000), (0.0, 10**6)):
        told = json.loads(live_folders.walk(str(tmp_path), seconds, entries, 14, 3000, 3))
        assert told["ended_early"]
        assert not told["folders"][0]["complete"]
        assert told["folders"][0]["bytes"] < du_bytes(tmp_path)


def test_what_a_process_that_dies_has_read_is_said_to_be_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _many_folders(tmp_path)
    first = os.getpid()
    told_in_child = live_walkers._told

    def dies(*arguments: Any) -> Any:
        if os.getpid() != first:
            os.kill(os.getpid(), signal.SIGKILL)
        return told_in_child(*arguments)

    monkeypatch.setattr(live_walkers, "_told", dies)
    told = json.loads(live_folders.walk(str(tmp_path), 60, 10**6, 14, 3000, 2))
    assert told["ended_early"]
    assert not told["folders"][0]["complete"]


def _shared(path: Path, workers: int = 2) -> Any:
    return json.loads(live_folders.walk(str(path), 60, 10**6, 14, 3000, workers))


def _is_open(descriptor: int, inode: int) -> bool:
    """Is it still open, and has the number not been given to something else?"""
    try:
        return os.fstat(descriptor).st_ino == inode
    except OSError:
        return False


@pytest.mark.parametrize("allowed", [0, 1])
def test_where_no_more_processes_are_allowed_those_there_are_read_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int
) -> None:
    """A container may be allowed only so many."""
    _many_folders(tmp_path)
    started: list[int] = []
    fork = os.fork

    def fork_if_allowed() -> int:
        if len(started) >= allowed:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(1)
        return fork()

    made: list[tuple[int, int]] = []
    pipe = os.pipe

    def noted_pipe() -> tuple[int, int]:
        ends = pipe()
        made.extend((end, os.fstat(end).st_ino) for end in ends)
        return ends

    monkeypatch.setattr(os, "fork", fork_if_allowed)
    monkeypatch.setattr(os, "pipe", noted_pipe)

    def look() -> Any:
        started.clear()
        return _shared(tmp_path)

    said, told = settled(tmp_path, look)
    # Not by counting: other threads of this process open and close what is theirs.
    assert made
    assert [end for end in made if _is_open(*end)] == []
    assert not told["ended_early"]
    assert all(row["complete"] for row in told["folders"])
    assert told["folders"][0]["bytes"] == said[str(tmp_path)]


def test_whoever_started_us_may_want_no_news_of_children(tmp_path: Path) -> None:
    """SIGCHLD stays ignored over exec: the kernel then forgets children at once, and nobody can wait for them."""
    _many_folders(tmp_path)
    code = (
        "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); from itaudit.evidence import live_folders; "
        f"print(live_folders.walk({str(tmp_path)!r}, 30, 10**6, 14, 9, 2))"
    )
    said, told = settled(tmp_path, lambda: json.loads(run(sys.executable, "-c", code)))
    assert told["folders"][0]["bytes"] == said[str(tmp_path)]


def test_a_pipe_that_holds_little_does_not_hold_up_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user with many pipes gets small ones (pipe(7))."""
    _many_folders(tmp_path)
    pipe = os.pipe

    def small_pipe() -> tuple[int, int]:
        read, write = pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        return read, write

    monkeypatch.setattr(os, "pipe", small_pipe)
    monkeypatch.setattr(live_walkers, "_NUMBER", struct.Struct("=I60x"))  # 64 of them fill it
    said, told = settled(tmp_path, lambda: _shared(tmp_path))
    assert not told["ended_early"]
    assert told["folders"][0]["bytes"] == said[str(tmp_path)]


def test_what_a_process_told_by_half_is_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may end as a message does."""
    _many_folders(tmp_path)
    dumps = json.dumps
    monkeypatch.setattr(json, "dumps", lambda value: '{"over": false, "new": [["/srv/}' if "new" in value else dumps(value))
    told = _shared(tmp_path)
    assert told["ended_early"]
    assert not told["folders"][0]["complete"]


@pytest.mark.parametrize("workers", [1, 2])
def test_more_files_of_many_names_than_can_be_remembered_make_a_folder_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """A store of hundreds of daily copies has millions, and the machine little memory."""
    monkeypatch.setattr(live_folders, "MOST_LINKED", 10)
    for folder in _many_folders(tmp_path):
        filled(folder / "monday", 5000)
        (folder / "tuesday").hardlink_to(folder / "monday")
    said, told = settled(tmp_path, lambda: _shared(tmp_path, workers))
    assert not told["ended_early"]
    assert not told["folders"][0]["complete"]
    assert 0 < said[str(tmp_path)] - told["folders"][0]["bytes"] <= 400 * 8192


def test_one_huge_branch_among_many_is_put_in_turn_at_once() -> None:
    row = live_folders.Row(b"/srv", None)
    places = [live_folders.Place(b"", row, 1, 1, branch) for branch in [0] * 200_000 + list(range(1, 20_000))]
    ordered = [place.branch for place in live_folders.in_turn(places)]
    assert ordered[:20_001] == [*range(20_000), 0]
    assert len(ordered) == len(places)
