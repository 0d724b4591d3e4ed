"""Makes any text safe to show: what a machine says may hold terminal escapes, direction overrides and other invisible characters.

They are shown as they would be typed in Python (`\\x1b`, `\\u202e`), so that a reader sees that something was there.
Sources: Unicode Technical Report 36 (bidirectional text spoofing), UAX 9 (direction controls), ECMA-48 (C0 and C1 controls).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_SPACES = re.compile(r"\r\n|[\n\t]")

_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: terminal escapes begin here
    "\u00ad\u061c\u180e"  # soft hyphen, Arabic letter mark, Mongolian vowel separator
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line separators, direction controls
    "\ufeff\ufff9-\ufffb\ufffe\uffff"  # byte order mark, annotations, noncharacters (not allowed in XML either)
    "\ud800-\udfff"  # lone surrogates: cannot be written as UTF-8
    "\U000e0000-\U000e0fff"  # tags: text nobody sees
    "]"
)


def clean(text: str, limit: int = 2000) -> str:
    """Return `text` on one line, without anything that moves the cursor, turns the direction or hides.

    Newline and tab become a space; other controls become visible escapes. At most `limit` (1 or more) characters are
    returned, the last one an ellipsis when something was cut. clean(clean(x)) == clean(x).
    """
    # What cannot survive the cut is not worth the work: one character yields at least one.
    visible = _UNSAFE.sub(_escape, _SPACES.sub(" ", text[: 2 * limit + 2]))
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"


def clean_lines(text: str, limit: int = 2000) -> str:
    """As `clean`, with "; " between lines, so that one line of a list does not run into the next."""
    lines = [line.strip() for line in text[: 2 * limit + 2].split("\n") if line.strip()]
    ended = [line if line.endswith((":", ";", ",")) else f"{line};" for line in lines[:-1]]
    return clean(" ".join([*ended, *lines[-1:]]), limit)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """ " (did you mean 'disks'?)" for the nearest known name; empty when none is near."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else ""


def readable_days(count: float) -> str:
    """0.7 -> "1 day", 12.2 -> "12 days": rounded to whole days."""
    whole = f"{count:.0f}"
    return f"{whole} day" if whole == "1" else f"{whole} days"


def readable_bytes(count: float) -> str:
    """1500000000 -> "1.5 GB": powers of 1000, as disks are sold."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if abs(count) < 999.5 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 99.95 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
