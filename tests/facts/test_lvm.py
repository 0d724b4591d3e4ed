"""Reports as vgs and lvs 2.03 print them; the missing drive is also real. Thin pools need a device mapper: their rows are written
after lvs(8) and lvmthin(7)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.arrays import Array
from itaudit.facts.lvm import GROUPS, VOLUMES, GrowingStore, VolumeGroup, growing_stores, lvm_arrays, volume_groups
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.lvm import LvmLab

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
UUIDS = api.Glob("/sys/block/dm-*/dm/uuid")


def groups(count: str = "2", missing: str = "0") -> str:
    return json.dumps({"report": [{"vg": [{"vg_name": "data", "pv_count": count, "vg_missing_pv_count": missing}]}]})


def volumes(*rows: tuple[str, str, str, str]) -> str:
    keys = ("lv_name", "lv_attr", "data_percent", "metadata_percent")
    return json.dumps({"report": [{"lv": [{"vg_name": "data"} | dict(zip(keys, row, strict=True)) for row in rows]}]})


def test_missing_drives_of_a_group_are_counted(recorded: Recorder, machine: api.Machine) -> None:
    for missing in (0, 1):
        found = ran(volume_groups.function(recorded({GROUPS: groups(missing=str(missing))}), machine))
        assert found == [VolumeGroup("data", 2, missing)]


def test_pools_are_told_from_ordinary_volumes(recorded: Recorder, machine: api.Machine) -> None:
    text = volumes(
        ("root", "-wi-ao----", "", ""),
        ("thin", "Vwi-aotz--", "40.00", ""),
        ("pool", "twi-aotz--", "81.25", "12.30"),
        ("[hidden]", "twi---tz--", "", ""),
        ("old", "swi-a-s---", "99.00", ""),
        ("compressed", "dwi-------", "7.00", ""),
        ("stopped", "twi-aotzM-", "20.00", "99.00"),
        ("doubtful", "twi-cotz--", "20.00", "1.00"),
    )
    assert ran(growing_stores.function(recorded({VOLUMES: text}), machine)) == [
        GrowingStore("data/pool", data_percent=81.25, metadata_percent=12.3),
        GrowingStore("data/hidden", data_percent=None),
        GrowingStore("data/compressed", data_percent=7),
        GrowingStore("data/stopped", data_percent=20, metadata_percent=99, fault="metadata read only"),
        GrowingStore("data/doubtful", data_percent=20, metadata_percent=1, fault="check needed"),
    ]


def test_a_mirrored_volume_that_was_not_written_to_on_all_drives_is_not_whole(recorded: Recorder, machine: api.Machine) -> None:
    text = volumes(
        ("root", "-wi-ao----", "", ""),
        ("well", "rwi-aor---", "", ""),
        ("stale", "rwi-aor-r-", "", ""),
        ("[stale_rimage_0]", "iwi-aor-r-", "", ""),
        ("halved", "rwi-aor-p-", "", ""),
    )
    assert ran(lvm_arrays.function(recorded({VOLUMES: text}), machine)) == [
        Array("data/well", "lvm"),
        Array("data/stale", "lvm", degraded=True),
    ]


def test_the_fuller_of_data_and_lists_counts() -> None:
    assert GrowingStore("p", 10, 96).used_percent == 96
    assert GrowingStore("p", 97, 96).used_percent == 97
    assert GrowingStore("p", None).used_percent is None


def test_without_its_programs_there_is_nothing_unless_the_kernel_runs_its_volumes(
    recorded: Recorder, machine: api.Machine
) -> None:
    none = Answer.missing(api.ToolMissing("vgs"))
    uuid = api.ReadFile("/sys/block/dm-0/dm/uuid")
    listed = json.dumps([uuid.path])
    assert ran(volume_groups.function(recorded({GROUPS: none, UUIDS: "[]"}), machine)) == []
    assert ran(volume_groups.function(recorded({GROUPS: none, UUIDS: listed, uuid: "CRYPT-LUKS2-1-root\n"}), machine)) == []
    with pytest.raises(api.ToolMissing, match="lvm2"):
        ran(volume_groups.function(recorded({GROUPS: none, UUIDS: listed, uuid: "LVM-abc\n"}), machine))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"report": []}', '{"report": [{"vg": [{"vg_name": "x"}]}]}', groups("-1"), groups("two"), "[" * 100_000],
)
def test_a_report_that_makes_no_sense_is_unreadable(recorded: Recorder, machine: api.Machine, text: str) -> None:
    with pytest.raises(api.Unreadable):
        ran(volume_groups.function(recorded({GROUPS: text}), machine))


def test_a_group_that_misses_more_than_it_has_costs_only_itself(recorded: Recorder, machine: api.Machine) -> None:
    (gap,) = ran(volume_groups.function(recorded({GROUPS: groups("1", "2")}), machine))
    assert (gap.subject, type(gap.error)) == ("data", api.Unreadable)


def test_an_empty_list_from_a_program_that_failed_is_never_believed(recorded: Recorder, machine: api.Machine) -> None:
    empty = Answer(body='{"report": [{"vg": []}]}', exit_code=5, errors="/run/lock/lvm: open failed: Permission denied")
    for who, error in ((replace(machine, admin=False), api.AccessDenied), (machine, api.Unreadable)):
        with pytest.raises(error):
            ran(volume_groups.function(recorded({GROUPS: empty}), who))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_answer_yields_groups_or_is_missing(anything: object) -> None:
    for body in (anything, {"report": anything}, {"report": [{"vg": anything, "lv": anything}]}):
        source = Always(json.dumps(body))
        for provider, kind in ((volume_groups, VolumeGroup), (growing_stores, GrowingStore), (lvm_arrays, Array)):
            try:
                found = ran(provider.function(Ask(source), source.machine))
            except api.Missing:
                continue
            assert all(isinstance(each, kind | api.Gap) for each in found)


def test_a_real_group_misses_the_drive_that_was_taken_away(live: Ask, machine: api.Machine, lvm_lab: LvmLab) -> None:
    def here() -> list[VolumeGroup]:
        return [each for each in ran(volume_groups.function(live, machine)) if each.subject == lvm_lab.name]

    assert here() == [VolumeGroup(lvm_lab.name, 2, 0)]
    lvm_lab.lose()
    assert here() == [VolumeGroup(lvm_lab.name, 2, 1)]
    assert [each for each in ran(growing_stores.function(live, machine)) if each.subject.startswith(f"{lvm_lab.name}/")] == []
