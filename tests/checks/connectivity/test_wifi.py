from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.wifi import Settings, wifi
from itaudit.facts.wifi import WifiLink


@pytest.mark.parametrize(
    ("signal", "status"),
    [
        (-40, api.Status.OK),
        (-70, api.Status.OK),
        (-71, api.Status.WARN),
        (-80, api.Status.WARN),
        (-81, api.Status.FAIL),
        (None, api.Status.SKIPPED),
    ],
)
def test_the_signal_is_judged(signal: int | None, status: api.Status) -> None:
    assert wifi(WifiLink("wlp2s0", signal), Settings()).status is status


def test_the_owner_reads_a_strength_and_the_technician_decibels() -> None:
    verdict = wifi(WifiLink("wlp2s0", -75), Settings())
    assert verdict.summary == "The Wi-Fi signal at wlp2s0 is weak: 50 of 100."
    assert verdict.detail == "wlp2s0: -75 dBm"
