"""Rows as lsblk(8) of util-linux 2.38 prints them. An open LUKS device needs a device mapper, which this lab has not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.luks import BLOCKS, Locked, locked_places
from lab.providers import Always, ran

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]


def node(path: str, kind: str, *children: dict[str, Any], mounts: tuple[str | None, ...] = (None,)) -> dict[str, Any]:
    return {"path": path, "type": kind, "mountpoints": list(mounts)} | ({"children": list(children)} if children else {})


def places(recorded: Recorder, *devices: dict[str, Any], model: str = "Samsung SSD") -> list[Any]:
    answers: dict[Question, Answer | str] = {
        BLOCKS: json.dumps({"blockdevices": list(devices)}),
        api.Glob("/sys/block/*"): '["/sys/block/sda"]',
        api.Glob("/sys/block/*/device"): '["/sys/block/sda/device"]',
        api.ReadFile("/sys/block/sda/device/model"): model,
    }
    return ran(locked_places.function(recorded(answers)))


def test_a_layer_of_encryption_anywhere_below_locks_the_place(recorded: Recorder) -> None:
    root = node("/dev/mapper/vg-root", "lvm", mounts=("/",))
    tree = node("/dev/sda", "disk", node("/dev/sda2", "part", node("/dev/mapper/luks", "crypt", root)))
    layers = ("/dev/sda", "/dev/sda2", "/dev/mapper/luks", "/dev/mapper/vg-root")
    assert places(recorded, tree) == [Locked("/", encrypted=True, layers=layers)]


def test_an_older_list_of_drives_is_read_too(recorded: Recorder) -> None:
    # util-linux before 2.37 knows one mount point a device, and before 2.33 no paths.
    locked = {"name": "luks", "type": "crypt", "mountpoint": "/"}
    tree = {"name": "sda", "type": "disk", "mountpoint": None, "children": [locked]}
    answers: dict[Question, Answer | str] = {
        BLOCKS: Answer(exit_code=1, errors="lsblk: unknown column: PATH,TYPE,MOUNTPOINTS\n"),
        api.Command(("lsblk", "--json", "--output", "NAME,TYPE,MOUNTPOINT")): json.dumps({"blockdevices": [tree]}),
        api.Glob("/sys/block/*"): '["/sys/block/sda"]',
        api.Glob("/sys/block/*/device"): '["/sys/block/sda/device"]',
    }
    assert ran(locked_places.function(recorded(answers))) == [Locked("/", encrypted=True, layers=("/dev/sda", "/dev/luks"))]


def test_an_open_place_beside_a_locked_one_is_open(recorded: Recorder) -> None:
    locked = node("/dev/mapper/home", "crypt", mounts=("/home",))
    tree = node("/dev/sda", "disk", node("/dev/sda1", "part", mounts=("/", "/boot")), node("/dev/sda2", "part", locked))
    assert [(place.mount, place.encrypted) for place in places(recorded, tree)] == [("/", False), ("/home", True)]


def test_a_place_on_two_drives_is_locked_only_when_both_are(recorded: Recorder) -> None:
    locked = node("/dev/sda", "disk", node("/dev/mapper/a", "crypt", node("/dev/md0", "raid1", mounts=("/",))))
    opened = node("/dev/sdb", "disk", node("/dev/md0", "raid1", mounts=("/",)))
    assert [place.encrypted for place in places(recorded, locked, opened)] == [False]


def test_a_virtual_disk_is_the_matter_of_its_host(recorded: Recorder) -> None:
    (gap,) = places(recorded, node("/dev/sda", "disk", mounts=("/",)), model="VMware Virtual disk")
    assert (gap.subject, type(gap.error)) == ("/", api.NotApplicable)


def test_a_locked_place_is_locked_on_a_virtual_disk_too(recorded: Recorder) -> None:
    tree = node("/dev/sda", "disk", node("/dev/mapper/locked", "crypt", mounts=("/home",)))
    assert [place.encrypted for place in places(recorded, tree, model="VMware Virtual disk")] == [True]


def test_places_on_no_drive_are_not_told_of(recorded: Recorder) -> None:
    assert places(recorded, node("/dev/sda", "disk")) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"blockdevices": [3]}', '{"blockdevices": [{"path": "/dev/sda", "type": 1}]}'])
def test_a_list_of_drives_that_makes_no_sense_is_unreadable(recorded: Recorder, text: str) -> None:
    with pytest.raises(api.Unreadable):
        ran(locked_places.function(recorded({BLOCKS: text})))


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_answer_yields_places_or_is_missing(anything: object) -> None:
    inner = {"path": "/dev/sda", "type": "disk", "mountpoints": anything, "children": anything}
    for body in (anything, {"blockdevices": anything}, {"blockdevices": [inner]}):
        try:
            found = ran(locked_places.function(Ask(Always(json.dumps(body)))))
        except api.Missing:
            continue
        assert all(isinstance(each, Locked | api.Gap) for each in found)
