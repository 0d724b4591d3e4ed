from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.disks.inodes import Settings, inodes
from itaudit.facts.volumes import Volume


@pytest.mark.parametrize(
    ("files", "free", "status"),
    [
        (1000, 100, api.Status.OK),
        (1000, 99, api.Status.WARN),
        (1000, 50, api.Status.WARN),
        (1000, 49, api.Status.FAIL),
        (1000, 0, api.Status.FAIL),
        (0, 0, api.Status.SKIPPED),
    ],
)
def test_places_for_files_are_judged_by_share(files: int, free: int, status: api.Status) -> None:
    assert inodes(Volume("/mail", "/dev/sda1", "ext4", 10**12, 9 * 10**11, files, free), Settings()).status is status


def test_the_number_of_files_is_kept() -> None:
    verdict = inodes(Volume("/mail", "/dev/sda1", "ext4", 10**12, 9 * 10**11, 1000, 30), Settings())
    assert verdict.measurements == (api.Measurement("files", 970, api.Unit.COUNT),)
    assert verdict.summary == "/mail can take 30 more files (3% of all it can hold)."
    assert verdict.remedy is not None
