from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.mounts import Mount, linux_mounts
from itaudit.facts.trim import BLOCKS, CRON, TIMER, Trim, trims
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.disks import DiskLab

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
ROOT = Mount("/", "/dev/mapper/vg-root", "ext4", "253:0")
NO_TOOL = Answer.missing(api.ToolMissing("systemctl"))


def blocks(rota: object = False, most: object = 2147450880) -> str:
    inner = {"path": "/dev/mapper/vg-root", "disc-max": most, "rota": rota, "mountpoints": ["/", None]}
    outer = {"path": "/dev/sda", "disc-max": 512, "rota": False, "mountpoints": [None], "children": [inner]}
    return json.dumps({"blockdevices": [outer]})


def trimmed(
    recorded: Recorder, text: Answer | str, timer: Answer | str = "enabled\n", cron: str = "[]", root: Mount = ROOT
) -> list[Any]:
    return ran(trims.function(recorded({BLOCKS: text, TIMER: timer, CRON: cron}), [root]))


@pytest.mark.parametrize(
    ("timer", "cron", "scheduled"),
    [
        ("enabled\n", "[]", True),
        (Answer(body="disabled\n", exit_code=1), "[]", False),
        (Answer(body="disabled\n", exit_code=1), '["/etc/cron.weekly/fstrim"]', True),
        (Answer(exit_code=1, errors="No such file or directory"), "[]", False),
        (NO_TOOL, "[]", False),
        (NO_TOOL, '["/etc/cron.weekly/fstrim"]', True),
    ],
)
def test_the_timer_or_a_regular_job_tells_the_drive(recorded: Recorder, timer: Answer | str, cron: str, scheduled: bool) -> None:
    assert trimmed(recorded, blocks(), timer, cron) == [Trim("/", ROOT.device, continuous=False, scheduled=scheduled)]


TOO_OLD = Answer(exit_code=1, errors="lsblk: unknown column: PATH,MOUNTPOINTS\n")
OLDER = api.Command(("lsblk", "--json", "--bytes", "--output", "NAME,DISC-MAX,ROTA,MOUNTPOINT"))


@pytest.mark.parametrize(
    ("rota", "most", "count"), [("0", "2147450880", 1), ("1", "2147450880", 0), ("0", "0", 0), (False, 512, 1)]
)
def test_an_older_list_of_drives_is_read_too(recorded: Recorder, rota: object, most: object, count: int) -> None:
    # util-linux 2.32 (Red Hat 8) writes all values as text, and knows neither PATH nor MOUNTPOINTS; 2.34 knows only PATH.
    inner = {"name": "vg-root", "disc-max": most, "rota": rota, "mountpoint": "/"}
    outer = {"name": "sda", "disc-max": "512", "rota": "0", "mountpoint": None, "children": [inner]}
    text = json.dumps({"blockdevices": [outer]})
    found = ran(trims.function(recorded({BLOCKS: TOO_OLD, OLDER: text, TIMER: "enabled\n", CRON: "[]"}), [ROOT]))
    assert len(found) == count


@pytest.mark.parametrize("text", [blocks(rota=True), blocks(most=0), blocks(most=None)])
def test_drives_that_take_no_hints_are_left_alone(recorded: Recorder, text: str) -> None:
    assert trimmed(recorded, text) == []


def test_shares_and_read_only_media_are_left_alone(recorded: Recorder) -> None:
    for root in (Mount("/", "nas:/x", "nfs4", "0:9"), Mount("/", "/dev/sda1", "ext4", "8:1", read_only=True)):
        assert ran(trims.function(recorded({}), [root])) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"blockdevices": [3]}', blocks(most="1G"), Answer(body=blocks(), exit_code=1)])
def test_a_list_of_drives_that_makes_no_sense_is_unreadable(recorded: Recorder, text: Answer | str) -> None:
    with pytest.raises(api.Unreadable):
        trimmed(recorded, text)


def test_a_timer_in_an_unknown_state_is_unknown(recorded: Recorder) -> None:
    with pytest.raises(api.Unreadable):
        trimmed(recorded, blocks(), "who knows\n")


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_answer_yields_drives_or_is_missing(anything: object) -> None:
    for body in (anything, {"blockdevices": anything}, {"blockdevices": [{"mountpoints": anything, "children": anything}]}):
        try:
            found = ran(trims.function(Ask(Always(json.dumps(body))), [ROOT]))
        except api.Missing:
            continue
        assert all(isinstance(each, Trim) for each in found)


def test_a_real_mount_says_whether_it_tells_its_drive(live: Ask, disk_lab: DiskLab) -> None:
    for options, expected in ((("-o", "discard"), True), ((), False)):
        disk = disk_lab.ext4(mount=options)
        (mount,) = [mount for mount in ran(linux_mounts.function(live)) if mount.mount == str(disk.mount)]
        assert mount.discards is expected
        # The list of this machine's drives can be read; whether its loop devices count as solid-state is the kernel's choice.
        assert all(isinstance(each, Trim) for each in ran(trims.function(live, [mount])))
        disk_lab.unmount(disk)
