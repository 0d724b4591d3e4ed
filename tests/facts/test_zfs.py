"""No ZFS here: the answers are written by hand, not recorded. zpool-status(8) of OpenZFS 2.3 documents the option, not the tree
of drives below each pool: that shape waits to be held against a real pool."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.disks.raid import raid
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.arrays import Array
from itaudit.facts.file_systems import FileSystem
from itaudit.facts.zfs import KINDS, LIST, STATUS, zfs_arrays, zfs_file_systems
from lab.providers import Always, ran

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
WITH_ZFS = "nodev\tsysfs\n\text4\nnodev\tzfs\n"


def leaf(name: str, state: str = "ONLINE", **errors: object) -> dict[str, Any]:
    return {"name": name, "vdev_type": "disk", "state": state, "read_errors": "0", "write_errors": "0"} | errors


def pool(*leaves: dict[str, Any], state: str = "ONLINE", kind: str = "mirror", **others: object) -> dict[str, Any]:
    group = {"name": f"{kind}-0", "vdev_type": kind, "state": state, "vdevs": {each["name"]: each for each in leaves}}
    root = {"name": "tank", "vdev_type": "root", "state": state, "vdevs": {f"{kind}-0": group}}
    return {"name": "tank", "state": state, "vdevs": {"tank": root}, "error_count": "0"} | others


def answers(found: dict[str, Any]) -> dict[Question, Answer | str]:
    return {KINDS: WITH_ZFS, STATUS: json.dumps({"output_version": {"command": "zpool status"}, "pools": {"tank": found}})}


def arrays(recorded: Recorder, found: dict[str, Any]) -> list[Any]:
    return ran(zfs_arrays.function(recorded(answers(found))))


def test_a_whole_pool_has_all_its_drives(recorded: Recorder) -> None:
    assert arrays(recorded, pool(leaf("sda"), leaf("sdb"))) == [Array("tank", "zfs", wanted=2, working=2)]


def test_a_pool_without_security_says_so(recorded: Recorder) -> None:
    found = pool(leaf("sda"), kind="stripe")
    assert arrays(recorded, found) == [Array("tank", "zfs")]


def test_a_drive_that_is_away_is_missing(recorded: Recorder) -> None:
    (found,) = arrays(recorded, pool(leaf("sda"), leaf("sdb", "UNAVAIL"), state="DEGRADED"))
    assert found == Array("tank", "zfs", wanted=2, working=1, failed=("sdb",), degraded=True)
    assert raid(found).status is api.Status.FAIL
    scan = {"function": "RESILVER", "state": "SCANNING"}
    (again,) = arrays(recorded, pool(leaf("sda"), leaf("sdb", "UNAVAIL"), state="DEGRADED", scan_stats=scan))
    assert raid(again).status is api.Status.WARN
    done = scan | {"state": "FINISHED"}
    (late,) = arrays(recorded, pool(leaf("sda"), leaf("sdb", "UNAVAIL"), state="DEGRADED", scan_stats=done))
    assert raid(late).status is api.Status.FAIL


def test_a_missing_drive_counts_in_a_pool_without_security_too(recorded: Recorder) -> None:
    (found,) = arrays(recorded, pool(leaf("sda"), leaf("sdb", "REMOVED"), kind="stripe", state="ONLINE"))
    assert (found.wanted, found.working, raid(found).status) == (2, 1, api.Status.FAIL)


def test_a_pool_that_stands_still_cannot_be_reached(recorded: Recorder) -> None:
    (found,) = arrays(recorded, pool(leaf("sda", "FAULTED"), leaf("sdb", "FAULTED"), state="SUSPENDED"))
    assert (found.active, raid(found).status) == (False, api.Status.FAIL)


def test_the_errors_of_all_members_are_added(recorded: Recorder) -> None:
    hurt = pool(leaf("sda", checksum_errors="4"), leaf("sdb", read_errors=3), error_count="1")
    assert ran(zfs_file_systems.function(recorded(answers(hurt)))) == [
        FileSystem("tank", "tank", "zfs", 8, "sda checksum_errors=4, sdb read_errors=3, error_count=1")
    ]


OLD: dict[Question, Answer | str] = {KINDS: WITH_ZFS, STATUS: Answer(exit_code=2, errors="invalid option 'j'\nusage:\n")}


def test_an_old_version_tells_at_least_its_own_verdict(recorded: Recorder) -> None:
    ask = recorded(OLD | {LIST: "tank\tONLINE\nold\tDEGRADED\ngone\tUNAVAIL\n"})
    found = ran(zfs_arrays.function(ask))
    assert [raid(each).status for each in found] == [api.Status.OK, api.Status.FAIL, api.Status.FAIL]
    assert ran(zfs_file_systems.function(recorded(OLD))) == []
    with pytest.raises(api.Unreadable):
        ran(zfs_arrays.function(recorded(OLD | {LIST: "tank WELL\n"})))


def test_a_kernel_without_it_has_no_pool_and_needs_no_program(recorded: Recorder) -> None:
    assert ran(zfs_arrays.function(recorded({KINDS: "nodev\tsysfs\n\text4\n"}))) == []
    none = Answer(exit_code=0, errors="no pools available\n")
    assert ran(zfs_arrays.function(recorded({KINDS: WITH_ZFS, STATUS: none}))) == []
    with pytest.raises(api.ToolMissing):
        ran(zfs_arrays.function(recorded({KINDS: WITH_ZFS, STATUS: Answer.missing(api.ToolMissing("zpool"))})))


@pytest.mark.parametrize(
    "change", [{"state": "FINE"}, {"state": None}, {"vdevs": {}}, {"vdevs": []}, {"vdevs": {"tank": {"vdevs": {"x": 3}}}}]
)
def test_a_pool_that_makes_no_sense_costs_only_itself(recorded: Recorder, change: dict[str, object]) -> None:
    (gap,) = arrays(recorded, pool(leaf("sda"), leaf("sdb")) | change)
    assert (gap.subject, type(gap.error)) == ("tank", api.Unreadable)


def test_a_counter_that_is_no_number_is_never_zero(recorded: Recorder) -> None:
    (gap,) = ran(zfs_file_systems.function(recorded(answers(pool(leaf("sda", read_errors="many"))))))
    assert isinstance(gap.error, api.Unreadable)


def test_a_failed_program_is_never_believed(recorded: Recorder) -> None:
    broken = Answer(body='{"pools": {}}', exit_code=1, errors="permission denied")
    with pytest.raises(api.Unreadable):
        ran(zfs_arrays.function(recorded({KINDS: WITH_ZFS, STATUS: broken})))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_answer_yields_sets_or_is_missing(anything: object) -> None:
    class Both(Always):
        def ask(self, question: Question) -> Answer:
            return Answer(body=WITH_ZFS) if question == KINDS else super().ask(question)

    for body in ({"pools": anything}, {"pools": {"a": anything}}, {"pools": {"a": {"state": "ONLINE", "vdevs": anything}}}):
        for provider in (zfs_arrays, zfs_file_systems):
            try:
                found = ran(provider.function(Ask(Both(json.dumps(body)))))
            except api.Missing:
                continue
            assert all(isinstance(each, Array | FileSystem | api.Gap) for each in found)
