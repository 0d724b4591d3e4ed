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
from itaudit.facts.hardware_raid import LEVELS, MEGARAID, SMART_ARRAY, SMART_STORAGE, SSACLI, STORCLI, controller_arrays
from lab.providers import Always, ran

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
HERE = '["/sys/bus/pci/drivers/x/0000:03:00.0"]'
NO_TOOL = Answer.missing(api.ToolMissing("x"))


def storcli(state: str, *drives: str, status: str = "Success") -> dict[Question, Answer | str]:
    disks = [{"EID:Slt": f"252:{number}", "DG": 0, "State": drive} for number, drive in enumerate(drives)]
    data = {"VD LIST": [{"DG/VD": "0/0", "TYPE": "RAID1", "State": state}], "PD LIST": disks}
    text = json.dumps({"Controllers": [{"Command Status": {"Controller": 0, "Status": status}, "Response Data": data}]})
    return {MEGARAID: HERE, SMART_ARRAY: "[]", SMART_STORAGE: "[]", **dict.fromkeys(STORCLI, NO_TOOL), STORCLI[1]: text}


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


def test_a_failed_drive_whose_place_a_spare_has_taken_is_told_of_once(recorded: Recorder) -> None:
    answers = storcli("Optl", "Onln", "Onln", "UBad", "UGood")
    report = json.loads(str(answers[STORCLI[1]]))
    data = report["Controllers"][0]["Response Data"]
    data["VD LIST"].append({"DG/VD": "1/1", "TYPE": "RAID1", "State": "Optl"})
    for drive in data["PD LIST"][2:]:
        drive["DG"] = "-"
    first, second = found(recorded, answers | {STORCLI[1]: json.dumps(report)})
    assert (first.failed, second.failed) == (("252:2",), ())
    assert [raid(each).status for each in (first, second)] == [api.Status.WARN, api.Status.OK]


@pytest.mark.parametrize("program", STORCLI)
def test_the_program_is_found_where_its_maker_installs_it_and_keeps_no_diary(recorded: Recorder, program: api.Command) -> None:
    answers = storcli("Optl", "Onln", "Onln")
    text = answers[STORCLI[1]]
    (array,) = found(recorded, answers | dict.fromkeys(STORCLI, NO_TOOL) | {program: text})
    assert array.subject == "controller 0 set 0/0"
    assert program.argv[-1] == "nolog"  # else it writes storcli.log into the folder where it is started
    assert {each.argv[0] for each in STORCLI} >= {"/opt/MegaRAID/storcli/storcli64", "/opt/MegaRAID/perccli/perccli64"}


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
    return {MEGARAID: "[]", SMART_ARRAY: HERE, SMART_STORAGE: "[]", SSACLI[0]: SMART.format(state=state, drive=drive)}


@pytest.mark.parametrize(
    ("state", "drive", "status"),
    [
        ("OK", "OK", api.Status.OK),
        ("OK", "Predictive Failure", api.Status.WARN),
        ("OK", "Failed, spare", api.Status.WARN),
        ("Interim Recovery Mode", "Failed", api.Status.FAIL),
        ("Recovering, 12% complete", "Rebuilding", api.Status.WARN),
        ("Failed", "Failed", api.Status.FAIL),
        ("Transforming, 31% complete", "OK", api.Status.OK),
        ("Expanding, 4% complete", "OK", api.Status.OK),
        ("Queued for Expansion", "OK", api.Status.OK),
        ("a new word", "OK", api.Status.FAIL),
    ],
)
def test_sets_of_the_second_maker_are_read_from_its_text(recorded: Recorder, state: str, drive: str, status: api.Status) -> None:
    first, second = found(recorded, smart(state, drive))
    assert (first.subject, raid(first).status) == ("slot 0 set 1", status)
    assert second == Array("slot 1 set 1", "RAID 5")


def test_the_older_program_of_the_second_maker_is_asked_too(recorded: Recorder) -> None:
    answers = smart("OK")
    first, _ = found(recorded, answers | {SSACLI[0]: NO_TOOL, SSACLI[1]: answers[SSACLI[0]]})
    assert first.subject == "slot 0 set 1"


def test_a_kind_of_set_may_have_brackets(recorded: Recorder) -> None:
    first, _ = found(recorded, smart("OK") | {SSACLI[0]: SMART.replace("RAID 1, {state}", "RAID 1 (ADM), OK").format(drive="OK")})
    assert first == Array("slot 0 set 1", "RAID 1 (ADM)")


LEVEL = api.ReadFile("/sys/block/sda/device/raid_level")
VENDOR = api.ReadFile("/sys/block/sda/device/vendor")


@pytest.mark.parametrize(
    ("level", "vendor", "told"),
    [
        ("RAID-1(1+0)\n", "HPE     \n", True),
        ("RAID-5\n", "HP      \n", True),
        ("N/A\n", "HPE     \n", False),  # a plain adapter: the drives are there for all to see
        ("RAID-1(1+0)\n", "Adaptec \n", False),  # the same chip sold by its maker, who has another program
        (Answer.missing(api.NotFound("x")), "HPE     \n", False),
    ],
)
def test_a_newer_controller_is_asked_only_where_it_hides_drives(
    recorded: Recorder, level: Answer | str, vendor: str, told: bool
) -> None:
    answers: dict[Question, Answer | str] = {MEGARAID: "[]", SMART_ARRAY: "[]", SMART_STORAGE: HERE}
    answers |= {LEVELS: json.dumps([LEVEL.path]), LEVEL: level, VENDOR: vendor} | dict.fromkeys(SSACLI, NO_TOOL)
    assert [type(gap.error) for gap in found(recorded, answers)] == [api.ToolMissing] * told
    sets = found(recorded, answers | {SSACLI[0]: SMART.format(state="OK", drive="OK")})
    assert len(sets) == 2 * told


def test_without_a_controller_nothing_is_asked(recorded: Recorder) -> None:
    assert found(recorded, {MEGARAID: "[]", SMART_ARRAY: "[]", SMART_STORAGE: "[]"}) == []


def test_a_controller_without_its_program_is_unknown(recorded: Recorder) -> None:
    answers: dict[Question, Answer | str] = {
        MEGARAID: HERE,
        SMART_ARRAY: HERE,
        **dict.fromkeys(SSACLI, NO_TOOL),
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
        smart("OK") | {SSACLI[0]: ""},
        smart("OK") | {SSACLI[0]: SMART.replace("RAID 1, {state}", "RAID 1")},
        smart("OK") | {SSACLI[0]: Answer(body="Error: No controllers detected.", exit_code=1)},
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
