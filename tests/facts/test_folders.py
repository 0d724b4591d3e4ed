from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.disks.space import Settings
from itaudit.config import Configuration
from itaudit.contributions import Ask
from itaudit.engine import run
from itaudit.evidence.questions import Answer, Question
from itaudit.facts import folders as module
from itaudit.facts.folders import Folder, Folders, Space, folders_of_volumes, most_telling
from itaudit.facts.mounts import linux_mounts
from itaudit.facts.volumes import Volume, linux_volumes
from itaudit.model import Machine, Status
from itaudit.plugins import discover
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.disks import DiskLab

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
GB = 10**9
ROOT = Volume("/", "/dev/sda1", "ext4", 200 * GB, 20 * GB)


def question(mount: str, seconds: float = 3.0) -> api.FolderSizes:
    return api.FolderSizes(mount, seconds, changed_days=14, timeout=seconds + 12)


def body(*rows: tuple[str, int, int, bool], ended_early: bool = False) -> str:
    names = ("path", "bytes", "changed_bytes", "complete")
    return json.dumps({"ended_early": ended_early, "folders": [dict(zip(names, row, strict=True)) for row in rows]})


def found(
    recorded: Recorder,
    machine: Machine,
    volumes: list[Volume],
    answers: Mapping[Question, Answer | str],
    settings: Space | None = None,
) -> list[Any]:
    return ran(folders_of_volumes.function(recorded(answers), machine, volumes, settings or Space()))


def test_the_folders_of_a_volume_that_is_short_of_space_are_told_without_the_whole(recorded: Recorder, machine: Machine) -> None:
    answer = body(("/", 180 * GB, 0, True), ("/var", 100 * GB, 12 * GB, True), ("/home", 70 * GB, 0, False), ended_early=True)
    (walk,) = found(recorded, machine, [ROOT], {question("/"): answer})
    assert walk.folders == (Folder("/var", 100 * GB, 12 * GB, complete=True), Folder("/home", 70 * GB, 0, complete=False))
    assert walk.problem == "the time was too short to see all of it"


@pytest.mark.parametrize(
    "volume",
    [
        Volume("/", "/dev/sda1", "ext4", 200 * GB, 50 * GB),  # 25 %
        Volume("/", "/dev/sda1", "ext4", 4000 * GB, 100 * GB),
        Volume("/", "nas:/x", "nfs4", 200 * GB, 2 * GB, network=True),
        Volume("/", "tank", "zfs", 200 * GB, 2 * GB),
    ],
)
def test_nobody_looks_into_a_volume_with_room_or_on_another_machine(recorded: Recorder, machine: Machine, volume: Volume) -> None:
    # The answer is there: were it asked for, the folder would show.
    assert found(recorded, machine, [volume], {question("/"): body(("/var", 9, 0, True))}) == [Folders("/")]


def test_the_look_can_be_switched_off_and_given_more_time(recorded: Recorder, machine: Machine) -> None:
    answers: dict[Question, Answer | str] = {question("/", 20.0): body(("/var", 9, 0, True))}
    assert found(recorded, machine, [ROOT], answers, Space(folder_seconds=0)) == [Folders("/")]
    (walk,) = found(recorded, machine, [ROOT], answers, Space(folder_seconds=20))
    assert [folder.path for folder in walk.folders] == ["/var"]


@pytest.mark.parametrize(("available", "looked"), [(210, True), (300, False), (450, False)])
def test_a_volume_that_will_soon_be_full_is_looked_into_although_it_has_room(
    recorded: Recorder, machine: Machine, available: int, looked: bool
) -> None:
    # 4 GB a day: 210 GB last 53 days, 300 GB 75 days, and 450 GB are plenty whatever the pace.
    size, daily = 600 * GB, (4 if available < 400 else 40) * GB
    used = [(machine.now - timedelta(days=ago), size - available * GB - daily * ago) for ago in range(20, 0, -1)]
    past = json.dumps([[when.isoformat(), value] for when, value in used])
    answers: dict[Question, Answer | str] = {
        api.Past("disks.space", "/data", "used"): past,
        question("/data"): body(("/data/x", 9, 0, True)),
    }
    (walk,) = found(recorded, machine, [Volume("/data", "/dev/sdb1", "xfs", size, available * GB)], answers)
    assert bool(walk.folders) is looked


def test_only_the_three_fullest_are_looked_into(recorded: Recorder, machine: Machine) -> None:
    volumes = [Volume(f"/v{free}", "/dev/x", "ext4", 100 * GB, free * GB) for free in (9, 1, 5, 3)]
    answers: dict[Question, Answer | str] = {question(one.mount): body((f"{one.mount}/a", 1, 0, True)) for one in volumes}
    walks = found(recorded, machine, volumes, answers)
    assert {walk.mount: len(walk.folders) for walk in walks} == {"/v1": 1, "/v3": 1, "/v5": 1, "/v9": 0}


@pytest.mark.parametrize(
    "answer",
    [
        Answer.missing(api.TimedOut("/ did not answer")),
        "",
        "[]",
        "{}",
        '{"folders": 3}',
        '{"folders": [3]}',
        '{"folders": [{"path": "/a"}]}',
        body(("/a", 3, 4, True)),
        body(("/a", -3, -4, True)),
        body((7, 3, 2, True)),  # type: ignore[arg-type] # a hostile answer
        body(("/a", True, False, True)),
        body(("/a", 10**400, 0, True)),
        body(("/a" * 4000, 3, 2, True)),
    ],
)
def test_a_look_that_fails_is_told_and_hides_nothing(recorded: Recorder, machine: Machine, answer: Answer | str) -> None:
    (walk,) = found(recorded, machine, [ROOT], {question("/"): answer})
    assert isinstance(walk, Folders)
    assert (walk.folders, walk.problem != "") == ((), True)


def test_folders_outside_the_volume_are_left_out(recorded: Recorder, machine: Machine) -> None:
    volume = Volume("/srv", "/dev/sdb1", "ext4", 200 * GB, 20 * GB)
    answer = body(("/srv", 9, 0, True), ("/srv2", 8, 0, True), ("/etc", 7, 0, True), ("/srv/a", 6, 0, True))
    (walk,) = found(recorded, machine, [volume], {question("/srv"): answer})
    assert [folder.path for folder in walk.folders] == ["/srv/a"]


@given(
    st.text(max_size=300) | st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=9).map(json.dumps)
)
def test_whatever_is_answered_each_volume_gets_its_fact(answer: str) -> None:
    source = Always(answer)
    (walk,) = ran(folders_of_volumes.function(Ask(source), source.machine, [ROOT], Space()))
    assert isinstance(walk, Folders)


def test_what_counts_as_short_is_what_the_check_warns_of() -> None:
    limits = Settings()
    assert (limits.free_percent.warn, limits.free_gigabytes.warn * GB) == (module.LOW_PERCENT, module.LOW_BYTES)
    assert (limits.days_left.warn, limits.plenty_gigabytes * GB) == (module.SOON_DAYS, module.PLENTY_BYTES)


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ({"/srv": 100, "/srv/photos": 90, "/srv/photos/2026": 20, "/home": 50}, ["/srv/photos", "/home"]),
        ({"/srv": 100, "/srv/photos": 60, "/srv/mail": 40}, ["/srv"]),
        ({"/srv": 100, "/srv2": 95}, ["/srv", "/srv2"]),
        ({"/a": 3, "/b": 2, "/c": 1}, ["/a", "/b"]),
        ({}, []),
    ],
)
def test_the_folders_that_say_most_are_named(amounts: dict[str, int], told: list[str]) -> None:
    assert most_telling(amounts, 2) == told


def spaces(machine: Machine, answers: Mapping[str, Answer]) -> dict[str, Status]:
    """What the engine makes of disks.space on such a machine, by subject."""

    class Here:
        abandoned: Mapping[str, int] = {}

        def __init__(self) -> None:
            self.machine = machine

        def ask(self, question: Question) -> Answer:
            return answers.get(question.key, Answer.missing(api.NotRecorded("never asked")))

    outcome = run(Here(), discover(), Configuration(), areas=["disks"])
    return {one.subject: one.status for one in outcome.findings if one.check == "disks.space"}


@pytest.mark.parametrize("system", ["linux", "windows", "macos"])
def test_what_cannot_be_seen_at_all_is_told_once(machine: Machine, system: str) -> None:
    assert spaces(replace(machine, system=system), {}) == {"this machine": Status.UNKNOWN}


MOUNTS = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 0 0:50 / /share rw - nfs4 nas:/x rw\n"
USAGE = {"size_bytes": 10**12, "free_bytes": 5 * 10**11, "files": 0, "files_free": 0, "read_only": False}


@pytest.mark.parametrize("available", [500 * GB, 10 * GB])
def test_a_dead_share_does_not_keep_the_other_volumes_from_being_judged(machine: Machine, available: int) -> None:
    answers = {
        api.ReadFile("/proc/self/mountinfo").key: Answer(body=MOUNTS),
        api.FileSystemUsage("/").key: Answer(body=json.dumps({**USAGE, "available_bytes": available})),
        api.FileSystemUsage("/share").key: Answer.missing(api.TimedOut("/share")),
    }

    assert spaces(machine, answers) == {"/": Status.OK if available > 100 * GB else Status.FAIL, "/share": Status.UNKNOWN}


def test_what_fills_a_real_volume_is_found(live: Ask, machine: Machine, disk_lab: DiskLab) -> None:
    disk = disk_lab.ext4()
    (disk.mount / "log").mkdir()
    (disk.mount / "log" / "huge").write_bytes(b"x" * 20 * 2**20)
    (mount,) = [mount for mount in ran(linux_mounts.function(live)) if mount.mount == str(disk.mount)]
    volumes = ran(linux_volumes.function(live, [mount]))
    (walk,) = ran(folders_of_volumes.function(live, machine, volumes, Space(folder_seconds=25)))
    assert walk.folders[0] == Folder(f"{disk.mount}/log", 20 * 2**20, 20 * 2**20, complete=True)
    assert walk.problem == ""
