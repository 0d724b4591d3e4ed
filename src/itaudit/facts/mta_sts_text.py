"""The texts of MTA-STS: the record (RFC 8461 3.1) and the policy (RFC 8461 3.2). Parsers of what strangers may write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

PATTERNS_AT_MOST = 100
AGE_AT_MOST_SECONDS = 31_557_600
"""A year, the greatest max_age (RFC 8461 3.2)."""
_FIELD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[\x21-\x3a\x3c\x3e-\x7e]+")
_IDENTIFIER = re.compile(r"[A-Za-z0-9]{1,32}")
_PATTERN = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Mode(StrEnum):
    """What senders do with servers that cannot prove their name."""

    ENFORCE = "enforce"
    TESTING = "testing"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """A policy without mistakes. patterns: host names in lower case, perhaps with *. in front."""

    mode: Mode
    max_age_seconds: int
    patterns: tuple[str, ...] = ()


def record_faults(records: Sequence[str]) -> tuple[str, ...]:
    """Why senders see no policy behind these TXT records; () for exactly one that is right."""
    split = [[part.strip(" \t") for part in record.split(";")] for record in records]
    meant = [parts for parts in split if parts[0] == "v=STSv1"]
    if len(meant) != 1:
        return (f"there are {len(meant)} records where one may be" if meant else "no record begins with v=STSv1;",)
    fields = meant[0][1:-1] if meant[0][-1] == "" else meant[0][1:]  # it may end in a semicolon
    if broken := [field for field in fields if not _FIELD.fullmatch(field)]:
        return (f"{broken[0][:60]!r} is not name=value",)
    identifiers = [field.partition("=")[2] for field in fields if field.startswith("id=")]
    if not identifiers or not _IDENTIFIER.fullmatch(identifiers[0]):
        return ("id= with 1 to 32 letters and digits is missing",)
    return ()


def parse_policy(text: str) -> tuple[StsPolicy | None, tuple[str, ...]]:
    """The policy and its faults; None with at least one fault. Of keys given twice the first counts, but for mx."""
    values: dict[str, str] = {}
    patterns: list[str] = []
    for line in filter(None, (line.strip(" \t") for line in text.replace("\r\n", "\n").split("\n"))):
        key, colon, value = line.partition(":")
        if not colon or not key.strip():
            return None, (f"{line[:60]!r} is not a line of a policy",)
        if key == "mx":
            patterns.append(value.strip(" \t").lower())
        else:
            values.setdefault(key, value.strip(" \t"))
    faults = [*_value_faults(values), *_pattern_faults(patterns, values.get("mode", ""))]
    if faults:
        return None, tuple(faults)
    return StsPolicy(Mode(values["mode"]), int(values["max_age"]), tuple(dict.fromkeys(patterns))), ()


def _value_faults(values: dict[str, str]) -> Iterable[str]:
    if values.get("version") != "STSv1":
        yield "version: STSv1 is missing"
    if values.get("mode") not in list(Mode):
        yield f"mode: {values['mode'][:40]!r} is unknown" if "mode" in values else "mode: is missing"
    age = values.get("max_age", "")
    if not re.fullmatch(r"[0-9]{1,10}", age) or int(age) > AGE_AT_MOST_SECONDS:
        yield f"max_age: {age[:20]!r} is no number of seconds up to {AGE_AT_MOST_SECONDS}"


def _pattern_faults(patterns: list[str], mode: str) -> Iterable[str]:
    if not patterns and mode != Mode.NONE:
        yield "mx: is missing"
    if len(patterns) > PATTERNS_AT_MOST:
        yield f"more than {PATTERNS_AT_MOST} lines mx:"
    for pattern in patterns[:PATTERNS_AT_MOST]:
        if not _PATTERN.fullmatch(pattern) or len(pattern) > 255:
            yield f"mx: {pattern[:60]!r} is no host name"
            return


def matches(host: str, patterns: Iterable[str]) -> bool:
    """Does a pattern name this host? `*` stands for exactly one label, the first (RFC 8461 4.1, RFC 6125 6.4.3)."""
    rest = host.partition(".")[2]
    return any(pattern == host or (bool(rest) and pattern == f"*.{rest}") for pattern in patterns)
