"""Nothing reaches the PDF that its fonts cannot print."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from itaudit.reports.glyphs import breakable, for_print, printable


def test_what_has_no_glyph_is_shown_by_its_number() -> None:
    assert printable("café 📶 日 ok \u2013 ✓ Ω Ж €") == "café [U+1F4F6] [U+65E5] ok \u2013 ✓ Ω Ж €"
    assert printable("\x1b\ud800") == "[U+001B][U+D800]"


def test_only_tokens_too_long_for_a_line_are_cut() -> None:
    assert breakable("x" * 28 + " short") == "x" * 28 + " short"
    assert breakable("a " + "x" * 60) == "a " + "\u200b".join(["x" * 28, "x" * 28, "x" * 4])


@given(st.text(st.characters(codec=None, categories=None)))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert printable(printable(text)) == printable(text)


def test_charts_are_not_broken() -> None:
    assert for_print({"svg": "<" + "x" * 99, "alt": ["📶", 1]}) == {"svg": "<" + "x" * 99, "alt": ["[U+1F4F6]", 1]}
