"""backups.immutable"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from itaudit.checks.backups.immutable import immutable
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.protection import Protection
from itaudit.model import Status


@pytest.mark.parametrize(
    ("protected", "status"),
    [
        ((False,), Status.FAIL),
        ((True,), Status.OK),
        ((None,), Status.UNKNOWN),
        ((False, True), Status.OK),
        ((False, None), Status.UNKNOWN),
        ((False, False), Status.FAIL),
    ],
)
def test_one_protected_copy_is_enough_and_an_unseen_one_is_unknown(
    backup_of: Callable[..., Backup], protected: tuple[bool | None, ...], status: Status
) -> None:
    names = [f"copy {number}" for number, _ in enumerate(protected)]
    found = [Protection(name, "/mnt/usb", given, "as told") for name, given in zip(names, protected, strict=True)]
    verdict = immutable(found, [backup_of(6, subject=name) for name in names])
    assert verdict.status is status
    assert bool(verdict.unlock) is (status is Status.UNKNOWN)


def test_a_protected_place_without_a_copy_does_not_count(backup_of: Callable[..., Backup]) -> None:
    found = [Protection("near", "/mnt/usb", False, ""), Protection("far", "rest:https://nas/", True, "")]
    assert immutable(found, [backup_of(6, subject="near"), backup_of(subject="far")]).status is Status.FAIL


def test_a_backup_whose_protection_was_not_told_is_unknown(backup_of: Callable[..., Backup]) -> None:
    assert immutable([], [backup_of(6)]).status is Status.UNKNOWN


def test_without_a_backup_it_is_skipped(backup_of: Callable[..., Backup]) -> None:
    assert immutable([], [backup_of()]).status is Status.SKIPPED


def test_dumps_beside_the_data_are_not_judged(backup_of: Callable[..., Backup]) -> None:
    found = [Protection("office", "/var/backups", True, "as told")]
    assert immutable(found, [backup_of(6, beside_the_data=True)]).status is Status.SKIPPED
