from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.zone_starts import ZoneStart, is_behind, zone_start

NUMBER = st.integers(0, 2**32 - 1)


def test_a_start_is_read_in_the_order_of_the_record() -> None:
    start = zone_start(r"NS1.Example.com. host\.master.example.com. 2026112201 14400 3600 1209600 300")
    assert start == ZoneStart("ns1.example.com", r"host\.master.example.com", 2026112201, 14400, 3600, 1209600, 300)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "ns1.example.com. h.example.com. 1 2 3 4",
        "ns1.example.com. h.example.com. 1 2 3 4 5 6",
        "ns1.example.com. h.example.com. 1 2 3 4 -5",
        "ns1.example.com. h.example.com. 1 2 3 4 4294967296",
        "ns1.example.com. h.example.com. 1 2 3 4 ٣",
        "ns1.example.com. h.example.com. 1 2 3 4 1_0",
    ],
)
def test_what_is_no_start_is_none(data: str) -> None:
    assert zone_start(data) is None


@given(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER)
def test_every_number_that_fits_is_kept(serial: int, refresh: int, retry: int, expire: int, negative: int) -> None:
    start = zone_start(f"a. b.c. {serial} {refresh} {retry} {expire} {negative}")
    assert start == ZoneStart("a", "b.c", serial, refresh, retry, expire, negative)


@given(st.text())
def test_whatever_a_server_says_is_read_or_refused(text: str) -> None:
    start = zone_start(text)
    assert start is None or zone_start(str(start)) == start


@pytest.mark.parametrize(
    ("one", "other", "behind"),
    [
        (1, 2, True),
        (2, 1, False),
        (7, 7, False),
        (2**32 - 1, 0, True),
        (0, 2**32 - 1, False),
        (0, 2**31 - 1, True),
        (0, 2**31, False),
        (2**31, 0, False),
        # The three steps that RFC 1982 5.1 gives for 8 bits, in 32.
        (0, 44, True),
        (2**31 + 44, 0, True),
    ],
)
def test_serials_are_compared_round_the_clock(one: int, other: int, behind: bool) -> None:
    assert is_behind(one, other) is behind


@given(NUMBER, st.integers(1, 2**31 - 1))
def test_after_any_allowed_addition_the_old_serial_is_behind_the_new_and_not_the_other_way(serial: int, step: int) -> None:
    later = (serial + step) % 2**32
    assert is_behind(serial, later)
    assert not is_behind(later, serial)


@given(st.lists(NUMBER, min_size=2))
def test_no_serial_is_both_behind_and_ahead(serials: list[int]) -> None:
    assert not [pair for pair in pairwise(serials) if is_behind(*pair) and is_behind(*reversed(pair))]
