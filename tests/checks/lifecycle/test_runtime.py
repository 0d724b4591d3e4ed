from __future__ import annotations

from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.lifecycle.runtime import Settings, runtime
from itaudit.facts.software import Runtime

TODAY = date(2026, 11, 22)


def php(days_left: int | None, *, with_system: bool = False) -> Runtime:
    end = None if days_left is None else TODAY + timedelta(days=days_left)
    source, known = "https://www.php.net/supported-versions.php", days_left is not None
    return Runtime("PHP", "8.1", "php8.1-common", "8.1.34", with_system, end, source, known=known)


@pytest.mark.parametrize(
    ("days_left", "status", "severity"),
    [
        (180, api.Status.OK, None),
        (179, api.Status.WARN, None),
        (29, api.Status.FAIL, None),
        (-1, api.Status.FAIL, api.Severity.HIGH),
        (None, api.Status.UNKNOWN, None),
    ],
)
def test_a_foreign_one_is_judged_by_its_own_maker(
    machine: api.Machine, days_left: int | None, status: api.Status, severity: api.Severity | None
) -> None:
    found = runtime(php(days_left), machine, Settings())
    assert (found.status, found.severity) == (status, severity)
    assert "PHP 8.1" in found.summary


def test_the_systems_own_is_mended_with_the_system_after_its_makers_end(machine: api.Machine) -> None:
    assert runtime(php(-300, with_system=True), machine, Settings()).status is api.Status.OK


def test_a_newer_release_of_a_language_costs_work_and_no_purchase(machine: api.Machine) -> None:
    remedy = runtime(php(20), machine, Settings()).remedy
    assert remedy is not None
    assert (remedy.cost, remedy.lead, remedy.effort) == (None, api.LeadTime.SETTING, api.Effort.DAY)
