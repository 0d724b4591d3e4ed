from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.disks.trim import trim
from itaudit.facts.trim import Trim


@pytest.mark.parametrize(
    ("continuous", "scheduled", "status", "how"),
    [
        (True, False, api.Status.OK, "at once"),
        (False, True, api.Status.OK, "regularly"),
        (False, False, api.Status.WARN, "never"),
    ],
)
def test_one_way_of_telling_is_enough(continuous: bool, scheduled: bool, status: api.Status, how: str) -> None:
    verdict = trim(Trim("/data", "/dev/sda1", continuous, scheduled))
    assert (verdict.status, verdict.summary) == (status, f"The drive under /data is {how} told which places are free.")
