from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.disks.temperature import Settings, temperature
from itaudit.facts.drive import Alarm, Drive


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
    verdict = temperature(Drive("drive S", "/dev/sda", "X", spinning=spinning, celsius=celsius), Settings())
    assert verdict.status is status
    assert [each.value for each in verdict.measurements] == ([] if celsius is None else [celsius])


@pytest.mark.parametrize("celsius", [None, 40])
def test_the_alarm_of_the_drive_itself_fails(celsius: int | None) -> None:
    drive = Drive("drive S", "/dev/nvme0", "X", spinning=False, celsius=celsius, alarms=(Alarm.TEMPERATURE,))
    verdict = temperature(drive, Settings())
    assert verdict.status is api.Status.FAIL
    assert "outside the temperatures it was built for" in verdict.summary
    assert verdict.remedy is not None
