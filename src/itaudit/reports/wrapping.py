"""Lines of a terminal: they end between words, and only a word longer than a line is broken.

The summary keeps to a number of lines, so what is too long loses its end: whole words of it, where that can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Text

INDENT = "  "
"""Before every line of a text but its first."""


def lines_of(text: Text, width: int) -> list[Text]:
    """All of it, on as many lines as it takes; without the spaces at which lines end."""
    lines = list(text.divide(_starts(text.plain, width)))
    for line in lines:
        line.rstrip()
    return lines


def wrapped(text: Text, tail: Text, width: int, most: int) -> list[Text]:
    """Both on at most `most` lines, those after the first set in. What is too long loses its end, but keeps its tail."""
    if most == 1 or text.cell_len + tail.cell_len <= width:
        return [shortened(text, width - tail.cell_len) + tail]
    narrow = width - len(INDENT)
    lines = lines_of(text + tail, narrow)
    if len(lines) > most:
        # Cut from the text itself: lines joined again would have a space where a long word was broken.
        last = [0, *_starts(text.plain, narrow)][:most][-1]
        lines = [*lines[: most - 1], shortened(text[last:], narrow - tail.cell_len) + tail]
    return [lines[0], *(Text(INDENT) + line for line in lines[1:])]


def shortened(text: Text, width: int) -> Text:
    """The text itself, or what has room of it and an ellipsis: whole words, unless the one that is cut is longer than a line."""
    if text.cell_len <= width:
        return text
    plain = text.plain
    kept = set_cell_size(plain, max(width - 1, 0))
    if not plain.startswith(kept):  # a wide character had room for its half only
        kept = kept[:-1]
    space = kept.rfind(" ")
    word = plain[space + 1 :].partition(" ")[0]
    if plain[len(kept)] != " " and space > 0 and cell_len(word) <= width:
        kept = kept[:space]
    return text[: len(kept.rstrip())] + Text("…")


def _starts(plain: str, width: int) -> Iterator[int]:
    """The places in `plain` where the second line and those after it begin."""
    used = 0
    for found in re.finditer(r"\s*\S+\s*", plain):
        word, size = found.group(), cell_len(found.group().rstrip())
        if size > width:
            # It must be broken anyway, so it begins where there is room. The spaces before it stand for what is used.
            used = min(used, width)  # the space at the end of a full line is no part of it
            pieces = chop_cells(" " * used + word.rstrip(), width)
            place = found.start() - used
            for piece in pieces[:-1]:
                place += len(piece)
                yield place
            used = cell_len(pieces[-1]) + cell_len(word) - size
            continue
        if used + size > width:
            yield found.start()
            used = 0
        used += cell_len(word)
