from __future__ import annotations

from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.patches.reboot import Settings, reboot
from itaudit.facts.updates import RestartNeed


def need(machine: api.Machine, *, asked: bool = False, newer: str = "", since_days: float | None = None) -> RestartNeed:
    since = None if since_days is None else machine.now - timedelta(days=since_days)
    return RestartNeed("6.1.0-32-amd64", newer, asked, ("libc6",) if asked else (), machine.now - timedelta(days=90), since)


def test_no_restart_due_is_ok(machine: api.Machine) -> None:
    assert reboot(need(machine), machine, Settings()).status is api.Status.OK


@pytest.mark.parametrize(
    ("days", "expected"), [(None, api.Status.WARN), (0, api.Status.WARN), (14, api.Status.WARN), (15, api.Status.FAIL)]
)
def test_it_fails_once_it_has_waited_for_two_weeks(machine: api.Machine, days: float | None, expected: api.Status) -> None:
    assert reboot(need(machine, asked=True, since_days=days), machine, Settings()).status is expected


def test_the_remedy_tells_who_must_be_there_before_it_restarts_an_encrypted_machine(machine: api.Machine) -> None:
    found = reboot(need(machine, asked=True, since_days=1), machine, Settings())
    assert found.remedy is not None
    assert "encrypted disk" in found.remedy.steps[0]
    assert "due for 1 day;" in found.summary


def test_a_newer_system_core_alone_is_enough_and_is_named_for_the_technician(machine: api.Machine) -> None:
    found = reboot(need(machine, newer="6.1.0-37-amd64", since_days=20), machine, Settings())
    assert found.status is api.Status.FAIL
    assert "20 days" in found.summary
    assert "6.1.0-37-amd64" in found.detail
