"""backups.size_drop"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itaudit.checks.backups.size_drop import Settings, size_drop
from itaudit.facts.backups.sizes import SavedSize, SavedSizes
from itaudit.model import Status

START = datetime(2026, 11, 16, 6, tzinfo=UTC)
USUAL = (10_000_000, 1000)


def saved(*sizes: tuple[int, int]) -> SavedSizes:
    made = tuple(SavedSize(START + timedelta(days=day), *size) for day, size in enumerate(sizes))
    return SavedSizes("office", ("/home",), made)


@pytest.mark.parametrize(
    ("newest", "status"),
    [
        (USUAL, Status.OK),
        ((20_000_000, 5000), Status.OK),
        ((5_000_000, 500), Status.OK),
        ((4_999_999, 1000), Status.FAIL),
        ((10_000_000, 499), Status.FAIL),
        ((0, 0), Status.FAIL),
    ],
)
def test_half_of_the_usual_is_the_limit_in_bytes_and_in_files(newest: tuple[int, int], status: Status) -> None:
    verdict = size_drop(saved(*[USUAL] * 5, newest), Settings())
    assert verdict.status is status
    assert [measurement.value for measurement in verdict.measurements] == list(newest)
    assert (verdict.remedy is not None) is (status is Status.FAIL)


def test_the_owner_reads_what_it_holds_and_what_it_held() -> None:
    verdict = size_drop(saved(*[USUAL] * 5, (400_000, 10)), Settings())
    assert verdict.summary == ("The newest copy in office holds only 400 kB in 10 files; before it was 10.0 MB in 1000 files.")
    assert "/home: 2026-11-16 06:00 UTC: 10000000 bytes, 1000 files" in verdict.detail


def test_one_odd_copy_among_the_earlier_ones_does_not_count() -> None:
    assert size_drop(saved(USUAL, USUAL, (10**12, 10**6), USUAL, USUAL, USUAL), Settings()).status is Status.OK
    assert size_drop(saved(USUAL, USUAL, (1, 1), USUAL, USUAL, (1, 1)), Settings()).status is Status.FAIL


def test_two_earlier_copies_are_too_few_to_compare() -> None:
    verdict = size_drop(saved(USUAL, USUAL, (0, 0)), Settings())
    assert verdict.status is Status.OK
    assert "too few" in verdict.summary


def test_a_small_backup_that_becomes_smaller_is_no_finding() -> None:
    assert size_drop(saved(*[(900_000, 19)] * 5, (0, 0)), Settings()).status is Status.OK
    assert size_drop(saved(*[(900_000, 20)] * 5, (900_000, 0)), Settings()).status is Status.FAIL


def test_a_single_copy_is_measured() -> None:
    assert size_drop(saved(USUAL), Settings()).status is Status.OK
