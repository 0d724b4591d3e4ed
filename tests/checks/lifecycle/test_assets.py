from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date

import pytest

from itaudit import api
from itaudit.checks.lifecycle.assets import Settings, assets
from itaudit.contributions import Ask, Gap
from itaudit.facts.assets import Assets, Device, ListedDevice, listed_devices
from itaudit.facts.lifecycle import FETCHED

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]


def listed(recorded: Recorder, *devices: Device, fetched: str = "") -> list[ListedDevice | Gap]:
    ask = recorded({FETCHED: fetched} if fetched else {})
    return list(listed_devices.function(ask, Assets(devices=devices)))


@pytest.mark.parametrize(
    ("product", "version", "paid", "end", "status"),
    [
        ("windows", "10-22h2", False, date(2025, 10, 14), api.Status.FAIL),
        ("windows", "10-22h2", True, date(2028, 10, 10), api.Status.OK),
        ("windows", "11-25h2-w", True, date(2027, 10, 12), api.Status.OK),  # nothing longer can be bought
        ("macos", "26", False, None, api.Status.OK),
        ("synology-dsm", "6.2.4", False, date(2024, 9, 30), api.Status.FAIL),
        ("truenas", "23.10", False, None, api.Status.FAIL),
        ("windows", "12-30h2", False, None, api.Status.UNKNOWN),
    ],
)
def test_a_listed_device_is_judged_by_what_runs_on_it(
    recorded: Recorder, machine: api.Machine, product: str, version: str, paid: bool, end: date | None, status: api.Status
) -> None:
    (found,) = listed(recorded, Device(name="Reception PC", product=product, version=version, paid=paid))
    assert isinstance(found, ListedDevice)
    assert found.support_end == end
    verdict = assets(found, machine, Settings())
    assert verdict.status is status
    assert "Reception PC" in verdict.summary


def test_a_product_that_the_table_does_not_have_is_a_gap_that_names_those_it_has(recorded: Recorder) -> None:
    (found,) = listed(recorded, Device(name="Old box", product="windwos", version="10"))
    assert isinstance(found, Gap)
    assert (found.subject, "synology-dsm" in found.error.unlock) == ("Old box", True)


def test_what_was_fetched_counts_here_too(recorded: Recorder) -> None:
    data = {"products": {"windows": {"12-30h2": {"end": "2032-01-01"}}}}
    text = json.dumps({"fetched": "2026-11-01T00:00:00+00:00", "data": data})
    (found,) = listed(recorded, Device(name="New PC", product="windows", version="12-30h2"), fetched=text)
    assert isinstance(found, ListedDevice)
    assert (found.support_end, found.subject) == (date(2032, 1, 1), "New PC (Windows 12-30h2)")


def test_where_none_is_listed_it_does_not_apply(recorded: Recorder) -> None:
    with pytest.raises(api.NotApplicable):
        listed(recorded)
