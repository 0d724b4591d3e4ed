"""Secrets are taken out of every question and answer before anything is judged, kept or shown.

Redaction happens before the judging too, so that a replay judges exactly what the visit judged. It is idempotent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

MARK = "[redacted]"

_WORDS = (
    r"(?:pass(?:word|wd|phrase|code)?|secret(?:[_-]?(?:access[_-]?)?key)?|api[_-]?key|access[_-]?key|auth[_-]?token|token"
    r"|private[_-]?key|psk|credentials?)"
)
_WORD_NEEDLES = ("pass", "secret", "key", "token", "psk", "credential")
_NOT_YET = r"(?!\[redacted\])"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What matches `front` stays, what matches `secret` behind it goes.

    needles: lower-case texts of which one must be there. Looking for them first makes a megabyte without secrets cost
    milliseconds instead of seconds.
    """

    needles: tuple[str, ...]
    front: str
    secret: str
    flags: int = re.IGNORECASE

    def compiled(self) -> tuple[tuple[str, ...], re.Pattern[str]]:
        return self.needles, re.compile(rf"(?P<front>{self.front}){self.secret}", self.flags)


_PRIVATE_KEY = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)"
_RULES = (
    # A private key, however much of it is there.
    _Rule(("private key-----",), "", _PRIVATE_KEY, re.DOTALL),
    # scheme://user:password@host
    _Rule(("://",), r"://[^\s/:@\"'<>]{0,200}:", rf"{_NOT_YET}[^\s/@\"'<>]{{1,500}}(?=@)"),
    # Authorization: Bearer x, Basic x
    _Rule(("bearer", "basic"), r"\b(?:bearer|basic)\s+", rf"{_NOT_YET}[A-Za-z0-9+/=._~-]{{8,2000}}"),
    # "password": "x" in JSON, also inside a JSON text
    _Rule(_WORD_NEEDLES, rf"{_WORDS}\\?[\"']\s*:\s*\\?[\"']", rf"{_NOT_YET}[^\"'\\]{{1,2000}}"),
    # PASSWORD="x y", secret: 'x'
    _Rule(_WORD_NEEDLES, rf"{_WORDS}\s?[=:]\s?\\?[\"']", r"(?!\[redacted\]|/)[^\"'\\\n]{1,2000}"),
    # PASSWORD=x, secret: x, --password x; a path (PASSWORD_FILE=/etc/x) is no secret and is wanted as evidence
    _Rule(_WORD_NEEDLES, rf"{_WORDS}\s?[=:]\s?", r"(?!\[redacted\]|[\"'\\/])[^\s,;&\"'\\]{1,2000}"),
    _Rule(("--",), rf"--{_WORDS}(?:\s|\", \")", r"(?!\[redacted\]|/|-)[^\s\"'\\]{1,2000}"),
    # password hashes as in /etc/shadow: $6$salt$hash
    _Rule(("$",), "", r"\$(?:1|2[abxy]?|5|6|7|y|gy|argon2(?:id|i|d))\$[A-Za-z0-9./$=,+-]{8,500}", 0),
    # well-known key shapes
    _Rule(("akia", "asia"), "", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", 0),
    _Rule(
        ("gh", "glpat", "xox", "k_live"),
        "",
        r"\b(?:ghp|gho|ghs|github_pat|glpat|xox[abprs]|sk_live|rk_live)[_-][A-Za-z0-9_-]{16,255}",
        0,
    ),
)
_COMPILED = tuple(rule.compiled() for rule in _RULES)


def redact(text: str) -> str:
    """Return `text` with passwords in addresses, settings and JSON, keys, tokens and password hashes replaced by [redacted]."""
    lower = text.lower()
    for needles, pattern in _COMPILED:
        if any(needle in lower for needle in needles):
            text = pattern.sub(rf"\g<front>{MARK}", text)
    return text


def redact_json(value: Any) -> Any:
    """The same value with every text in it redacted: never the JSON as a whole, where a rule could eat a quotation mark."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: redact_json(one) for name, one in value.items()}
    return [redact_json(one) for one in value] if isinstance(value, list | tuple) else value
