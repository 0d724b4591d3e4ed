from __future__ import annotations

from datetime import date, timedelta

import pytest

from itaudit import api
from itaudit.checks.lifecycle.warranty import Settings, warranty
from itaudit.facts.machine_age import Hardware, Warranty
from itaudit.facts.machine_age import warranty as provider

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("days_left", "status", "due"), [(90, api.Status.OK, False), (89, api.Status.WARN, True), (-1, api.Status.FAIL, False)]
)
def test_it_is_prolonged_before_it_ends(machine: api.Machine, days_left: int, status: api.Status, due: bool) -> None:
    found = warranty(Warranty(TODAY + timedelta(days=days_left)), machine, Settings())
    assert (found.status, found.due is not None) == (status, due)
    assert ("ended on 21 November 2026" in found.summary) is (days_left < 0)


def test_nothing_is_said_where_the_owner_wrote_nothing_down() -> None:
    with pytest.raises(api.NotApplicable):
        list(provider.function(Hardware()))
    assert list(provider.function(Hardware(warranty_until=TODAY))) == [Warranty(TODAY)]
