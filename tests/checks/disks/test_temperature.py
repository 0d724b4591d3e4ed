from __future__ import annotations

from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.disks.temperature import Settings, temperature
from itaudit.facts.drive import Drive
from itaudit.facts.drive_alarms import Alarm


@pytest.mark.parametrize(
    ("spinning", "celsius", "status"),
    [
        (True, 55, api.Status.OK),
        (True, 56, api.Status.WARN),
        (True, 61, api.Status.FAIL),
        (None, 61, api.Status.FAIL),
        (False, 61, api.Status.OK),
        (False, 66, api.Status.WARN),
        (False, 71, api.Status.FAIL),
        (False, None, api.Status.SKIPPED),
    ],
)
def test_heat_is_judged_by_the_kind_of_drive(spinning: bool | None, celsius: int | None, status: api.Status) -> None:
    verdict = temperature(Drive("drive S", "/dev/sda", "X", spinning=spinning, celsius=celsius), api.History(), Settings())
    assert verdict.status is status
    assert [each.value for each in verdict.measurements] == ([] if celsius is None else [celsius])


@pytest.mark.parametrize("celsius", [None, 40])
def test_the_alarm_of_the_drive_itself_fails(celsius: int | None) -> None:
    drive = Drive("drive S", "/dev/nvme0", "X", spinning=False, celsius=celsius, alarms=(Alarm.TEMPERATURE,))
    verdict = temperature(drive, api.History(), Settings())
    assert verdict.status is api.Status.FAIL
    assert "outside the temperatures it was built for" in verdict.summary
    assert verdict.remedy is not None


@pytest.mark.parametrize(
    ("before", "status", "words"),
    [
        ([], api.Status.OK, "is at 40 °C."),  # at first sight the count is the baseline
        ([420.0], api.Status.OK, "is at 40 °C."),
        ([0.0, 360.0], api.Status.WARN, "is at 40 °C and was too hot for 1 minute since the last scan."),
        ([60.0], api.Status.WARN, "is at 40 °C and was too hot for 6 minutes since the last scan."),
        ([900.0], api.Status.OK, "is at 40 °C."),
    ],
)
def test_heat_between_two_scans_warns(machine: api.Machine, before: list[float], status: api.Status, words: str) -> None:
    points = [api.Point(machine.now - timedelta(days=10 - day), value) for day, value in enumerate(before)]
    past = api.History(lambda name: points if name == "hot" else ())
    drive = Drive("drive S", "/dev/nvme0", "X", spinning=False, celsius=40, hot_minutes=7)
    verdict = temperature(drive, past, Settings())
    assert verdict.status is status
    assert verdict.summary == f"The drive X (/dev/nvme0) {words}"
    assert ("hot", 420) in [(each.name, each.value) for each in verdict.measurements]


def test_a_drive_without_a_thermometer_may_still_count_its_hot_minutes() -> None:
    verdict = temperature(Drive("drive S", "/dev/nvme0", "X", hot_minutes=0), api.History(), Settings())
    assert (verdict.status, verdict.summary) == (api.Status.OK, "The drive X (/dev/nvme0) has not been too hot.")


def test_the_steps_name_this_very_drive() -> None:
    drive = Drive("drive S", "/dev/bus/0 megaraid,8", "X", way="-d megaraid,8 /dev/bus/0", spinning=True, celsius=61)
    fix = temperature(drive, api.History(), Settings()).remedy
    assert fix is not None
    assert fix.steps[0] == "smartctl -l scttemp -d megaraid,8 /dev/bus/0"
    assert fix.verify == "smartctl -A -d megaraid,8 /dev/bus/0"
    assert "X" not in fix.action  # one cleaning cools all drives: findings with the same action are one
