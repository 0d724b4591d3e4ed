"""What two messages of one fault have in common: the message without its numbers, addresses, names of files and identifiers."""

from __future__ import annotations

import re

_LONGEST = 400
_HEX = "[0-9a-fA-F]"
_REPLACED = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (rf"\b{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}\b", "ID"),
        (rf"\b{_HEX}{{2}}(?::{_HEX}{{2}}){{5,7}}\b", "ADDRESS"),
        # Two colons at least: a time of day has digits only, and becomes numbers below.
        (
            rf"(?<![\w:])(?=[0-9a-fA-F:.]{{0,45}}[a-fA-F:]{{2}})(?:{_HEX}{{0,4}}:){{2,7}}{_HEX}{{0,4}}(?:%\w{{1,15}})?(?![\w:])",
            "ADDRESS",
        ),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b", "ADDRESS"),
        (r"(?<![\w/])(?:/[\w.@+~:%-]{1,255}){2,}/?", "PATH"),
        (rf"\b0[xX]{_HEX}+\b", "NUMBER"),
        (rf"\b(?=[a-fA-F]*\d){_HEX}{{8,}}\b", "ID"),
        (r"\d+(?:[.,]\d+)*", "NUMBER"),
    )
)


def template_of(message: str) -> str:
    """The same text for messages that differ only in what changes from one time to the next. At most 400 characters."""
    text = " ".join(message[:_LONGEST].split())
    for pattern, word in _REPLACED:
        text = pattern.sub(word, text)
    return text[:_LONGEST]
