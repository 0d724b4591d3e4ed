"""No RAID controller here: the answers are written by hand after output of both programs shown in public projects, not recorded.
The words for states come from there too, and may not be all."""

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
from itaudit.facts.hardware_raid import MEGARAID, SMART_ARRAY, SSACLI, STORCLI, controller_arrays
from lab.providers import Always, ran

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
HERE = '["/sys/bus/pci/drivers/x/0000:03:00.0"]'
NO_TOOL = Answer.missing(api.ToolMissing("x"))


def storcli(state: str, *drives: str, status: str = "Success") -> dict[Question, Answer | str]:
    disks = [{"EID:Slt": f"252:{number}", "DG": 0, "State": drive} for number, drive in enumerate(drives)]
    data = {"VD LIST": [{"DG/VD": "0/0", "TYPE": "RAID1", "State": state}], "PD LIST": disks}
    text = json.dumps({"Controllers": [{"Command Status": {"Controller": 0, "Status": status}, "Response Data": data}]})
    return {MEGARAID: HERE, SMART_ARRAY: "[]", **dict.fromkeys(STORCLI, NO_TOOL), STORCLI[1]: text}


def found(recorded: Recorder, answers: Mapping[Question, Answer | str]) -> list[Any]:
    return ran(controller_arrays.function(recorded(answers)))


@pytest.mark.parametrize(
    ("state", "drives", "status"),
    [
        ("Optl", ("Onln", "Onln"), api.Status.OK),
        ("Optl", ("Onln", "Failed"), api.Status.WARN),
        ("Dgrd", ("Onln", "Offln"), api.Status.FAIL),
        ("Pdgd", ("Onln", "Onln"), api.Status.FAIL),
        ("Dgrd", ("Onln", "Rbld"), api.Status.WARN),
        ("Rec", ("Onln", "Onln"), api.Status.WARN),
        ("OfLn", ("Failed", "Failed"), api.Status.FAIL),
        ("a new word", ("Onln", "Onln"), api.Status.FAIL),
    ],
)
def test_a_set_is_judged_by_what_its_controller_says(
    recorded: Recorder, state: str, drives: tuple[str, ...], status: api.Status
) -> None:
    (array,) = found(recorded, storcli(state, *drives))
    assert (array.subject, raid(array).status) == ("controller 0 set 0/0", status)


def test_failed_drives_are_named_by_their_slot(recorded: Recorder) -> None:
    (array,) = found(recorded, storcli("Dgrd", "Onln", "Offln"))
    assert array == Array("controller 0 set 0/0", "RAID1", failed=("252:1",), degraded=True)


SMART = """
Smart Array P440ar in Slot 0 (Embedded)   (sn: X)

   Array A (SAS, Unused Space: 0  MB)

      logicaldrive 1 (1.6 TB, RAID 1, {state})

      physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SAS HDD, 1.6 TB, OK)
      physicaldrive 1I:1:2 (port 1I:box 1:bay 2, SAS HDD, 1.6 TB, {drive})

Smart Array E208i-a in Slot 1 (RAID)

      logicaldrive 1 (2.0 TB, RAID 5, OK)
"""


def smart(state: str, drive: str = "OK") -> dict[Question, Answer | str]:
    return {MEGARAID: "[]", SMART_ARRAY: HERE, SSACLI: SMART.format(state=state, drive=drive)}


@pytest.mark.parametrize(
    ("state", "drive", "status"),
    [
        ("OK", "OK", api.Status.OK),
        ("OK", "Predictive Failure", api.Status.WARN),
        ("OK", "Failed, spare", api.Status.WARN),
        ("Interim Recovery Mode", "Failed", api.Status.FAIL),
        ("Recovering, 12% complete", "Rebuilding", api.Status.WARN),
        ("Failed", "Failed", api.Status.FAIL),
    ],
)
def test_sets_of_the_second_maker_are_read_from_its_text(recorded: Recorder, state: str, drive: str, status: api.Status) -> None:
    first, second = found(recorded, smart(state, drive))
    assert (first.subject, raid(first).status) == ("slot 0 set 1", status)
    assert second == Array("slot 1 set 1", "RAID 5")


def test_without_a_controller_nothing_is_asked(recorded: Recorder) -> None:
    assert found(recorded, {MEGARAID: "[]", SMART_ARRAY: "[]"}) == []


def test_a_controller_without_its_program_is_unknown(recorded: Recorder) -> None:
    answers: dict[Question, Answer | str] = {
        MEGARAID: HERE,
        SMART_ARRAY: HERE,
        SSACLI: NO_TOOL,
        **dict.fromkeys(STORCLI, NO_TOOL),
    }
    assert [(gap.subject, type(gap.error)) for gap in found(recorded, answers)] == [
        ("RAID controller", api.ToolMissing),
        ("Smart Array controller", api.ToolMissing),
    ]


@pytest.mark.parametrize(
    "answers",
    [
        storcli("Optl", status="Failure"),
        storcli(""),
        storcli("Optl") | {STORCLI[1]: "CLI Version = 1"},
        storcli("Optl") | {STORCLI[1]: '{"Controllers": []}'},
        smart("OK") | {SSACLI: ""},
        smart("OK") | {SSACLI: SMART.replace("RAID 1, {state}", "RAID 1")},
        smart("OK") | {SSACLI: Answer(body="Error: No controllers detected.", exit_code=1)},
    ],
)
def test_an_answer_that_makes_no_sense_is_unknown_and_never_well(
    recorded: Recorder, answers: Mapping[Question, Answer | str]
) -> None:
    (gap,) = found(recorded, answers)
    assert isinstance(gap.error, api.Unreadable)


JSON = st.recursive(st.none() | st.booleans() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))


@given(JSON, st.lists(st.sampled_from([*SMART.split(" "), "\n", " in Slot "])).map(" ".join))
def test_any_answer_yields_sets_or_gaps(anything: object, text: str) -> None:
    class Both(Always):
        def ask(self, question: Question) -> Answer:
            return Answer(body=HERE) if isinstance(question, api.Glob) else super().ask(question)

    data = {"Command Status": {"Status": "Success"}, "Response Data": {"VD LIST": anything, "PD LIST": anything}}
    for body in (json.dumps(anything), json.dumps({"Controllers": [data]}), text):
        assert all(isinstance(each, Array | api.Gap) for each in ran(controller_arrays.function(Ask(Both(body)))))
