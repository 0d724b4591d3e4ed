from __future__ import annotations

from itaudit import api
from itaudit.checks.disks.encryption import encryption
from itaudit.facts.luks import Locked


def test_an_open_disk_fails_and_a_locked_one_is_well() -> None:
    assert encryption(Locked("/", encrypted=True, layers=("/dev/sda", "/dev/mapper/root"))).status is api.Status.OK
    verdict = encryption(Locked("/", encrypted=False, layers=("/dev/sda", "/dev/sda1")))
    assert (verdict.status, verdict.severity) == (api.Status.FAIL, None)
    assert verdict.summary == "The disk that holds / is not locked: whoever has it can read it."
    assert verdict.detail == "/: /dev/sda > /dev/sda1; a layer of type crypt: False"
