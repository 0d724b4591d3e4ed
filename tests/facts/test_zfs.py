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
from itaudit.facts.zfs import COUNTERS, DOOR, KINDS, POOLS, STATUS, zfs_arrays, zfs_file_systems
from itaudit.facts.zfs_text import STATUS as OLD_STATUS
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
    assert arrays(recorded, pool(leaf("sda"), leaf("sdb"))) == [Array("tank", "zfs", wanted=2, working=2, present=("sda", "sdb"))]


def test_a_pool_without_security_says_so(recorded: Recorder) -> None:
    found = pool(leaf("sda"), kind="stripe")
    assert arrays(recorded, found) == [Array("tank", "zfs", secure=False, present=("sda",))]


def test_a_drive_that_is_away_is_missing(recorded: Recorder) -> None:
    (found,) = arrays(recorded, pool(leaf("sda"), leaf("sdb", "UNAVAIL"), state="DEGRADED"))
    assert found == Array("tank", "zfs", wanted=2, working=1, failed=("sdb",), degraded=True, present=("sda",))
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


HEAD = "config:\n\n\tNAME        STATE     READ WRITE CKSUM\n"
WELL = f"""  pool: tank
 state: ONLINE
  scan: scrub repaired 0B in 00:01:30 with 0 errors on Sun Nov  8 00:25:31 2026
{HEAD}\ttank        ONLINE       0     0     0
\t  mirror-0  ONLINE       0     0     0
\t    sda3    ONLINE       0     0     0
\t    sdb3    ONLINE       0     0     2
\tlogs\t
\t  nvme0n1p1  ONLINE       1     0     0
\tcache
\t  71e7694f-e061-11e6-bd1f-3497f600ddaf  UNAVAIL      0     0     0
\tspares
\t  sdc       AVAIL\x20\x20\x20

errors: No known data errors
"""
HURT = f"""
  pool: my pool
 state: DEGRADED
status: One or more devices is currently being resilvered.  The pool will
\tcontinue to function, possibly in a degraded state.
action: Wait for the resilver to complete.
  scan: resilver in progress since Sun Nov 22 16:58:25 2026
\t5.16G scanned at 441M/s, 11.7M issued at 998K/s, 2.16T total
{HEAD}\tmy pool              DEGRADED     0     0     0
\t  raidz1-0           DEGRADED     0     0  1674
\t    ata-A            ONLINE       0     0     0  (resilvering)
\t    replacing-1      DEGRADED     0     0     0
\t      7990249564917  UNAVAIL      0     0     0  was /dev/disk/by-id/ata-B-part1
\t      ata-C          ONLINE       0     0     0
\t    ata-D            FAULTED      3   324     0  too many errors

errors: 412 data errors, use '-v' for a list
"""


def old(recorded: Recorder, text: Answer | str) -> tuple[list[Any], list[Any]]:
    ask = recorded(OLD | {OLD_STATUS: text})
    return ran(zfs_arrays.function(ask)), ran(zfs_file_systems.function(ask))


def test_the_words_of_an_old_version_tell_the_same(recorded: Recorder) -> None:
    sets, counted = old(recorded, WELL + HURT)
    assert sets == [
        # A cache and a spare that are away are no loss of data.
        Array("tank", "zfs", wanted=3, working=3, present=("sda3", "sdb3", "nvme0n1p1")),
        Array("my pool", "zfs", True, 4, 2, ("7990249564917", "ata-D"), "recovery (resilver)", True, True, ("ata-A", "ata-C")),
    ]
    assert counted == [
        FileSystem("tank", "tank", "zfs", 3, "sdb3 checksum_errors=2, nvme0n1p1 read_errors=1"),
        FileSystem("my pool", "my pool", "zfs", 739, "ata-D read_errors=3, ata-D write_errors=324, error_count=412"),
    ]


def test_a_pool_of_an_old_version_without_security_says_so(recorded: Recorder) -> None:
    table = "\tmirrors  ONLINE  0 0 0\n\t  sda  ONLINE  0 0 0\n"
    text = f"  pool: mirrors\n state: ONLINE\n{HEAD}{table}\nerrors: No known data errors\n"
    assert old(recorded, text)[0] == [Array("mirrors", "zfs", secure=False, present=("sda",))]


def test_errors_that_this_user_may_not_count_are_unknown_and_never_none(recorded: Recorder) -> None:
    text = WELL.replace("errors: No known data errors\n", "errors: List of errors unavailable: permission denied\n")
    ([array], [gap]) = old(recorded, text)
    assert array.absent == 0
    assert (gap.subject, type(gap.error)) == ("tank", api.Unreadable)


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("sdb3    ONLINE", "sdb3    DREAMING"),
        ("\t    sdb3", "\t                sdb3"),
        (" state: ONLINE", " state: "),
        ("config:", "konfig:"),
        ("sdb3    ONLINE       0     0     2", "sdb3    ONLINE       0     0     2K"),
    ],
)
def test_words_that_make_no_sense_cost_only_their_pool(recorded: Recorder, there: str, instead: str) -> None:
    assert there in WELL
    sets, counted = old(recorded, WELL.replace(there, instead) + HURT)
    for gap, other in (sets, counted):
        assert (gap.subject, type(gap.error), other.subject) == ("tank", api.Unreadable, "my pool")


def test_a_row_or_a_name_without_end_is_given_up_at_once(recorded: Recorder) -> None:
    text = WELL.replace("sdb3 ", f"sdb3{' ' * 100_000}x") + HURT.replace("my pool", "x" * 100_000)
    for found in old(recorded, text):
        assert [(type(each), len(each.subject)) for each in found] == [(api.Gap, 4), (api.Gap, 255)]


@pytest.mark.parametrize("text", ["", "tank WELL\n", f"banner\n{WELL}", Answer(exit_code=1, body=WELL, errors="internal error")])
def test_an_old_version_that_says_something_else_is_unreadable(recorded: Recorder, text: Answer | str) -> None:
    with pytest.raises(api.Unreadable):
        old(recorded, text)


def test_an_old_version_without_a_pool_has_none(recorded: Recorder) -> None:
    assert old(recorded, "no pools available\n") == ([], [])


def test_logs_and_other_classes_count_in_the_newer_shape_too(recorded: Recorder) -> None:
    found = pool(leaf("sda"), leaf("sdb"), special={"sdc": leaf("sdc", "UNAVAIL", checksum_errors="5")})
    (array,) = arrays(recorded, found)
    assert (array.wanted, array.failed) == (3, ("sdc",))
    (counted,) = ran(zfs_file_systems.function(recorded(answers(found))))
    assert counted.errors == 5


def test_where_no_pool_can_be_no_program_is_missed(recorded: Recorder) -> None:
    none = Answer.missing(api.ToolMissing("zpool"))
    here: dict[Question, Answer | str] = {KINDS: WITH_ZFS, STATUS: none, DOOR: "{}", COUNTERS: "{}", POOLS: "[]"}
    assert ran(zfs_arrays.function(recorded(here))) == []
    assert ran(zfs_arrays.function(recorded(here | {DOOR: Answer.missing(api.NotFound("/dev/zfs")), POOLS: '["x"]'}))) == []
    changes: list[dict[Question, Answer | str]] = [
        {POOLS: '["/proc/spl/kstat/zfs/tank/state"]'},
        {COUNTERS: Answer.missing(api.NotFound("x"))},
    ]
    for change in changes:
        with pytest.raises(api.ToolMissing):
            ran(zfs_arrays.function(recorded({**here, **change})))


def test_a_kernel_without_it_has_no_pool_and_needs_no_program(recorded: Recorder) -> None:
    assert ran(zfs_arrays.function(recorded({KINDS: "nodev\tsysfs\n\text4\n"}))) == []
    none = Answer(exit_code=0, errors="no pools available\n")
    assert ran(zfs_arrays.function(recorded({KINDS: WITH_ZFS, STATUS: none}))) == []
    with pytest.raises(api.ToolMissing):
        ran(zfs_arrays.function(recorded({KINDS: WITH_ZFS, STATUS: Answer.missing(api.ToolMissing("zpool"))})))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "FINE"},
        {"state": None},
        {"state": ["ONLINE"]},
        {"vdevs": {}},
        {"vdevs": []},
        {"vdevs": {"tank": {"vdevs": {"x": 3}}}},
    ],
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

    for body in (
        {"pools": {"a": {"state": anything}}},
        {"pools": anything},
        {"pools": {"a": anything}},
        {"pools": {"a": {"state": "ONLINE", "vdevs": anything}}},
    ):
        for provider in (zfs_arrays, zfs_file_systems):
            try:
                found = ran(provider.function(Ask(Both(json.dumps(body)))))
            except api.Missing:
                continue
            assert all(isinstance(each, Array | FileSystem | api.Gap) for each in found)


WORDS = st.sampled_from([*WELL.split("\n"), *HURT.split("\n"), "\n", "\t", "  ", "  pool: x\n state: ONLINE\n", HEAD, "\0", "é"])


@given(st.lists(WORDS | st.text(max_size=5), max_size=40))
def test_any_words_of_an_old_version_yield_sets_or_are_missing(lines: list[str]) -> None:
    class Old(Always):
        def ask(self, question: Question) -> Answer:
            known = {KINDS: Answer(body=WITH_ZFS), STATUS: Answer(exit_code=2, errors="invalid option 'j'")}
            return known.get(question) or super().ask(question)

    for provider in (zfs_arrays, zfs_file_systems):
        try:
            found = ran(provider.function(Ask(Old("\n".join(lines)))))
        except api.Missing:
            continue
        assert all(isinstance(each, Array | FileSystem | api.Gap) for each in found)
