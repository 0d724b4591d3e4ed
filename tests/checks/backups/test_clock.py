"""backups.clock"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from itaudit.checks.backups.clock import clock
from itaudit.facts.backups.fact import Backup
from itaudit.model import Machine, Status


@pytest.mark.parametrize(
    ("future", "status", "summary"),
    [
        (0, Status.OK, "No copy in office is dated in the future."),
        (1, Status.FAIL, "One copy in office is dated in the future."),
        (3, Status.FAIL, "3 copies in office are dated in the future."),
    ],
)
def test_copies_from_the_future_are_told(
    backup_of: Callable[..., Backup], machine: Machine, future: int, status: Status, summary: str
) -> None:
    verdict = clock(backup_of(6, future=future), machine)
    assert (verdict.status, verdict.summary) == (status, summary)
    assert (verdict.remedy is not None) is (status is Status.FAIL)
