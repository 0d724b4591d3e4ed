from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.disks.file_system_errors import file_system_errors
from itaudit.facts.file_systems import FileSystem


@pytest.mark.parametrize(
    ("errors", "status", "words"),
    [(0, api.Status.OK, "no errors"), (1, api.Status.FAIL, "1 error"), (7, api.Status.FAIL, "7 errors")],
)
def test_any_error_fails(errors: int, status: api.Status, words: str) -> None:
    verdict = file_system_errors(FileSystem("/data", "/dev/sda1", "ext4", errors, f"errors_count={errors}"))
    assert verdict.status is status
    assert verdict.summary == f"The computer has counted {words} in the way files are kept on /data."
    assert verdict.measurements == (api.Measurement("errors", errors, api.Unit.COUNT),)
    assert (verdict.remedy is None) is (errors == 0)
