from __future__ import annotations

from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.patches.libraries import Settings, libraries
from itaudit.facts.libraries_in_use import OldProgram, ProgramsInUse


def judged(machine: api.Machine, *days: float | None, seen: int = 90, unseen: int = 0, complete: bool = True) -> api.Verdict:
    old = tuple(
        OldProgram(
            f"program{number}", "x.service", 2, ("/usr/lib/a.so",), None if day is None else machine.now - timedelta(days=day)
        )
        for number, day in enumerate(days)
    )
    return libraries(ProgramsInUse(old, seen, unseen, complete), machine, Settings())


def test_nothing_old_is_ok(machine: api.Machine) -> None:
    assert judged(machine).status is api.Status.OK


def test_one_that_refused_among_many_does_not_make_it_unknown_but_is_told(machine: api.Machine) -> None:
    found = judged(machine, unseen=1)
    assert (found.status, found.detail) == (api.Status.OK, "1 processes refused to be looked at")


@pytest.mark.parametrize(("seen", "complete"), [(3, True), (90, False)])
def test_where_most_could_not_be_seen_it_is_unknown(machine: api.Machine, seen: int, complete: bool) -> None:
    assert judged(machine, seen=seen, unseen=50, complete=complete).status is api.Status.UNKNOWN


@pytest.mark.parametrize(
    ("days", "status"), [(0.9, api.Status.OK), (2, api.Status.WARN), (15, api.Status.FAIL), (None, api.Status.WARN)]
)
def test_the_days_since_the_file_was_replaced_decide(machine: api.Machine, days: float | None, status: api.Status) -> None:
    assert judged(machine, days).status is status


def test_the_longest_counts_and_each_is_named(machine: api.Machine) -> None:
    found = judged(machine, 1, 20, None)
    assert found.status is api.Status.FAIL
    assert "3 running programs still use" in found.summary
    assert "the first 20 days ago" in found.summary
    assert found.detail.count("x.service") == 3


def test_the_detail_is_bounded(machine: api.Machine) -> None:
    assert judged(machine, *[5.0] * 500).detail.endswith("... and 470 more")
