"""Where a repository lies: on which disk, and on whose machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itaudit import api
from itaudit.evidence.questions import Answer
from itaudit.facts.backups.fact import Backup, Snapshot
from itaudit.facts.backups.opening import Contents, opened, output_of
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups

NO_LOG = Backups(drill_log="/nonexistent/drills.jsonl")
HELD = Contents([("office-server", Snapshot(datetime(2026, 11, 22, 6, tzinfo=UTC), ("/home",)))])


def look(ask: api.Ask, machine: api.Machine, folder: str) -> Backup:
    [backup] = opened(ask, machine, NO_LOG, [(Repository("office", "restic", folder), HELD)])
    return backup


def test_the_disk_of_a_link_is_that_of_the_folder_it_points_to(live: api.Ask, machine: api.Machine, tmp_path: Path) -> None:
    (tmp_path / "backup").symlink_to("/proc/self")
    backup = look(live, machine, str(tmp_path / "backup"))
    assert backup.device == Path("/proc/self/.").stat().st_dev != tmp_path.stat().st_dev
    assert not backup.remote


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
90 22 0:52 / /mnt/nas rw,relatime shared:9 - {kind} nas:/volume1/backup rw,vers=4.2
"""


@pytest.mark.parametrize(
    ("kind", "device", "remote"),
    [
        ("nfs4", os.makedev(0, 52), True),
        ("cifs", os.makedev(0, 52), True),
        ("fuse.sshfs", os.makedev(0, 52), True),
        ("nfs4", os.makedev(8, 1), False),
        ("virtiofs", os.makedev(0, 52), False),  # the disk of the very same machine
        ("nfs4", os.makedev(0, 5), False),
        ("nfs4", os.makedev(8, 52 + 256), False),
    ],
)
def test_a_folder_that_another_machine_shares_is_on_that_machine(
    recorded: Callable[..., api.Ask], machine: api.Machine, kind: str, device: int, remote: bool
) -> None:
    ask = recorded(
        {
            api.FileStatus("/mnt/nas/office/."): f'{{"device": {device}}}',
            api.ReadFile("/proc/self/mountinfo"): MOUNTS.format(kind=kind),
        }
    )
    assert look(ask, machine, "/mnt/nas/office").remote is remote


def test_a_refusal_elsewhere_is_not_blamed_on_a_missing_root_alone() -> None:
    with pytest.raises(api.AccessDenied) as raised:
        output_of(Answer(exit_code=1, errors="Fatal: unable to open config file: Stat: Access Denied."))
    assert "environment" in raised.value.unlock


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ("Resolving password failed: Fatal: /etc/restic/pw does not exist", "could not be read"),
        ("Fatal: wrong password or no key found", "does not open it"),
    ],
)
def test_a_password_that_is_not_there_is_told_from_one_that_is_wrong(errors: str, words: str) -> None:
    with pytest.raises(api.Missing) as found:
        output_of(Answer(exit_code=1, errors=errors))
    assert words in found.value.unlock
