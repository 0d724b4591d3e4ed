from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.clock_synchronized import clock_synchronized
from itaudit.facts.clock import TimeKeeping


@pytest.mark.parametrize(
    ("kept", "certain", "status", "severity"),
    [
        (True, True, api.Status.OK, None),
        (True, False, api.Status.OK, None),
        (False, True, api.Status.FAIL, api.Severity.MEDIUM),
        (False, False, api.Status.WARN, api.Severity.MEDIUM),
    ],
)
def test_a_clock_that_nothing_keeps_is_found(
    kept: bool, certain: bool, status: api.Status, severity: api.Severity | None
) -> None:
    verdict = clock_synchronized(TimeKeeping("clock", kept, certain, "chrony"))
    assert (verdict.status, verdict.severity) == (status, severity)


def test_what_only_the_kernel_says_is_said_with_care() -> None:
    assert clock_synchronized(TimeKeeping("clock", False, False, "")).summary == "Nothing seems to keep the clock right."
    assert clock_synchronized(TimeKeeping("clock", False, True, "")).summary == "Nothing keeps the clock right."
