from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask, Gap
from itaudit.facts.battery import SUPPLIES, Battery, batteries, battery, parse_supply, supply_question

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
# The shape of a ThinkPad's file under /sys/class/power_supply.
BAT0 = """POWER_SUPPLY_NAME=BAT0
POWER_SUPPLY_TYPE=Battery
POWER_SUPPLY_STATUS=Discharging
POWER_SUPPLY_PRESENT=1
POWER_SUPPLY_CYCLE_COUNT=412
POWER_SUPPLY_ENERGY_FULL_DESIGN=50000000
POWER_SUPPLY_ENERGY_FULL=29000000
POWER_SUPPLY_MODEL_NAME=5B10W13930
POWER_SUPPLY_MANUFACTURER=LGC
"""
MAINS = "POWER_SUPPLY_NAME=AC\nPOWER_SUPPLY_TYPE=Mains\nPOWER_SUPPLY_ONLINE=1\n"


def test_health_is_what_is_left_of_the_design(recorded: Recorder) -> None:
    paths = ["/sys/class/power_supply/AC/uevent", "/sys/class/power_supply/BAT0/uevent", "/sys/class/power_supply/BAT1/uevent"]
    denied = api.Answer.missing(api.AccessDenied(paths[2]))
    answers: dict[api.Question, api.Answer | str] = {SUPPLIES: json.dumps(paths)}
    bodies: tuple[api.Answer | str, ...] = (MAINS, BAT0, denied)
    for path, answer in zip(paths, bodies, strict=True):
        answers[supply_question(path)] = answer
    whole, gap = batteries.function(recorded(answers))
    assert whole == Battery("BAT0", "LGC 5B10W13930", 58.0, 412)
    assert isinstance(gap, Gap)
    assert (gap.subject, gap.error.kind) == ("battery BAT1", "access_denied")


def test_batteries_that_count_charge_are_understood_too() -> None:
    found = battery(parse_supply(BAT0.replace("ENERGY", "CHARGE").replace("CYCLE_COUNT=412", "CYCLE_COUNT=0")), "BAT0")
    assert found == Battery("BAT0", "LGC 5B10W13930", 58.0, None)


def test_a_new_battery_that_holds_more_than_promised_is_at_100_percent() -> None:
    found = battery(parse_supply(BAT0.replace("ENERGY_FULL=29000000", "ENERGY_FULL=51000000")), "BAT0")
    assert found is not None
    assert found.health_percent == 100.0


@pytest.mark.parametrize("text", [MAINS, BAT0 + "POWER_SUPPLY_SCOPE=Device\n", BAT0.replace("PRESENT=1", "PRESENT=0"), ""])
def test_mains_mice_and_empty_bays_are_no_batteries(text: str) -> None:
    assert battery(parse_supply(text), "x") is None


def test_a_battery_that_does_not_say_how_it_is_is_unreadable() -> None:
    with pytest.raises(api.Unreadable):
        battery(parse_supply(BAT0.replace("FULL_DESIGN=50000000", "FULL_DESIGN=0")), "BAT0")


@given(st.text(), st.text())
def test_hostile_files_give_a_battery_none_or_missing(full: str, design: str) -> None:
    text = f"POWER_SUPPLY_TYPE=Battery\nPOWER_SUPPLY_ENERGY_FULL={full}\nPOWER_SUPPLY_ENERGY_FULL_DESIGN={design}\n"
    with contextlib.suppress(api.Missing):
        found = battery(parse_supply(text), "BAT0")
        assert found is None or 0 <= found.health_percent <= 100
