from __future__ import annotations

from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.lifecycle.os import Settings, os
from itaudit.facts.operating_system import OperatingSystem

TODAY = date(2026, 11, 22)


def system(days_left: int) -> OperatingSystem:
    return OperatingSystem("Debian GNU/Linux", "12", TODAY + timedelta(days=days_left), "distro-info, eol-lts", date(2026, 8, 22))


@pytest.mark.parametrize(
    ("days_left", "status", "severity"),
    [
        (180, api.Status.OK, None),
        (179, api.Status.WARN, None),
        (90, api.Status.WARN, None),
        (89, api.Status.FAIL, None),
        (0, api.Status.FAIL, None),
        (-1, api.Status.FAIL, api.Severity.CRITICAL),
    ],
)
def test_the_nearer_the_end_the_worse(
    machine: api.Machine, days_left: int, status: api.Status, severity: api.Severity | None
) -> None:
    found = os(system(days_left), machine, Settings())
    assert (found.status, found.severity) == (status, severity)
    assert found.due == (None if status is api.Status.OK else TODAY + timedelta(days=days_left))


def test_the_owner_reads_the_day_and_the_technician_the_source_and_its_age(machine: api.Machine) -> None:
    found = os(OperatingSystem("Ubuntu", "22.04", date(2027, 1, 1), "distro-info, eol", date(2026, 8, 22)), machine, Settings())
    assert found.summary == "Ubuntu 22.04 gets security updates until 1 January 2027 (40 days left)."
    assert "92 days ago" in found.detail
    assert "distro-info, eol" in found.detail


def test_a_day_that_has_passed_is_told_as_past(machine: api.Machine) -> None:
    assert "got security updates until 12 November 2026 (10 days ago)" in os(system(-10), machine, Settings()).summary


def test_the_move_takes_lead_time(machine: api.Machine) -> None:
    found = os(system(10), machine, Settings())
    assert found.remedy is not None
    assert found.remedy.lead is api.LeadTime.SERVER_OR_LINE
    assert found.remedy.cost is not None


@pytest.mark.parametrize(
    ("ended", "age", "status"),
    [(True, 0, api.Status.FAIL), (False, 365, api.Status.OK), (False, 366, api.Status.UNKNOWN)],
)
def test_without_a_day_it_is_mended_or_over_as_long_as_the_table_is_fresh(
    machine: api.Machine, ended: bool, age: int, status: api.Status
) -> None:
    found = os(OperatingSystem("TrueNAS", "25.10", None, "its page", TODAY - timedelta(days=age), ended), machine, Settings())
    assert (found.status, found.severity) == (status, api.Severity.CRITICAL if ended else None)
    assert bool(found.unlock) is (status is api.Status.UNKNOWN)


def test_an_old_table_says_how_to_get_a_newer_one(machine: api.Machine) -> None:
    aged = OperatingSystem("Ubuntu", "22.04", date(2029, 1, 1), "our table", TODAY - timedelta(days=400))
    assert "checked 400 days ago" in (detail := os(aged, machine, Settings()).detail)
    assert "itaudit data update" in detail


def test_one_day_is_not_one_days_and_fedora_has_its_own_way(machine: api.Machine) -> None:
    assert "(1 day left)" in os(system(1), machine, Settings()).summary
    ended = os(system(-1), machine, Settings())
    assert "(1 day ago)" in ended.summary
    assert ended.remedy
    assert any(step.startswith("Fedora: ") for step in ended.remedy.steps)


def test_the_way_of_debian_is_not_offered_to_what_is_only_built_on_it(machine: api.Machine) -> None:
    """On Proxmox VE apt-get would offer to remove the whole system when its own sources stay behind."""
    remedy = os(system(-1), machine, Settings()).remedy
    assert remedy
    assert [step.partition(":")[0] for step in remedy.steps[2:4]] == ["Debian", "Not on Proxmox VE"]
    assert "pve8to9" in remedy.steps[3]
