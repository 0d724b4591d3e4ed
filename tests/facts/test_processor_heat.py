from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.processor_heat import BOOT, SENSORS, THROTTLED, ProcessorHeat, processor_heat, readings_of
from lab.providers import ran

Recorder = Callable[..., Ask]
GONE = api.Answer.missing(api.NotFound("thermal_throttle"))


def core(current: Any, critical: Any = 100.0, label: str = "Core 0") -> dict[str, Any]:
    return {"label": label, "current": current, "high": 80.0, "critical": critical}


def heat(
    recorded: Recorder, machine: api.Machine, sensors: Any, throttled: api.Answer | str = GONE, up_days: float = 10
) -> ProcessorHeat:
    boot = str(machine.now.timestamp() - up_days * 86400)
    answers = {SENSORS: json.dumps(sensors), THROTTLED: throttled, BOOT: boot}
    [found] = ran(processor_heat.function(recorded(answers), machine))
    assert isinstance(found, ProcessorHeat)
    return found


def test_the_hottest_sensor_of_the_processor_counts(recorded: Recorder, machine: api.Machine) -> None:
    sensors = {"coretemp": [core(61.0), core(73.5, label="Core 1")], "nvme": [core(95.0)], "acpitz": [core(99.0)]}
    found = heat(recorded, machine, sensors)
    assert (found.celsius, found.critical_celsius, found.record) == (73.5, 100.0, "coretemp Core 1: 73.5 °C")


def test_a_number_that_the_maker_raised_gives_way_to_the_true_one(recorded: Recorder, machine: api.Machine) -> None:
    """Some processors of AMD tell Tctl, up to 27 degrees too high, for the fan; and Tdie, which is true."""
    sensors = {"k10temp": [core(97, None, "Tctl"), core(70, None, "Tdie"), core(71, None, "Tccd1")]}
    assert heat(recorded, machine, sensors).record == "k10temp Tccd1: 71 °C"
    assert heat(recorded, machine, {"k10temp": [core(97, None, "Tctl"), core(71, None, "Tccd1")]}).celsius == 97


def test_the_time_held_back_is_a_share_of_the_time_since_start(recorded: Recorder, machine: api.Machine) -> None:
    assert heat(recorded, machine, {"k10temp": [core(50, None)]}, "86400000\n").throttled_percent == pytest.approx(10)
    for nonsense in ("x", "-1", "99999999999999"):
        assert heat(recorded, machine, {"k10temp": [core(50, None)]}, nonsense).throttled_percent is None
    assert heat(recorded, machine, {"k10temp": [core(50)]}, "1000", up_days=0.01).throttled_percent is None


@pytest.mark.parametrize("current", [None, "hot", True, -273.2, 0.0, 255.0, 1e300])
def test_a_broken_sensor_is_no_sensor(recorded: Recorder, machine: api.Machine, current: Any) -> None:
    with pytest.raises(api.NotApplicable):
        heat(recorded, machine, {"coretemp": [core(current)]})


def test_a_machine_without_thermometer_does_not_apply(recorded: Recorder, machine: api.Machine) -> None:
    with pytest.raises(api.NotApplicable):
        heat(recorded, machine, {})


def test_sensors_that_cannot_be_read_are_unknown(recorded: Recorder, machine: api.Machine) -> None:
    answers = {SENSORS: api.Answer.missing(api.TimedOut("sensors")), THROTTLED: GONE, BOOT: "1"}
    with pytest.raises(api.TimedOut):
        ran(processor_heat.function(recorded(answers), machine))


VALUES = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
TABLES = st.dictionaries(
    st.sampled_from(["coretemp", "k10temp"]),
    VALUES | st.lists(VALUES | st.dictionaries(st.sampled_from(["current", "critical", "label"]), VALUES)),
)


@given(VALUES | TABLES)
def test_any_table_is_read_or_unreadable(sensors: Any) -> None:
    with contextlib.suppress(api.Unreadable):
        assert all(0 < celsius < 150 for celsius, _, _ in readings_of(sensors))
