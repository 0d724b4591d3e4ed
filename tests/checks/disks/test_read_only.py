from __future__ import annotations

from itaudit import api
from itaudit.checks.disks.read_only import read_only
from itaudit.facts.mounts import Mount


def test_a_disk_that_stopped_writing_fails() -> None:
    verdict = read_only(Mount("/data", "/dev/sdb1", "ext4", "8:17", read_only=True, forced_read_only=True))
    assert verdict.status is api.Status.FAIL
    assert verdict.summary == "/data no longer accepts changes, although it should."
    assert verdict.flags == {api.Flag.FAILING_NOW}
    assert verdict.remedy is not None


def test_a_disk_that_the_system_shut_off_fails() -> None:
    mount = Mount("/data", "/dev/sdb1", "xfs", "8:17", read_only=True, forced_read_only=True, shut_down=True)
    verdict = read_only(mount)
    assert verdict.status is api.Status.FAIL
    assert verdict.summary == "/data can no longer be used: after an error the computer shut it off."
    assert verdict.remedy is not None
    assert "xfs_repair -n" in " ".join(verdict.remedy.steps)


def test_a_disk_that_is_no_longer_connected_fails() -> None:
    verdict = read_only(Mount("/media/stick", "/dev/sdf", "ext4", "8:80", gone=True))
    assert (verdict.status, verdict.severity) == (api.Status.FAIL, api.Severity.HIGH)
    assert verdict.summary == "/media/stick can no longer be used: its disk is not connected any more."
    assert verdict.remedy is not None
    assert "umount --lazy MOUNT" in verdict.remedy.steps


def test_a_disk_that_is_read_only_on_purpose_is_well() -> None:
    verdict = read_only(Mount("/archive", "/dev/sdb1", "ext4", "8:17", read_only=True))
    assert (verdict.status, verdict.summary) == (api.Status.OK, "/archive is read-only, as intended.")


def test_a_disk_that_takes_changes_is_well() -> None:
    verdict = read_only(Mount("/", "/dev/sda1", "ext4", "8:1"))
    assert (verdict.status, verdict.summary) == (api.Status.OK, "/ accepts changes.")
