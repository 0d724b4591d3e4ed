from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.fstab import PlannedMount, planned_mounts
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.disks import DiskLab

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
FSTAB, TABLE = api.ReadFile("/etc/fstab"), api.ReadFile("/proc/self/mountinfo")
BY_UUID = api.Glob("/dev/disk/by-uuid/*")
ROOT = "28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"


def absent(path: str) -> Answer:
    return Answer.missing(api.NotFound(path))


def folder(kind: str = "directory") -> str:
    return json.dumps({"kind": kind})


def planned(recorded: Recorder, fstab: str, mounted: str = ROOT, others: Mapping[str, Answer | str] = {}) -> list[Any]:
    answers: dict[Question, Answer | str] = {FSTAB: fstab, TABLE: mounted, BY_UUID: '["/dev/disk/by-uuid/1234-ABCD"]'}
    answers |= {api.FileStatus(path): answer for path, answer in others.items()}
    return ran(planned_mounts.function(recorded(answers)))


def test_what_is_mounted_is_told_from_what_is_not(recorded: Recorder) -> None:
    fstab = "UUID=1 / ext4 errors=remount-ro 0 1\nUUID=1234-abcd /srv/my\\040data/ ext4 defaults 0 2\n"
    status: dict[str, Answer | str] = {"/srv/my data": folder(), "/srv": folder()}
    assert planned(recorded, fstab, others=status) == [
        PlannedMount("/", "UUID=1", "ext4", "errors=remount-ro", mounted=True),
        PlannedMount("/srv/my data", "UUID=1234-abcd", "ext4", "defaults", mounted=False, device_present=True),
    ]
    there = ROOT + "30 28 8:2 / /srv/my\\040data rw - ext4 /dev/sda2 rw\n"
    assert [each.mounted for each in planned(recorded, fstab, there)] == [True, True]


@pytest.mark.parametrize(
    "line",
    [
        "UUID=5 none swap sw 0 0",
        "/swapfile swap swap defaults 0 0",
        "/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0",
        "tmpfs /tmp tmpfs size=2G 0 0",
        "proc /proc proc defaults 0 0",
        "# UUID=7 /old ext4 defaults 0 2",
        "/dev/sdb1 /old",
        "",
    ],
)
def test_what_is_not_mounted_at_start_or_holds_no_data_is_not_missed(recorded: Recorder, line: str) -> None:
    assert planned(recorded, f"{line}\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "nas:/export /x nfs4 defaults",
        "//nas/office /x cifs rw",
        "/srv/a /x none bind",
        "a@b:/ /x fuse.sshfs ro",
        "/dev/sdb1 /x auto",
    ],
)
def test_shares_bound_folders_and_drives_are_missed(recorded: Recorder, line: str) -> None:
    found = planned(recorded, line, others={"/x": absent("/x"), "/dev/sdb1": absent("/dev/sdb1")})
    assert [each.mounted for each in found] == [False]


def test_a_device_that_is_gone_is_told_from_one_that_is_only_not_mounted(recorded: Recorder) -> None:
    gone = planned(recorded, "UUID=dead /x ext4 nofail 0 2", others={"/x": folder()})
    assert [(each.optional, each.device_present) for each in gone] == [(True, False)]
    odd = planned(recorded, "LABEL=my\\040disk /x ext4 defaults 0 2", others={"/x": folder()})
    assert [each.device_present for each in odd] == [None]


def test_a_place_that_the_automounter_keeps_ready_counts_as_mounted(recorded: Recorder) -> None:
    ready = ROOT + "40 28 0:40 / /share rw - autofs systemd-1 rw\n"
    assert [each.mounted for each in planned(recorded, "nas:/x /share nfs x-systemd.automount", ready)] == [True]


def test_a_place_behind_a_link_is_unknown_not_absent(recorded: Recorder) -> None:
    (gap,) = planned(recorded, "/dev/sdb1 /home/data ext4 defaults", others={"/home/data": absent("x"), "/home": folder("link")})
    assert (gap.subject, type(gap.error)) == ("/home/data", api.Unreadable)


def test_a_place_without_end_is_not_walked(recorded: Recorder) -> None:
    (gap,) = planned(recorded, f"/dev/sdb1 {'/x' * 1000} ext4 defaults")
    assert isinstance(gap.error, api.Unreadable)


def test_without_a_table_nothing_is_planned_but_an_unreadable_one_is_unknown(recorded: Recorder) -> None:
    assert ran(planned_mounts.function(recorded({FSTAB: absent("/etc/fstab")}))) == []
    with pytest.raises(api.AccessDenied):
        ran(planned_mounts.function(recorded({FSTAB: Answer.missing(api.AccessDenied("/etc/fstab"))})))
    with pytest.raises(api.Unreadable):
        planned(recorded, "UUID=1 / ext4 defaults", "\0")
    with pytest.raises(api.Unreadable):
        planned(recorded, "".join(f"/dev/sdb /x{n} ext4 defaults\n" for n in range(501)))


@given(
    st.lists(
        st.sampled_from(["/dev/a", "UUID=", "/x", "/", "//", "\\040", "\n", " ", "ext4", "none", "\0", "é", "#"]) | st.text()
    )
)
def test_any_table_yields_plans_or_is_missing(pieces: list[str]) -> None:
    for text in ("".join(pieces), " ".join(pieces), "/dev/x /y ext4 " + "".join(pieces)):
        try:
            found = ran(planned_mounts.function(Ask(Always(text))))
        except api.Missing:
            continue
        assert all(isinstance(each, PlannedMount | api.Gap) for each in found)


def test_a_real_disk_is_missed_once_it_is_no_longer_mounted(recorded: Recorder, live: Ask, disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4()
    line = f"{disk.device} {disk.mount} ext4 defaults 0 2\n".replace(" mounted here", "\\040mounted\\040here")
    table = live(TABLE).text

    class Here:
        machine = api.Machine
        abandoned: Mapping[str, int] = {}

        def __init__(self, mounts: str) -> None:
            self.answers = {FSTAB: Answer(body=line), TABLE: Answer(body=mounts)}

        def ask(self, question: Question) -> Answer:
            return self.answers[question] if question in self.answers else live(question)

    def states(mounts: str) -> list[tuple[bool, bool | None]]:
        source: Any = Here(mounts)
        return [(each.mounted, each.device_present) for each in ran(planned_mounts.function(Ask(source)))]

    assert Path(disk.device).exists()
    assert states(table) == [(True, None)]
    disk_lab.unmount(disk)
    assert states(live(TABLE).text) == [(False, True)]
