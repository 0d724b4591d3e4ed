"""Dates, money, counts and numbers as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from itaudit.reports import words


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_days_are_written_out() -> None:
    assert words.day(date(2026, 11, 22)) == "22 November 2026"
    assert words.day(datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))) == "31 December 2025"
    assert words.moment(datetime(2026, 3, 5, 7, 8, 9, tzinfo=UTC)) == "5 March 2026, 07:08:09 UTC"


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [(89.999, 0, "89"), (90.0, 0, "90"), (100.0, 0, "100"), (0.0, 0, "0"), (59.999, 2, "59.99"), (30 * 0.1 * 10, 1, "30.0")],
)
def test_a_score_is_cut_and_never_rounded_up(value: float, places: int, shown: str) -> None:
    assert words.floored(value, places) == shown


@pytest.mark.parametrize(
    ("cost", "shown"),
    [(None, "no purchase"), ((0, 0), "no purchase"), ((0, 50), "up to 50"), ((1200, 400), "400 to 1,200"), ((90, 90), "90")],
)
def test_money_is_a_range(cost: tuple[int, int] | None, shown: str) -> None:
    assert words.money(cost) == shown


def test_counts_read_as_a_person_says_them() -> None:
    said = [words.counted(number, "thing") for number in (0, 1, 2, 9, 10, 1234)]
    assert said == ["no things", "one thing", "two things", "nine things", "10 things", "1,234 things"]


def test_lists_and_sentences() -> None:
    assert [words.listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert [words.sentence(text) for text in ("", "x", "Done.", "why?")] == ["", "X.", "Done.", "Why?"]
    begun = [
        words.sentence(text) for text in ("eth0 is down", "example.com/a is gone", "well-known", "done. Next", "up to 300 now")
    ]
    assert begun == ["eth0 is down.", "example.com/a is gone.", "Well-known.", "Done. Next.", "Up to 300 now."]
    assert words.first_sentence("One. Two.") == "One."
    assert words.first_sentence("Version 1.2 only") == "Version 1.2 only"


@pytest.mark.parametrize("name", [name for name in words.PALETTE if name != "line"])
def test_every_ink_can_be_read_on_its_ground_and_on_the_page(name: str) -> None:
    colour, page = words.PALETTE[name], words.PALETTE["text"]
    grounds = (
        (colour.ink, colour.fill),
        (colour.ink, page.fill),
        (colour.dark_ink, colour.dark_fill),
        (colour.dark_ink, page.dark_fill),
    )
    assert min(contrast(ink, ground) for ink, ground in grounds) >= 4.5


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "less than a second"),
        (1.2, "1 second"),
        (42, "42 seconds"),
        (600, "10 minutes"),
        (9000, "2.5 hours"),
        (864_000, "10.0 days"),
    ],
)
def test_times_are_readable(seconds: float, said: str) -> None:
    assert words.readable_time(seconds) == said
