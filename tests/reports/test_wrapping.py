"""Lines end between words, whatever the words are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from itaudit.reports.wrapping import lines_of, shortened, wrapped

WORDS = st.lists(st.text(st.sampled_from("ab/日é"), min_size=1, max_size=60), min_size=1, max_size=12)
WIDTHS = st.integers(12, 80)


@given(WORDS, WIDTHS)
def test_no_line_is_too_wide_and_no_word_is_broken_that_fits(words: list[str], width: int) -> None:
    lines = [line.plain for line in lines_of(Text(" ".join(words)), width)]
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).replace(" ", "") == "".join(words)
    whole = {word for line in lines for word in line.split()}
    assert {word for word in words if cell_len(word) <= width} <= whole


@given(WORDS, st.integers(24, 80), st.integers(1, 4))
def test_what_is_too_long_loses_its_end_and_keeps_its_tail(words: list[str], width: int, most: int) -> None:
    text = " ".join(words)
    lines = [line.plain for line in wrapped(Text(text), Text("  then 9 A"), width, most)]
    assert len(lines) <= most
    assert max(map(cell_len, lines)) <= width
    shown = "".join(lines).replace(" ", "")
    assert shown.endswith("then9A")
    begun = shown.removesuffix("then9A")
    assert begun == text.replace(" ", "") or text.replace(" ", "").startswith(begun.removesuffix("…"))


@pytest.mark.parametrize(
    ("width", "shown"), [(14, "one two three"), (13, "one two three"), (12, "one two…"), (8, "one two…"), (7, "one…"), (3, "on…")]
)
def test_a_cut_comes_after_a_word(width: int, shown: str) -> None:
    assert shortened(Text("one two three"), width).plain == shown


def test_a_word_that_alone_fills_the_line_is_cut_within() -> None:
    assert shortened(Text("at /srv/archive/of/the/office now"), 12).plain == "at /srv/arc…"
    assert shortened(Text("日本語"), 4).plain == "日…"


def test_a_long_word_begins_where_there_is_room() -> None:
    lines = [line.plain for line in lines_of(Text("Saved as /" + "p" * 30 + " today"), 20)]
    assert lines == ["Saved as /" + "p" * 10, "p" * 20, "today"]
