"""The macro language of SPF: which names a term may write, and what they become for one sender (RFC 7208 7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

NAME_AT_MOST = 253
"""RFC 7208 7.3: of a longer name, labels are dropped on the left."""
LABEL_AT_MOST = 63
PARTS_AT_MOST = 128
"""RFC 7208 7.3: a receiver must understand numbers up to 128; more parts than that no name has."""
_ESCAPES = {"%%": "%", "%_": " ", "%-": "%20"}
_EXPAND = r"%\{[slodiphcrtv][0-9]*r?[.+,/_=-]*\}|%%|%_|%-"
_MACRO_STRING = re.compile(rf"(?:{_EXPAND}|[!-$&-~])*", re.IGNORECASE | re.ASCII)
_EXPLANATION = re.compile(rf"(?:{_EXPAND}|[ !-$&-~])*", re.IGNORECASE | re.ASCII)
_PIECE = re.compile(rf"(?P<macro>{_EXPAND})|(?P<literal>[^%]+)", re.IGNORECASE | re.ASCII)
_MACRO = re.compile(
    r"%\{(?P<letter>[a-z])(?P<digits>[0-9]*)(?P<reverse>r?)(?P<delimiters>[.+,/_=-]*)\}", re.IGNORECASE | re.ASCII
)
_TOP_LABEL = re.compile(r"(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])")
_ONLY_IN_EXPLANATIONS = frozenset("crt")
_NAME = re.compile(r"[!-~ ]+")

Value = Callable[[str], str]
"""What a macro letter (lower case) stands for; asked only for those that are used, since %{p} takes look-ups."""


def is_macro_string(text: str, pattern: re.Pattern[str] = _MACRO_STRING) -> bool:
    """macro-string of RFC 7208 7.1; a number of parts, where given, is not 0 (7.3)."""
    if not pattern.fullmatch(text):
        return False
    return not any(match["digits"] and not match["digits"].strip("0") for match in _MACRO.finditer(text))


def is_explanation(text: str) -> bool:
    """explain-string of RFC 7208 6.2: the same with spaces."""
    return is_macro_string(text, _EXPLANATION)


def letters(text: str) -> frozenset[str]:
    """The macro letters in a macro-string, in lower case: exists:%{ir}.%{D2} -> i, d."""
    found = (_MACRO.fullmatch(piece["macro"] or "") for piece in _PIECE.finditer(text))
    return frozenset(match["letter"].lower() for match in found if match)


def name_fault(text: str) -> str:
    """Why `text` is no domain-spec (RFC 7208 7.1), "" when it is one.

    One ends in a macro, or in a dot and a top label that is not all digits.
    """
    if not text:
        return "it names nothing"
    if not is_macro_string(text):
        return "a % begins no macro, or a character is not allowed here"
    if letters(text) & _ONLY_IN_EXPLANATIONS:
        return "the macros c, r and t are only for explanations"
    pieces = list(_PIECE.finditer(text))
    if pieces[-1]["macro"]:
        return ""
    _, dot, top = text.removesuffix(".").rpartition(".")
    if not dot or not _TOP_LABEL.fullmatch(top):
        return "it does not end in a dot and a name such as com"
    return ""


def expanded(text: str, value: Value) -> str:
    """A valid macro-string as it reads for one sender."""
    return "".join(_expanded(piece["macro"], value) if piece["macro"] else piece["literal"] for piece in _PIECE.finditer(text))


def _expanded(macro: str, value: Value) -> str:
    match = _MACRO.fullmatch(macro)
    if not match:
        return _ESCAPES[macro]
    parts = re.split(f"[{re.escape(match['delimiters'] or '.')}]", value(match["letter"].lower()))
    if match["reverse"]:
        parts.reverse()
    if digits := match["digits"].lstrip("0"):
        wanted = int(digits) if len(digits) <= len(str(PARTS_AT_MOST)) else len(parts)
        parts = parts[-wanted:]
    text = ".".join(parts)
    return quote(text, safe="-._~") if match["letter"].isupper() else text


def name_of(text: str) -> str:
    """An expanded name as it is looked up: in lower case, without its last dot, cut on the left to 253 characters."""
    name = text.lower().removesuffix(".")
    if len(name) <= NAME_AT_MOST:
        return name
    whole_labels = name[-NAME_AT_MOST - 1 :].partition(".")[2]
    return whole_labels or name.rpartition(".")[2]


def is_askable(name: str) -> bool:
    """Can it be looked up at all: labels of 1 to 63 characters (RFC 1035 2.3.4), ASCII?"""
    labels = name.split(".")
    return len(name) <= NAME_AT_MOST and bool(_NAME.fullmatch(name)) and all(0 < len(label) <= LABEL_AT_MOST for label in labels)
