from __future__ import annotations

from itaudit import api
from itaudit.checks.security.secure_boot import secure_boot
from itaudit.facts.secure_boot import SecureBoot


def test_off_is_a_warning_and_on_is_well() -> None:
    assert secure_boot(SecureBoot(True, False)).status is api.Status.OK
    verdict = secure_boot(SecureBoot(False, True))
    assert (verdict.status, verdict.severity) == (api.Status.WARN, None)
    assert verdict.detail == "SecureBoot = 0; setup mode: no keys are enrolled"
