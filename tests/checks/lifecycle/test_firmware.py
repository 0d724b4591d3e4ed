from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.lifecycle.firmware import Settings, firmware
from itaudit.facts.updates.fwupd import Firmware, FirmwareUpdate


def found(
    machine: api.Machine, *updates: FirmwareUpdate, listed: float | None = 1, board: bool = True, dated: date | None = None
) -> Firmware:
    fetched = None if listed is None else machine.now - timedelta(days=listed)
    return Firmware(True, 3, board, updates, fetched, dated)


def update(machine: api.Machine, days: float | None, *, security: bool) -> FirmwareUpdate:
    released = None if days is None else machine.now - timedelta(days=days)
    return FirmwareUpdate("System Firmware", "LENOVO", "1.10", "1.12", released, security, ("CVE-2026-1234",) if security else ())


@pytest.mark.parametrize(
    ("days", "status"), [(1, api.Status.WARN), (30, api.Status.WARN), (31, api.Status.FAIL), (None, api.Status.FAIL)]
)
def test_a_hole_may_stay_open_for_a_month(machine: api.Machine, days: float | None, status: api.Status) -> None:
    verdict = firmware(found(machine, update(machine, days, security=True)), machine, Settings())
    assert (verdict.status, verdict.severity) == (status, None)
    assert "LENOVO System Firmware: 1.10 -> 1.12" in verdict.detail
    assert "CVE-2026-1234" in verdict.detail
    assert (", for up to" in verdict.summary) is (days is not None)


def test_one_old_hole_among_young_ones_fails(machine: api.Machine) -> None:
    both = found(machine, update(machine, 2, security=True), update(machine, 90, security=True))
    verdict = firmware(both, machine, Settings())
    assert verdict.status is api.Status.FAIL
    assert "2 parts" in verdict.summary
    assert "90 days" in verdict.summary


@pytest.mark.parametrize(("days", "status"), [(180, api.Status.OK), (181, api.Status.WARN), (None, api.Status.OK)])
def test_other_updates_may_wait_half_a_year(machine: api.Machine, days: float | None, status: api.Status) -> None:
    verdict = firmware(found(machine, update(machine, days, security=False)), machine, Settings())
    assert verdict.status is status
    assert verdict.severity is (api.Severity.LOW if status is api.Status.WARN else None)


@pytest.mark.parametrize(
    ("listed", "status"), [(0, api.Status.OK), (60, api.Status.OK), (61, api.Status.UNKNOWN), (None, api.Status.UNKNOWN)]
)
def test_an_old_list_proves_nothing(machine: api.Machine, listed: float | None, status: api.Status) -> None:
    verdict = firmware(found(machine, listed=listed), machine, Settings())
    assert verdict.status is status
    assert (verdict.unlock == "fwupdmgr refresh") is (status is api.Status.UNKNOWN)


@pytest.mark.parametrize(
    ("dated", "status"),
    [(date(2023, 11, 23), api.Status.OK), (date(2023, 11, 20), api.Status.WARN), (None, api.Status.UNKNOWN)],
)
def test_a_main_board_that_nobody_speaks_for_is_judged_by_its_date(
    machine: api.Machine, dated: date | None, status: api.Status
) -> None:
    """Three years before 22 November 2026 are 1096 days: one leap day lies between."""
    verdict = firmware(found(machine, board=False, dated=dated), machine, Settings())
    assert verdict.status is status
    without = firmware(Firmware(False, 0, False, (), None, dated), machine, Settings())
    assert without.status is status
    assert verdict.severity is (api.Severity.LOW if status is api.Status.WARN else None)


def test_an_old_main_board_is_well_while_its_maker_has_nothing_newer(machine: api.Machine) -> None:
    assert firmware(found(machine, dated=date(2015, 1, 1)), machine, Settings()).status is api.Status.OK


def test_a_part_with_a_hole_counts_also_where_the_main_board_is_not_known(machine: api.Machine) -> None:
    part = found(machine, update(machine, 90, security=True), board=False, dated=date(2026, 1, 1))
    assert firmware(part, machine, Settings()).status is api.Status.FAIL


def test_the_limits_are_settings(machine: api.Machine) -> None:
    waiting = found(machine, update(machine, 20, security=True))
    assert firmware(waiting, machine, Settings(waiting_days=14)).status is api.Status.FAIL


def test_one_is_said_as_one(machine: api.Machine) -> None:
    nothing = replace(found(machine), known=1)
    assert firmware(nothing, machine, Settings()).summary.endswith("in the one part that tells (by a list 1 day old).")
    assert "for up to 1 day." in firmware(found(machine, update(machine, 1, security=True)), machine, Settings()).summary
