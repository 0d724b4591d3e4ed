from __future__ import annotations

from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.lifecycle.domain_registration import Settings, domain_registration
from itaudit.facts.registrations import RegisteredName

from .conftest import Plain

TODAY = date(2026, 11, 22)
FAIL, WARN, OK, UNKNOWN = api.Status.FAIL, api.Status.WARN, api.Status.OK, api.Status.UNKNOWN
LOCKED = "client transfer prohibited"


def name(days_left: int | None, *states: str, said: bool = False, registrar: str = "Example Registrar") -> RegisteredName:
    expires = None if days_left is None else TODAY + timedelta(days=days_left)
    return RegisteredName("example.com", "example.com", expires, date(2015, 1, 31), states, registrar, said)


@pytest.mark.parametrize(
    ("days_left", "status", "severity"),
    [
        (60, OK, None),
        (59, WARN, api.Severity.MEDIUM),
        (30, WARN, api.Severity.MEDIUM),
        (29, FAIL, None),
        (7, FAIL, None),
        (6, FAIL, api.Severity.CRITICAL),
        (0, FAIL, api.Severity.CRITICAL),
        (-1, FAIL, api.Severity.CRITICAL),
    ],
)
def test_the_nearer_the_day_the_worse(
    judged: Plain, machine: api.Machine, days_left: int, status: api.Status, severity: api.Severity | None
) -> None:
    verdict = domain_registration(name(days_left, LOCKED), machine, Settings())
    assert judged(verdict) == (status, severity)
    assert verdict.due == (None if status is OK else TODAY + timedelta(days=days_left))


@pytest.mark.parametrize("state", ["client hold", "server hold", "redemption period", "pending delete"])
@pytest.mark.parametrize("days_left", [200, None])
def test_a_name_that_the_registry_stopped_is_critical(
    judged: Plain, machine: api.Machine, state: str, days_left: int | None
) -> None:
    verdict = domain_registration(name(days_left, LOCKED, state), machine, Settings())
    assert judged(verdict) == (FAIL, api.Severity.CRITICAL)
    assert verdict.detail.startswith(state)
    assert verdict.flags == {api.Flag.BUSINESS_STOPPER, api.Flag.FAILING_NOW}


def test_states_that_say_nothing_bad_are_silent(judged: Plain, machine: api.Machine) -> None:
    assert judged(domain_registration(name(200, LOCKED, "active", "server delete prohibited"), machine, Settings())) == (OK, None)


def test_a_day_that_nobody_tells_is_unknown_and_can_be_said(judged: Plain, machine: api.Machine) -> None:
    verdict = domain_registration(name(None, LOCKED), machine, Settings())
    assert judged(verdict) == (UNKNOWN, None)
    assert "[targets] registrations" in verdict.unlock


def test_one_day_is_not_one_days(machine: api.Machine) -> None:
    assert domain_registration(name(1), machine, Settings()).summary.endswith("(1 day left).")


def test_the_owner_reads_the_day_and_whom_to_pay(machine: api.Machine) -> None:
    verdict = domain_registration(name(20), machine, Settings())
    assert verdict.summary == "example.com is paid until 12 December 2026 (20 days left)."
    assert verdict.remedy is not None
    assert verdict.remedy.steps[0] == "Log in at Example Registrar: renew example.com, and switch on automatic renewal."
    assert verdict.detail == "expires 2026-12-12 (RDAP event expiration); registered 2015-01-31; registrar Example Registrar"


def test_a_day_in_the_configuration_must_be_changed_there(machine: api.Machine) -> None:
    verdict = domain_registration(name(20, said=True), machine, Settings())
    assert verdict.remedy is not None
    assert '[targets] registrations = { "example.com" = YEAR-MONTH-DAY }' in verdict.remedy.steps[-1]
    assert "as written in itaudit.toml" in verdict.detail


def test_a_missing_lock_is_only_named(machine: api.Machine) -> None:
    assert "no lock against transfer is shown" in domain_registration(name(200, "active"), machine, Settings()).detail
    assert "locked against transfer" in domain_registration(name(200, LOCKED), machine, Settings()).detail
