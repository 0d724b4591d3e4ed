from __future__ import annotations

from itaudit import api
from itaudit.checks.disks.lvm import lvm
from itaudit.facts.lvm import VolumeGroup


def test_a_group_without_one_of_its_drives_fails() -> None:
    verdict = lvm(VolumeGroup("data", 3, 1))
    assert (verdict.status, verdict.severity) == (api.Status.FAIL, None)
    assert verdict.summary == "The group of drives data has only 2 of its 3 drives."
    assert verdict.detail == "volume group data: pv_count=3, vg_missing_pv_count=1"
    assert verdict.flags == {api.Flag.FAILING_NOW}


def test_a_complete_group_is_well() -> None:
    verdict = lvm(VolumeGroup("data", 3, 0))
    assert (verdict.status, verdict.summary) == (api.Status.OK, "The group of drives data is complete.")
