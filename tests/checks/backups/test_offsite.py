"""backups.offsite"""

from __future__ import annotations

from collections.abc import Callable

from itaudit.checks.backups.offsite import offsite
from itaudit.facts.backups.data import ImportantData
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.repository import Repository, seen
from itaudit.model import Status

DATA = [ImportantData("/home", device=1), ImportantData("/srv", device=2), ImportantData("/x", "office")]


def test_a_copy_on_the_disk_of_the_originals_fails(backup_of: Callable[..., Backup]) -> None:
    assert offsite([backup_of(6, device=1), backup_of(6, device=2)], [], DATA).status is Status.FAIL


def test_a_second_disk_in_the_same_room_is_a_warning(backup_of: Callable[..., Backup]) -> None:
    assert offsite([backup_of(6, device=1), backup_of(6, device=3)], [], DATA).status is Status.WARN


def test_a_disk_whose_file_system_is_not_known_is_no_proof_of_the_same_disk(backup_of: Callable[..., Backup]) -> None:
    assert offsite([backup_of(6, device=None)], [], DATA).status is Status.WARN


def test_a_copy_on_another_machine_is_enough(backup_of: Callable[..., Backup]) -> None:
    assert offsite([backup_of(6, device=1), backup_of(6, place="sftp:nas:/b")], [], DATA).status is Status.OK


def test_an_empty_place_elsewhere_is_no_copy(backup_of: Callable[..., Backup]) -> None:
    assert offsite([backup_of(6, device=1), backup_of(place="sftp:nas:/b", subject="nas")], [], DATA).status is Status.FAIL


def test_a_place_elsewhere_that_was_not_opened_is_unknown(backup_of: Callable[..., Backup]) -> None:
    closed = Repository("nas", "restic", "sftp:nas:/b")
    assert offsite([backup_of(6, device=1)], [closed], DATA).status is Status.UNKNOWN


def test_without_a_copy_there_is_nothing_to_judge(backup_of: Callable[..., Backup]) -> None:
    assert offsite([backup_of()], [], DATA).status is Status.SKIPPED


def test_a_product_that_cannot_be_looked_into_may_keep_its_copies_elsewhere(backup_of: Callable[..., Backup]) -> None:
    on_usb = backup_of(6, device=3)
    for closed in (seen("Veeam Agent", "/etc/veeam"), Repository("kopia", "kopia", "/root/.config/kopia/repository.config")):
        assert offsite([on_usb], [closed], DATA).status is Status.UNKNOWN
    for closed in (Repository("usb", "borg", "/mnt/usb"), Repository("dup", "duplicity", "file:///mnt/usb")):
        assert offsite([on_usb], [closed], DATA).status is Status.WARN


def test_a_folder_that_another_machine_shares_is_elsewhere(backup_of: Callable[..., Backup]) -> None:
    assert offsite([backup_of(6, device=3, share=True)], [], DATA).status is Status.OK
