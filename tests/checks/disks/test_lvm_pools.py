from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.disks.lvm_pools import Settings, lvm_pools
from itaudit.facts.lvm import GrowingStore

HIGH, CRITICAL = None, api.Severity.CRITICAL


@pytest.mark.parametrize(
    ("store", "status", "severity"),
    [
        (GrowingStore("data/pool", 79.99, 10), api.Status.OK, HIGH),
        (GrowingStore("data/pool", 80.0, 10), api.Status.FAIL, HIGH),
        (GrowingStore("data/pool", 10, 94.9), api.Status.FAIL, HIGH),
        (GrowingStore("data/pool", 10, 95), api.Status.FAIL, CRITICAL),
        (GrowingStore("data/pool", None), api.Status.SKIPPED, HIGH),
        (GrowingStore("data/pool", 10, 10, fault="check needed"), api.Status.FAIL, CRITICAL),
        (GrowingStore("data/pool", None, fault="failed"), api.Status.FAIL, CRITICAL),
    ],
)
def test_a_store_is_judged_by_how_full_it_is(store: GrowingStore, status: api.Status, severity: api.Severity | None) -> None:
    verdict = lvm_pools(store, Settings())
    assert (verdict.status, verdict.severity) == (status, severity)


def test_the_fullness_is_kept_as_a_measurement() -> None:
    verdict = lvm_pools(GrowingStore("data/pool", 81.25, 12.3), Settings())
    assert verdict.summary == "The store data/pool is 81% full."
    assert verdict.measurements == (api.Measurement("used", 81.25, api.Unit.PERCENT),)
