from __future__ import annotations

from datetime import UTC, datetime

import pytest

from itaudit import api
from itaudit.checks.connectivity.interface_errors import Settings, interface_errors
from itaudit.facts.network import Interface

LAST_MONTH = datetime(2026, 10, 22, tzinfo=UTC)


def judged(errors_now: int, packets_now: int, /, **before: int) -> api.Verdict:
    past = api.History(lambda name: [api.Point(LAST_MONTH, before[name])] if name in before else [])
    return interface_errors(Interface("enp3s0", False, True, 1000, True, None, packets_now, errors_now, 0), past, Settings())


@pytest.mark.parametrize(
    ("errors", "packets", "status"),
    [
        (0, 0, api.Status.OK),
        (9, 9, api.Status.OK),  # fewer than ten are chance
        (100, 999_900, api.Status.OK),  # 100 of a million: 0.01 %
        (101, 999_899, api.Status.WARN),
        (10_000, 990_000, api.Status.WARN),  # 1 %
        (10_001, 989_999, api.Status.FAIL),
    ],
)
def test_the_share_of_damaged_packets_decides(errors: int, packets: int, status: api.Status) -> None:
    assert judged(errors, packets).status is status


def test_old_errors_that_do_not_rise_are_forgotten() -> None:
    verdict = judged(50_000, 2_000_000, errors=50_000, packets=1_000_000)
    assert verdict.status is api.Status.OK
    assert verdict.summary == "Network card enp3s0: none of 1,000,000 pieces of data arrived damaged."


def test_new_errors_count_against_new_packets_only() -> None:
    # 200 new among 1000 new: 20 %, though 0.02 % of all.
    assert judged(200, 1_000_800, errors=0, packets=1_000_000).status is api.Status.FAIL


def test_wifi_is_not_told_to_replace_its_cable() -> None:
    card = Interface("wlan0", True, True, None, None, None, 9_000, 1_000, 0)
    remedy = interface_errors(card, api.History(), Settings()).remedy
    assert remedy
    assert "Replace the network cable" not in remedy.action


def test_after_a_restart_the_counters_begin_anew() -> None:
    # Were the errors compared with the last scan's, only 100 - 90 = 10 would be new.
    verdict = judged(100, 9_900, errors=90, packets=1_000_000)
    assert verdict.summary == "Network card enp3s0: 100 (1%) of 10,000 pieces of data arrived damaged."
