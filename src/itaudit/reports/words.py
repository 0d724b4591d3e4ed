"""Words, numbers, dates and colours as people read them. Every rendering takes them from here, so that all agree."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from itaudit.caps import AREA_WORDS
from itaudit.model import Status
from itaudit.outcome import Grade

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

TIMES, DASH = "\u00d7", "\u2013"
"""Written by number: in the source they look like an x and a hyphen."""

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

STATUS = {
    Status.OK: "Good",
    Status.WARN: "Watch",
    Status.FAIL: "Needs work",
    Status.UNKNOWN: "Not checked",
    Status.SKIPPED: "Does not apply",
}

MARK = {Status.OK: "✓", Status.WARN: "!", Status.FAIL: "✗", Status.UNKNOWN: "?", Status.SKIPPED: DASH}
"""Beside every colour, for those who do not see it."""

GRADE = {
    Grade.A: "In good order",
    Grade.B: "Good, with small gaps",
    Grade.C: "Fair, with gaps to close",
    Grade.D: "Weak: needs work soon",
    Grade.F: "At risk: needs work now",
    Grade.NONE: "Not graded",
}

GRADE_TONE = {Grade.A: "ok", Grade.B: "ok", Grade.C: "warn", Grade.D: "fail", Grade.F: "fail", Grade.NONE: "unknown"}

AREA = {name: words[:1].upper() + words[1:] for name, words in AREA_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Colour:
    """One meaning's colours: ink on white paper and its pale background, then both for a dark screen."""

    ink: str
    fill: str
    dark_ink: str
    dark_fill: str


PALETTE = {
    "ok": Colour("#1b6b43", "#e7f3ec", "#7fd1a5", "#173226"),
    "warn": Colour("#7d5200", "#fbf2de", "#e9bf6b", "#362a12"),
    "fail": Colour("#a3201a", "#fbeae8", "#ff9d94", "#3d1c1a"),
    "unknown": Colour("#49546a", "#eceff4", "#b3bdcb", "#262c36"),
    "skipped": Colour("#5d6570", "#f3f4f6", "#a3adba", "#20252c"),
    "accent": Colour("#1d4f7c", "#e8f0f7", "#92c0ec", "#16283a"),
    "text": Colour("#1c2530", "#ffffff", "#e6e9ee", "#14171c"),
    "quiet": Colour("#535e6c", "#f7f8fa", "#a9b3c0", "#1a1e25"),
    "line": Colour("#d5dae1", "#eef0f3", "#38404b", "#262c34"),
}
"""Chosen for a contrast of at least 4.5 to 1 of ink on fill and on the page (WCAG 2.2, 1.4.3)."""


def area(name: str) -> str:
    """The owner's word for an area; a plugin's own name stays."""
    return AREA.get(name, name.replace("_", " ").capitalize())


def day(when: date) -> str:
    """22 November 2026. A time is taken in UTC."""
    if isinstance(when, datetime):
        when = when.astimezone(UTC)
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def moment(when: datetime) -> str:
    """22 November 2026, 09:14:05 UTC."""
    return f"{day(when)}, {when.astimezone(UTC):%H:%M:%S} UTC"


def floored(value: float, places: int = 0) -> str:
    """A number cut, never rounded up: 89.99 is 89. A crumb of binary arithmetic (0.2999999999) does not count as less."""
    scale = 10**places
    return f"{math.floor(value * scale + 1e-6) / scale:.{places}f}"


def readable_time(seconds: float) -> str:
    """42 -> "42 seconds", 600 -> "10 minutes", 9000 -> "2.5 hours"."""
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        return f"{seconds:.0f} second{'' if round(seconds) == 1 else 's'}"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def money(cost: tuple[int, int] | None) -> str:
    """80 to 150, or up to 150. The currency is the owner's own, said once on the page."""
    if cost is None or cost == (0, 0):
        return "no purchase"
    low, high = sorted(cost)
    if low == high:
        return f"{low:,}"
    return f"{low:,} to {high:,}" if low else f"up to {high:,}"


def figure(number: int) -> str:
    """no, one, two, three, and 12: small numbers in words."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """one thing, three things, 12 things; none is `no things`."""
    return f"{figure(number)} {one if number == 1 else many or one + 's'}"


def listed(items: Iterable[str]) -> str:
    """a, b and c."""
    parts = list(items)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def sentence(text: str) -> str:
    """With a full stop, and a capital unless it begins with a name that has none (eth0, example.com)."""
    text = text.strip()
    named = re.match(r"[a-z]\S*(\d|[._/]\w)\S*\s", text) is not None
    return text[: not named].upper() + text[not named :] + ("" if not text or text[-1] in ".!?…" else ".")


def first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence."""
    head, stop, _ = text.partition(". ")
    return head + "." if stop else text
