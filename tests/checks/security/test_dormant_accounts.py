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


def test_records_that_begin_lately_prove_nothing_about_the_time_before(machine: api.Machine) -> None:
    """As on a machine that was set up from an image last week: the files of the image are old."""
    assert judged(machine, 400, 7).status is api.Status.UNKNOWN
    assert judged(machine, 100, 44).status is api.Status.UNKNOWN


@pytest.mark.parametrize(("used", "words"), [(0.4, "today"), (1.2, "1 day ago"), (3, "3 days ago")])
def test_one_day_is_no_plural(used: float, words: str, machine: api.Machine) -> None:
    assert judged(machine, used, 90).summary == f"anna was last used {words}."
