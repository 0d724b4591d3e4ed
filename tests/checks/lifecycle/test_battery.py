from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.lifecycle.battery import Settings, battery
from itaudit.facts.battery import Battery


@pytest.mark.parametrize(
    ("health", "status"),
    [(100, api.Status.OK), (70, api.Status.OK), (69.9, api.Status.WARN), (60, api.Status.WARN), (59.9, api.Status.FAIL)],
)
def test_a_worn_battery_fails(health: float, status: api.Status) -> None:
    found = battery(Battery("BAT0", "", health, None), Settings())
    assert (found.status, found.measurements[0].value) == (status, health)


def test_the_owner_reads_how_much_is_left() -> None:
    found = battery(Battery("BAT0", "LGC", 58.0, 412), Settings())
    assert "58%" in found.summary
    assert "412" in found.detail
