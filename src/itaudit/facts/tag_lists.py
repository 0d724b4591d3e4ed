"""Lists of tags as records of DMARC and DKIM hold them: "name=value; name=value" (RFC 6376 3.2, RFC 9989 4.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_VALUE = re.compile(r"[\t\r\n\x20-\x7e]*")
_SPACE = " \t\r\n"
SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class TagList:
    """tags: the first of each name, its value without the space around it. first: the name at the beginning.

    twice: names that stand there more than once. strange: parts that are no tag.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    first: str = ""
    twice: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()


def tags_of(text: str, *, any_case: bool = False) -> TagList:
    """Read one record. any_case: names count in upper and lower case. Never raises."""
    tags: dict[str, str] = {}
    twice: list[str] = []
    strange: list[str] = []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        name = name.strip(_SPACE)
        if not (equals and _NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            strange += [part.strip(_SPACE)] if part.strip(_SPACE) else []
            continue
        name = name.lower() if any_case else name
        if name in tags:
            twice.append(name)
        else:
            tags[name] = value.strip(_SPACE)
    return TagList(tags, next(iter(tags), ""), tuple(dict.fromkeys(twice)), tuple(strange))


def shown(text: str) -> str:
    """The beginning of a text from outside, short enough for a sentence."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
