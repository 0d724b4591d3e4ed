"""The walk for rights that are too wide, in real folders, beside find(1)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.errors import NotFound, Unreadable
from itaudit.evidence import live_walk
from itaudit.evidence.live import Live
from itaudit.evidence.live_walk import wide_rights
from itaudit.evidence.questions_machine import WideRights
from itaudit.evidence.rooted import Rooted


def walked(folder: Path | str, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(wide_rights(WideRights(str(folder), **({"timeout": 60.0} | more))).body)
    return body


def put(path: Path, mode: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    path.chmod(mode)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "top"
    put(top / "usual", 0o644)
    put(top / "bin/open", 0o666)
    put(top / "bin/special", 0o4755)
    put(top / "bin/group", 0o2755)
    put(top / "bin/locks", 0o2644)
    for name, mode in (("tmp", 0o1777), ("drop", 0o777)):
        (top / name).mkdir()
        (top / name).chmod(mode)
    (top / "link").symlink_to("bin/open")
    return top


def test_it_finds_what_find_finds(tree: Path) -> None:
    body = walked(tree)
    top = str(tree)
    wide = ["find", top, "-xdev", "(", "-type", "f", "-o", "-type", "d", "!", "-perm", "-1000", ")", "-perm", "-0002"]
    special = ["find", top, "-xdev", "-type", "f", "-perm", "/6000", "-perm", "/0111"]
    for name, command in (("writable", wide), ("privileged", special)):
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        assert sorted(body[name]) == sorted(lines) != []
    assert (body["seen"], body["unseen"], body["complete"]) == (10, 0, True)


def test_a_folder_that_all_may_write_to_counts_itself(tree: Path) -> None:
    tree.chmod(0o777)
    assert str(tree) in walked(tree)["writable"]


def test_of_each_owner_the_first_file_is_named(tree: Path, needs_root: Callable[[], None]) -> None:
    needs_root()
    os.chown(tree / "bin/open", 4242, 4242)
    os.chown(tree / "link", 4343, 4343, follow_symlinks=False)
    assert dict(walked(tree)["owners"]) == {0: str(tree), 4242: str(tree / "bin/open")}


def test_depth_entries_and_time_bound_it(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tree / "a/b/c/deep", 0o666)
    assert str(tree / "a/b/c/deep") in walked(tree)["writable"]
    shallow = walked(tree, depth=1)
    assert (shallow["writable"], shallow["complete"]) == ([str(tree / "drop")], True)
    assert walked(tree, most=3)["complete"] is False
    assert walked(tree, most=3)["seen"] == 3
    monkeypatch.setattr(live_walk, "_ENTRIES_BETWEEN_CLOCKS", 1)
    late = walked(tree, timeout=-1.0)
    assert (late["seen"], late["complete"]) == (1, False)


def test_what_is_left_out_is_not_looked_into(tree: Path) -> None:
    assert walked(tree, left_out=(str(tree / "bin"),))["privileged"] == []


def test_more_than_it_shows_is_not_complete(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_walk, "_MOST_SHOWN", 1)
    body = walked(tree)
    assert (len(body["privileged"]), body["complete"]) == (1, False)


def test_links_are_neither_followed_nor_blamed(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere/open", 0o666)
    (tmp_path / "top").mkdir()
    (tmp_path / "top/link").symlink_to(tmp_path / "elsewhere")
    assert walked(tmp_path / "top")["writable"] == []
    with pytest.raises(NotFound):
        wide_rights(WideRights(str(tmp_path / "top/link")))


def test_another_file_system_is_left_out() -> None:
    """/dev/shm is one of its own everywhere."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        file = put(Path(folder) / "open", 0o666)
        assert walked(folder)["writable"] == [str(file)]
        assert not [path for path in walked("/dev")["writable"] if path.startswith("/dev/shm/")]


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        wide_rights(WideRights(str(tmp_path / "none")))
    with pytest.raises(NotFound):
        wide_rights(WideRights(str(put(tmp_path / "file", 0o644))))


def test_a_folder_on_another_machine_is_not_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_walk, "is_remote", lambda _: True)
    with pytest.raises(Unreadable):
        wide_rights(WideRights(str(tmp_path)))


def test_names_that_are_no_text_do_no_harm(tree: Path) -> None:
    put(Path(os.fsdecode(os.fsencode(tree) + b"/bin/\xff\n")), 0o666)
    assert any("\ufffd\n" in path for path in walked(tree)["writable"])


def test_a_system_in_a_folder_is_named_as_it_names_itself(tmp_path: Path) -> None:
    put(tmp_path / "etc/open", 0o666)
    put(tmp_path / "proc/open", 0o666)
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to("/usr/bin")
    rooted = Rooted(tmp_path, Live())
    assert rooted.ask(WideRights("/etc", timeout=60.0)).json["writable"] == ["/etc/open"]
    assert rooted.ask(WideRights("/", timeout=60.0)).json["writable"] == ["/etc/open"], "what lies in its /proc is left out"
    assert rooted.ask(WideRights("/bin")).problem == "not_found"
    assert rooted.ask(WideRights("/dev/shm")).problem == "not_running"
    rooted.close()


@given(st.lists(st.sampled_from([0o644, 0o666, 0o4755, 0o6777, 0o2644, 0o000, 0o111]), max_size=6))
def test_every_wide_file_is_named_and_no_other(tmp_path_factory: pytest.TempPathFactory, modes: list[int]) -> None:
    top = tmp_path_factory.mktemp("modes")
    for number, mode in enumerate(modes):
        put(top / str(number), mode)
    body = walked(top)
    assert sorted(body["writable"]) == sorted(str(top / str(n)) for n, mode in enumerate(modes) if mode & 0o002)
    special = [str(top / str(n)) for n, mode in enumerate(modes) if mode & 0o6000 and mode & 0o111]
    assert sorted(body["privileged"]) == sorted(special)


def test_a_file_that_goes_meanwhile_does_not_hide_the_others(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Going:
        """As os.DirEntry, of a file that was removed after the folder was read."""

        path = str(tree / "bin/gone")

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            return Path(self.path).stat(follow_symlinks=follow_symlinks)

    scan = os.scandir

    @contextlib.contextmanager
    def going_first(folder: str) -> Iterator[list[Any]]:
        with scan(folder) as entries:
            yield [Going(), *entries]

    monkeypatch.setattr(os, "scandir", going_first)
    body = walked(tree / "bin")
    assert (body["writable"], body["complete"]) == ([str(tree / "bin/open")], True)


def test_a_dead_mount_is_not_touched_wherever_it_lies(beside_a_dead_mount: Callable[[str], Any], tmp_path: Path) -> None:
    put(tmp_path / "open", 0o666)
    found = beside_a_dead_mount("""
from itaudit.errors import Unreadable
from itaudit.evidence.live_walk import wide_rights
from itaudit.evidence.questions_machine import WideRights

try:
    told = wide_rights(WideRights(str(dead))).body
except Unreadable as error:
    told = "not looked at"
print(json.dumps([told, json.loads(wide_rights(WideRights(str(dead.parent))).body)["writable"]]))
os._exit(0)
""")
    assert found == ["not looked at", [str(tmp_path / "open")]]
