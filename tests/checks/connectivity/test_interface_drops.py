from __future__ import annotations

from datetime import UTC, datetime

import pytest

from itaudit import api
from itaudit.checks.connectivity.interface_drops import Settings, interface_drops
from itaudit.facts.network import Interface

LAST_MONTH = datetime(2026, 10, 22, tzinfo=UTC)


def judged(dropped: int, packets: int, /, **before: int) -> api.Verdict:
    past = api.History(lambda name: [api.Point(LAST_MONTH, before[name])] if name in before else [])
    return interface_drops(Interface("enp3s0", False, True, 1000, True, None, packets, 0, 0, dropped), past, Settings())


@pytest.mark.parametrize(
    ("dropped", "packets", "status"),
    [
        (99, 0, api.Status.OK),  # fewer than a hundred are chance
        (100, 99_900, api.Status.OK),  # 100 of 100,000: 0.1 %
        (101, 99_899, api.Status.WARN),
        (1_000, 99_000, api.Status.WARN),  # 1 %
        (1_001, 98_999, api.Status.FAIL),
    ],
)
def test_the_share_since_the_last_look_decides(dropped: int, packets: int, status: api.Status) -> None:
    assert judged(dropped + 5, packets + 7, dropped=5, packets=7).status is status


def test_what_was_dropped_before_the_first_look_does_not_alarm() -> None:
    verdict = judged(500_000, 1_000_000)
    assert verdict.status is api.Status.OK
    assert [(one.name, one.value) for one in verdict.measurements] == [("dropped", 500_000), ("packets", 1_000_000)]


def test_counters_that_do_not_rise_do_not_alarm() -> None:
    verdict = judged(500_000, 2_000_000, dropped=500_000, packets=1_000_000)
    assert verdict.status is api.Status.OK
    assert verdict.summary == "Network card enp3s0 had no room for none of 1,000,000 pieces of data since the last look."


def test_after_a_restart_it_is_watched_anew() -> None:
    assert judged(5_000, 10_000, dropped=90, packets=1_000_000).status is api.Status.OK
    assert judged(50, 2_000_000, dropped=90, packets=1_000_000).status is api.Status.OK
