from __future__ import annotations

from datetime import date

import pytest

from itaudit import api
from itaudit.checks.lifecycle.machine_age import Settings, machine_age
from itaudit.facts.machine_age import Hull


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (date(2022, 11, 23), api.Status.OK),  # a day short of four years
        (date(2022, 11, 21), api.Status.WARN),
        (date(2021, 11, 23), api.Status.WARN),
        (date(2021, 11, 20), api.Status.FAIL),
    ],
)
def test_it_warns_after_four_years_and_fails_after_five(machine: api.Machine, since: date, status: api.Status) -> None:
    assert machine_age(Hull("ThinkPad", since, certain=True), machine, Settings()).status is status


def test_an_age_by_firmware_is_called_a_least_age(machine: api.Machine) -> None:
    assert "at least 10.0 years" in machine_age(Hull("ThinkPad", date(2016, 11, 22), certain=False), machine, Settings()).summary
    assert "is 10.0 years" in machine_age(Hull("ThinkPad", date(2016, 11, 22), certain=True), machine, Settings()).summary


def test_before_it_is_too_old_it_says_the_day_on_which_it_will_be(machine: api.Machine) -> None:
    found = machine_age(Hull("ThinkPad", date(2022, 1, 1), certain=True), machine, Settings())
    assert (found.status, found.due) == (api.Status.WARN, date(2027, 1, 1))
    assert machine_age(Hull("ThinkPad", date(2010, 1, 1), certain=True), machine, Settings()).due is None
