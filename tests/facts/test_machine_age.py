from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.machine_age import BIOS_DATE, MAKER, MODEL, VIRTUAL, Hardware, Hull, linux_hull, parse_bios_date
from itaudit.facts.virtual import CONTAINER_MARKS, PROCESSOR

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
PHYSICAL = api.Answer("none\n", 1)
NO_SYSTEMD = api.Answer.missing(api.ToolMissing("systemd-detect-virt"))


def hull_of(
    recorded: Recorder, machine: api.Machine, virtual: api.Answer, bios: str = "03/15/2021\n", *, maker: str = "LENOVO\n",
    section: Hardware | None = None,
) -> Hull:  # fmt: skip
    ask = recorded({VIRTUAL: virtual, BIOS_DATE: bios, MAKER: maker, MODEL: "20W0003AGE\n"})
    found = linux_hull.function(ask, machine, section or Hardware())
    (fact,) = found
    assert isinstance(fact, Hull)
    return fact


def test_the_firmware_dates_a_physical_machine(recorded: Recorder, machine: api.Machine) -> None:
    assert hull_of(recorded, machine, PHYSICAL) == Hull("LENOVO 20W0003AGE", date(2021, 3, 15), certain=False)


def test_the_day_of_purchase_beats_the_firmware(recorded: Recorder, machine: api.Machine) -> None:
    found = hull_of(recorded, machine, PHYSICAL, "rubbish", section=Hardware(bought=date(2019, 5, 1)))
    assert (found.since, found.certain) == (date(2019, 5, 1), True)


@pytest.mark.parametrize("kind", ["kvm", "docker", "microsoft"])
def test_virtual_machines_and_containers_have_no_age(recorded: Recorder, machine: api.Machine, kind: str) -> None:
    with pytest.raises(api.NotApplicable):
        hull_of(recorded, machine, api.Answer(f"{kind}\n", 0))


def test_without_systemd_the_makers_name_tells_a_virtual_machine(recorded: Recorder, machine: api.Machine) -> None:
    with pytest.raises(api.NotApplicable):
        hull_of(recorded, machine, NO_SYSTEMD, maker="VMware, Inc.\n")
    assert hull_of(recorded, machine, NO_SYSTEMD).since == date(2021, 3, 15)


def test_without_systemd_the_processor_and_the_marks_of_containers_tell_it(recorded: Recorder, machine: api.Machine) -> None:
    """A rented Alpine: its maker's name is on no list. And Docker on a physical machine, whose firmware it sees."""
    linode: dict[api.Question, api.Answer | str] = {
        VIRTUAL: NO_SYSTEMD,
        MAKER: "Linode\n",
        MODEL: "Compute Instance\n",
        BIOS_DATE: "04/01/2014\n",
    }
    flags: dict[api.Question, api.Answer | str] = {PROCESSOR: "flags\t\t: fpu hypervisor lm\n"}
    docker: dict[api.Question, api.Answer | str] = {CONTAINER_MARKS["docker"]: '["/.dockerenv"]'}
    for mark in (flags, docker):
        with pytest.raises(api.NotApplicable):
            list(linux_hull.function(recorded({**linode, **mark}), machine, Hardware()))
    nothing: dict[api.Question, api.Answer | str] = dict.fromkeys(CONTAINER_MARKS.values(), "[]")
    (hull,) = linux_hull.function(recorded({**linode, **nothing, PROCESSOR: "flags\t\t: fpu lm\n"}), machine, Hardware())
    assert isinstance(hull, Hull)


def test_a_maker_who_left_the_forms_empty_is_not_quoted(recorded: Recorder, machine: api.Machine) -> None:
    filler = "To Be Filled By O.E.M.\n"
    ask = recorded({VIRTUAL: PHYSICAL, BIOS_DATE: "03/15/2021\n", MAKER: filler, MODEL: filler})
    (hull,) = linux_hull.function(ask, machine, Hardware())
    assert isinstance(hull, Hull)
    assert hull.model == "this machine"


def test_a_machine_without_such_firmware_asks_for_the_day_of_purchase(recorded: Recorder, machine: api.Machine) -> None:
    """A Raspberry Pi."""
    nothing = api.Answer.missing(api.NotFound("/sys/class/dmi/id/bios_date"))
    ask = recorded({VIRTUAL: PHYSICAL, BIOS_DATE: nothing})
    with pytest.raises(api.NotFound) as found:
        list(linux_hull.function(ask, machine, Hardware()))
    assert "[hardware] bought" in found.value.unlock
    (hull,) = linux_hull.function(ask, machine, Hardware(bought=date(2022, 1, 1)))
    assert isinstance(hull, Hull)


def test_firmware_from_the_future_is_not_believed(recorded: Recorder, machine: api.Machine) -> None:
    with pytest.raises(api.Unreadable):
        hull_of(recorded, machine, PHYSICAL, "11/23/2026")


def test_dates_with_two_digits_are_of_this_century() -> None:
    assert parse_bios_date("01/31/09") == date(2009, 1, 31)


@given(st.text() | st.from_regex(r"\d{1,2}/\d{1,2}/\d{2,4}"))
def test_hostile_dates_are_dates_or_missing(text: str) -> None:
    with contextlib.suppress(api.Missing):
        assert isinstance(parse_bios_date(text), date)
