"""backups.secret_files"""

from __future__ import annotations

import pytest

from itaudit.checks.backups.secret_files import secret_files
from itaudit.facts.backups.secrets import SecretFile
from itaudit.model import Status


@pytest.mark.parametrize(
    ("mode", "group", "folder_mode", "status"),
    [
        (0o600, 0, 0o755, Status.OK),
        (0o644, 0, 0o755, Status.FAIL),
        (0o646, 0, 0o750, Status.OK),
        (0o644, 50, 0o750, Status.WARN),
        (0o640, 50, 0o755, Status.WARN),
        (0o640, 0, 0o755, Status.OK),
        (0o602, 0, 0o711, Status.FAIL),
    ],
)
def test_a_password_is_for_the_administrator_only(mode: int, group: int, folder_mode: int, status: Status) -> None:
    verdict = secret_files(SecretFile("/etc/restic/pw", "office", mode, group, folder_mode))
    assert verdict.status is status
    assert f"{mode:04o}" in verdict.detail
