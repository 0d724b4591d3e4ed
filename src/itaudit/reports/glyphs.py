"""Makes text printable with the fonts that are shipped: PDF/UA refuses a whole document over one character without a glyph.

What the fonts lack becomes `[U+1F4F6]`. Tokens too long for a line get zero-width spaces, where a line may break.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

COVERAGE = Path(__file__).parent / "fonts" / "coverage.json"
LONGEST = 28
"""Characters without a space that fit into the narrowest column."""

_LONG_TOKEN = re.compile(rf"\S{{{LONGEST + 1},}}")


@cache
def _missing() -> re.Pattern[str]:
    """Matches each character that the fonts lack."""
    ranges: list[list[int]] = json.loads(COVERAGE.read_text(encoding="ascii"))
    return re.compile("[^" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges) + "]")


def printable(text: str) -> str:
    """Replace what has no glyph by its number."""
    return _missing().sub(lambda match: f"[U+{ord(match.group()):04X}]", text)


def breakable(text: str) -> str:
    """Let tokens of more than LONGEST characters break every LONGEST characters; shorter ones are left as they are."""
    return _LONG_TOKEN.sub(lambda match: _cut(match.group()), text)


def for_print(value: Any, name: str = "") -> Any:
    """All strings of a JSON-like value, printable and breakable. Charts (`svg`) are markup, and are not broken."""
    if isinstance(value, str):
        return printable(value) if name == "svg" else breakable(printable(value))
    if isinstance(value, dict):
        return {key: for_print(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [for_print(item) for item in value]
    return value


def _cut(token: str) -> str:
    return "\u200b".join(token[start : start + LONGEST] for start in range(0, len(token), LONGEST))
