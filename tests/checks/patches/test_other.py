from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.patches.other import Settings, other
from itaudit.facts.updates import Archive, PackageManager, Update


def manager(machine: api.Machine, count: int, list_days: float = 1) -> PackageManager:
    pending = tuple(Update(f"tool{number}", "1", "2", ("stable",), security=False) for number in range(count))
    hidden = (Update("tls", "1", "2", ("x-security",), security=True), Update("pinned", "1", "2", (), security=False, held=True))
    archive = Archive("Debian", "Debian", "stable", machine.now - timedelta(days=list_days))
    return PackageManager("apt", pending + hidden, (archive,))


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, api.Status.OK), (10, api.Status.OK), (11, api.Status.WARN), (30, api.Status.WARN), (31, api.Status.FAIL)],
)
def test_ordinary_updates_are_counted_and_only_those(machine: api.Machine, count: int, expected: api.Status) -> None:
    found = other(manager(machine, count), api.History(), machine, Settings())
    assert (found.status, found.measurements[0].value) == (expected, count)


def test_few_updates_by_an_old_list_are_unknown(machine: api.Machine) -> None:
    assert other(manager(machine, 1, list_days=31), api.History(), machine, Settings()).status is api.Status.UNKNOWN


def test_many_updates_by_an_old_list_still_fail(machine: api.Machine) -> None:
    assert other(manager(machine, 31, list_days=31), api.History(), machine, Settings()).status is api.Status.FAIL


@pytest.mark.parametrize(("days", "expected"), [(30, api.Status.OK), (31, api.Status.WARN)])
def test_a_single_one_that_has_been_out_for_more_than_a_month_is_a_warning(
    machine: api.Machine, days: float, expected: api.Status
) -> None:
    base = manager(machine, 0)
    late = Update("tool", "1", "2", ("stable",), security=False, released_by=machine.now - timedelta(days=days))
    found = other(replace(base, pending=(late,)), api.History(), machine, Settings())
    assert found.status is expected
    assert ("at least 31 days, by the date of the list" in found.summary) is (expected is api.Status.WARN)


def test_what_is_held_or_a_security_update_has_no_say_in_it(machine: api.Machine) -> None:
    base = manager(machine, 0)
    long_ago = machine.now - timedelta(days=300)
    pending = tuple(replace(update, released_by=long_ago) for update in base.pending)
    assert other(replace(base, pending=pending), api.History(), machine, Settings()).status is api.Status.OK


def test_what_an_earlier_scan_saw_counts_too(machine: api.Machine) -> None:
    seen = api.History(lambda name: [api.Point(machine.now - timedelta(days=40), 2)] if name == "other_pending" else [])
    idle = replace(manager(machine, 2), changed=machine.now - timedelta(days=90))
    found = other(idle, seen, machine, Settings())
    assert found.status is api.Status.WARN
    assert "40 days, by the first scan that saw it" in found.summary


def test_without_any_list_it_is_not_said_to_be_too_old(machine: api.Machine) -> None:
    found = other(PackageManager("apt", (), ()), api.History(), machine, Settings())
    assert found.status is api.Status.UNKNOWN
    assert "is missing or too old" in found.summary
