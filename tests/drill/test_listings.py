"""The lists that restic and borg print, and the patterns that name a file to them."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.drill import borg, restic
from itaudit.drill.saved import SavedFile, State, key_of, newest
from itaudit.facts.backups.fact import hours_since

FILE = {"type": "file", "path": "/a", "size": 3, "mtime": "2026-11-23T03:57:40.040206774Z", "struct_type": "node"}
ENTRY = "-rw-r--r--\t3\t2026-11-23T03:57:40.034225\ttmp/a\0"


@pytest.mark.parametrize(
    "change",
    [
        {"type": "dir"},
        {"path": "a"},
        {"path": "/a/../../etc/passwd"},
        {"path": 5},
        {"size": -1},
        {"size": "3"},
        {"size": True},
        {"mtime": "yesterday"},
        {"mtime": None},
    ],
)
def test_what_is_no_sound_file_is_left_out_of_restics_list(change: dict[str, object]) -> None:
    assert len(restic.read_files(json.dumps(FILE))) == 1
    assert restic.read_files(json.dumps(FILE | change)) == []


def test_a_file_without_size_is_empty() -> None:
    text = json.dumps({name: value for name, value in FILE.items() if name != "size"})
    assert [file.size_bytes for file in restic.read_files(text)] == [0]


@pytest.mark.parametrize(
    "entry",
    [ENTRY.replace("-rw", "hrw"), ENTRY.replace("-rw", "drw"), ENTRY.replace("tmp/", "../"), ENTRY.replace("\t3", "\t-3")],
)
def test_what_is_no_sound_file_is_left_out_of_borgs_list(entry: str) -> None:
    assert [file.path for file in borg.read_files(ENTRY)] == ["/tmp/a"]
    assert borg.read_files(entry) == []


def test_names_with_tab_and_newline_are_kept_in_borgs_list() -> None:
    assert [file.path for file in borg.read_files(ENTRY.replace("tmp/a", "tmp/a\tb\nc"))] == ["/tmp/a\tb\nc"]


@pytest.mark.parametrize("read", [restic.read_files, borg.read_files, restic.read_states, borg.read_states])
@given(text=st.one_of(st.text(max_size=200), st.text('{}"[]:,typefilpath012-rw\t\n\0', max_size=200)))
def test_hostile_lists_give_files_or_are_unreadable(read: Callable[[str], list[SavedFile] | list[State]], text: str) -> None:
    with contextlib.suppress(api.Unreadable):
        assert isinstance(read(text), list)


def test_deep_nesting_is_unreadable() -> None:
    with pytest.raises(api.Unreadable):
        restic.read_files("[" * 100_000)
    with pytest.raises(api.Unreadable):
        restic.read_states("[" * 100_000)


@given(st.text(alphabet="ab*?[]\\!-/.", min_size=1, max_size=8), st.text(alphabet="ab*?[]\\!-/.", min_size=1, max_size=8))
def test_a_name_for_borg_matches_itself_alone(name: str, other: str) -> None:
    style, _, pattern = borg.pattern_of(f"/{name}").partition(":")
    if style == "re":
        assert re.match(pattern, name)
        if key_of(name) != key_of(other) and not any(sign in name for sign in "?"):
            assert not re.match(pattern, other)
    else:
        assert pattern == name.removeprefix("/") or pattern == name


def test_signs_of_patterns_are_literal_for_restic() -> None:
    assert restic.pattern_of("/a*b?[c]\\\ufffd") == "/a\\*b\\?\\[c\\]\\\\?"


def test_odd_bytes_have_one_key_however_they_are_written() -> None:
    assert key_of("/a\udcff\udcfe") == key_of("/a\ufffd\ufffd") == key_of("/a??") == key_of("/a\ufffd")


def test_the_newest_state_of_this_machine_is_taken_and_none_from_the_future(machine: api.Machine) -> None:
    from datetime import timedelta

    def state(name: str, host: str, hours: float) -> State:
        return State(name, host, machine.now - timedelta(hours=hours))

    states = [
        state("old", machine.host, 9),
        state("new", f"{machine.host}.lan", 5),
        state("b", "b", 1),
        state("f", machine.host, -9),
    ]
    found = newest(states, machine.host, machine.now)
    assert found is not None
    assert (found.name, hours_since(found.when, machine.now)) == ("new", 5)
    assert newest(states, "nobody", machine.now) is None
