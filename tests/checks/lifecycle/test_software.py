from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.lifecycle.software import Settings, software
from itaudit.facts.lifecycle import table
from itaudit.facts.software import Software

TODAY = date(2026, 11, 22)
OK, WARN, FAIL, UNKNOWN = api.Status.OK, api.Status.WARN, api.Status.FAIL, api.Status.UNKNOWN
SAMBA = Software("Samba", "4.22", "samba", "4.22.3", False, None, "https://wiki.samba.org", checked=date(2026, 8, 22))


def samba(days_left: int | None, *, with_system: bool | None = False, rapid: bool = False) -> Software:
    end = None if days_left is None else TODAY + timedelta(days=days_left)
    return replace(SAMBA, support_end=end, with_system=with_system, rapid=rapid)


@pytest.mark.parametrize(
    ("program", "status", "severity"),
    [
        (samba(60), OK, None),
        (samba(59), WARN, None),
        (samba(0), WARN, None),
        (samba(-1), FAIL, api.Severity.HIGH),
        (samba(-900, with_system=True), OK, None),
        (samba(-1, with_system=None), UNKNOWN, None),
        (samba(100, with_system=None), OK, None),
        (samba(None), OK, None),
        (replace(samba(None), ended=True), FAIL, api.Severity.HIGH),
        (replace(samba(None), known=False), UNKNOWN, None),
    ],
)
def test_a_program_is_judged_by_who_mends_it_and_until_when(
    machine: api.Machine, program: Software, status: api.Status, severity: api.Severity | None
) -> None:
    found = software(program, machine, Settings())
    assert (found.status, found.severity) == (status, severity)
    assert bool(found.unlock) is (status is UNKNOWN)


@pytest.mark.parametrize(("days_left", "status"), [(5, OK), (-30, OK), (-31, FAIL)])
def test_a_browser_whose_releases_live_for_weeks_is_judged_only_when_it_stays_behind(
    machine: api.Machine, days_left: int, status: api.Status
) -> None:
    assert software(samba(days_left, rapid=True), machine, Settings()).status is status


def test_an_old_table_does_not_prove_that_a_release_without_a_last_day_is_still_mended(machine: api.Machine) -> None:
    aged = replace(samba(None), checked=TODAY - timedelta(days=366))
    found = software(aged, machine, Settings())
    assert (found.status, "itaudit data update" in found.unlock) == (UNKNOWN, True)


@pytest.mark.parametrize(("days", "status"), [(90, OK), (91, UNKNOWN)])
def test_a_table_of_some_months_ago_knows_nothing_of_a_browser_whose_releases_live_for_weeks(
    machine: api.Machine, days: int, status: api.Status
) -> None:
    program = replace(samba(None, rapid=True), checked=TODAY - timedelta(days=days))
    found = software(program, machine, Settings())
    assert (found.status, "itaudit data update" in found.unlock) == (status, status is UNKNOWN)


def test_what_the_system_keeps_safe_is_not_called_safe_for_longer_than_the_system(machine: api.Machine) -> None:
    """The system itself may have lost its support: that is lifecycle.os."""
    found = software(samba(-900, with_system=True), machine, Settings())
    assert found.summary == "Samba 4.22 gets its security updates with the operating system, as long as that gets any."


def test_its_end_is_in_the_plan_with_a_day_and_costs_no_purchase(machine: api.Machine) -> None:
    found = software(samba(20), machine, Settings())
    assert found.due == TODAY + timedelta(days=20)
    assert found.remedy is not None
    assert (found.remedy.cost, found.remedy.lead) == (None, api.LeadTime.SETTING)
    assert "checked 92 days ago" in found.detail


def test_the_newer_release_of_a_program_that_is_sold_takes_a_licence(machine: api.Machine) -> None:
    sold = table().product["mssqlserver"].name
    found = software(replace(samba(20), name=sold), machine, Settings())
    assert found.remedy is not None
    assert (found.remedy.cost, found.remedy.lead) == ((0, 1000), api.LeadTime.LICENCE)


def test_the_makers_own_last_day_is_no_date_of_the_plan_where_the_system_is_mended(machine: api.Machine) -> None:
    assert software(samba(20, with_system=True), machine, Settings()).due is None


def test_one_day_is_not_one_days(machine: api.Machine) -> None:
    found = software(replace(samba(20), checked=TODAY - timedelta(days=1)), machine, Settings())
    assert found.detail.endswith("was checked 1 day ago")
