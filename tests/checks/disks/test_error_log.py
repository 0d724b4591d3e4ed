from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.disks.error_log import error_log
from itaudit.facts.drive import Drive

DRIVE = Drive("drive W1", "/dev/sda", "WDC WD20", "W1", errors_logged=9)


@pytest.mark.parametrize(
    ("before", "status", "words"),
    [
        ([], api.Status.OK, "has recorded 9 errors in its life"),
        ([9.0], api.Status.OK, "has recorded no new errors since"),
        ([2.0, 8.0], api.Status.WARN, "has recorded 1 new error since"),
        ([12.0], api.Status.OK, "has recorded no new errors since"),
    ],
)
def test_only_errors_since_the_last_scan_warn(machine: api.Machine, before: list[float], status: api.Status, words: str) -> None:
    points = [api.Point(machine.now - timedelta(days=10 - day), value) for day, value in enumerate(before)]
    verdict = error_log(DRIVE, api.History(lambda name: points if name == "errors" else ()))
    assert verdict.status is status
    assert words in verdict.summary
    assert verdict.measurements == (api.Measurement("errors", 9, api.Unit.COUNT),)


def test_a_drive_without_a_serial_number_may_be_another_one(machine: api.Machine) -> None:
    past = api.History(lambda _: [api.Point(machine.now - timedelta(days=1), 2.0)])
    verdict = error_log(replace(DRIVE, serial=""), past)
    assert (verdict.status, "in its life" in verdict.summary) == (api.Status.OK, True)


def test_a_drive_without_a_log_is_skipped() -> None:
    assert error_log(replace(DRIVE, errors_logged=None), api.History()).status is api.Status.SKIPPED
