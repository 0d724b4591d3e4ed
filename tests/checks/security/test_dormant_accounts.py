from __future__ import annotations

from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.security.dormant_accounts import Settings, dormant_accounts
from itaudit.facts.logins import PersonalAccount


def judged(machine: api.Machine, used: float | None, recorded: float | None) -> api.Verdict:
    moments = [None if days is None else machine.now - timedelta(days=days) for days in (used, recorded)]
    account = PersonalAccount("anna", 1000, moments[0], "/var/log/wtmp", moments[1])
    return dormant_accounts(account, machine, Settings())


@pytest.mark.parametrize(
    ("used", "recorded", "status"),
    [
        (1, 90, api.Status.OK),
        (45, 90, api.Status.OK),
        (46, 90, api.Status.WARN),
        (366, 400, api.Status.FAIL),
        (46, None, api.Status.UNKNOWN),
        (1, None, api.Status.OK),
        (None, 46, api.Status.WARN),
        (None, 44, api.Status.UNKNOWN),
        (None, None, api.Status.UNKNOWN),
    ],
)
def test_forty_five_days_without_use_are_told_where_it_is_recorded(
    used: float | None, recorded: float | None, status: api.Status, machine: api.Machine
) -> None:
    verdict = judged(machine, used, recorded)
    assert verdict.status is status
    assert "anna" in verdict.summary


def test_the_newest_trace_is_named(machine: api.Machine) -> None:
    assert "2026-09-13, /var/log/wtmp" in judged(machine, 70, 90).detail
