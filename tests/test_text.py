"""What is shown can neither move the cursor, turn the direction nor hide."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.text import clean, clean_lines

ANY = st.text(st.characters(codec=None, categories=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, é, 日本 and 📶", "plain, é, 日本 and 📶"),
        ("a\tb\nc\r\nd", "a b c d"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m\x7f\x00", "\\x9b31m\\x7f\\x00"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("", ""),
    ],
)
def test_what_could_mislead_is_shown_as_it_would_be_typed(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert clean("x" * 11, 10) == "x" * 9 + "…"
    assert clean("x" * 10, 10) == "x" * 10


@given(ANY, st.integers(1, 40))
def test_cleaning_twice_changes_nothing_and_keeps_the_limit(text: str, limit: int) -> None:
    once = clean(text, limit)
    assert clean(once, limit) == once
    assert len(once) <= limit


@given(ANY)
def test_nothing_invisible_is_left(text: str) -> None:
    assert not {unicodedata.category(sign) for sign in clean(text)} & {"Cc", "Cs", "Zl", "Zp"}
    clean(text).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo", "one; two"),
        ("2 pending:\na 1 -> 2;\n\n  b 1 -> 2\n", "2 pending: a 1 -> 2; b 1 -> 2"),
        ("a\n\x1b[2Jb", "a; \\x1b[2Jb"),
        ("", ""),
    ],
)
def test_lines_of_a_list_do_not_run_into_each_other(text: str, shown: str) -> None:
    assert clean_lines(text) == shown


@given(ANY, st.integers(1, 40))
def test_lines_are_made_as_safe_as_any_text_and_keep_the_limit(text: str, limit: int) -> None:
    found = clean_lines(text, limit)
    assert len(found) <= limit
    assert clean(found, limit) == found
