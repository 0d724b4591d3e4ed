"""Samples go over size and age, are bounded, and can be repeated."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from itaudit.drill.sampling import sample
from itaudit.drill.saved import SavedFile

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def saved(path: str, size: int, days: float) -> SavedFile:
    return SavedFile(path, size, NOW - timedelta(days=days))


FILES = st.lists(st.builds(saved, st.text("/ab", max_size=5), st.integers(0, 10**9), st.floats(-5, 4000)), max_size=60)


@given(FILES, st.integers(1, 40), st.integers(0, 10**9), st.integers())
def test_bounds_hold_and_the_seed_repeats_the_sample_in_any_order(
    files: list[SavedFile], count: int, most: int, seed: int
) -> None:
    picked = sample(files, NOW, count, most, seed)
    assert len(picked.files) <= count
    assert picked.size_bytes <= most
    assert len({file.key for file in picked.files}) == len(picked.files)
    keys = Counter(file.key for file in set(files))
    assert picked.too_large == len({file for file in files if file.size_bytes > most and keys[file.key] == 1})
    assert picked.unclear == sum(count for count in keys.values() if count > 1)


def test_names_that_cannot_be_told_apart_are_left_out() -> None:
    # As restic lists b"B\xe4r.doc" and b"B\xf6r.doc": what comes back of one would be measured by the other.
    files = [saved("/B\ufffdr.doc", 5, 1), saved("/B\ufffdr.doc", 6, 1), saved("/letter\ufffd.doc", 7, 1), saved("/plain", 8, 1)]
    picked = sample(files, NOW, 9, 10**6, 1)
    assert [file.path for file in picked.files] == ["/letter\ufffd.doc", "/plain"]
    assert picked.unclear == 2


def test_a_file_that_is_listed_twice_is_one_file() -> None:
    assert [file.path for file in sample([saved("/a", 5, 1)] * 2, NOW, 9, 10**6, 1).files] == ["/a"]


def test_the_order_of_the_list_does_not_change_the_sample() -> None:
    files = [saved(f"/{number}", number, number) for number in range(500)]
    assert sample(files, NOW, 20, 10**6, 5) == sample(files[::-1], NOW, 20, 10**6, 5)
    assert sample(files, NOW, 20, 10**6, 5) != sample(files, NOW, 20, 10**6, 6)


def test_one_large_old_file_among_a_thousand_small_new_ones_is_picked() -> None:
    rare = saved("/rare", 5_000_000, 4000)
    files = [rare, *(saved(f"/{number}", 10, 0.5) for number in range(1000))]
    assert all(rare in sample(files, NOW, 2, 10**9, seed).files for seed in range(20))


def test_a_file_too_large_for_what_is_left_makes_room_for_others() -> None:
    files = [saved("/large", 900, 0), *(saved(f"/{number}", 100, 0) for number in range(9))]
    assert sample(files, NOW, 10, 1000, 1).size_bytes >= 900
