"""Secrets are taken out of every question and answer before anything is judged, kept or shown.

Redaction happens before the judging too, so that a replay judges exactly what the visit judged. It is idempotent.
"""

from __future__ import annotations

import re

MARK = "[redacted]"

_WORDS = r"(?:pass(?:word|wd|phrase|code)?|secret(?:[_-]?(?:access[_-]?)?key)?|api[_-]?key|access[_-]?key|auth[_-]?token|token|private[_-]?key|psk|credentials?)"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # A private key, however much of it is there.
    (re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)", re.S), MARK),
    # scheme://user:password@host
    (re.compile(r"(?P<front>[a-z][a-z0-9+.-]{0,20}://[^\s/:@\"'<>]{0,200}:)(?!\[redacted\])[^\s/@\"'<>]{1,500}(?=@)", re.I), rf"\g<front>{MARK}"),
    # Authorization: Bearer x, Basic x
    (re.compile(r"(?P<front>\b(?:bearer|basic)\s+)(?!\[redacted\])[A-Za-z0-9+/=._~-]{8,2000}", re.I), rf"\g<front>{MARK}"),
    # "password": "x" in JSON, also inside a JSON text (\")
    (re.compile(rf"(?P<front>\b[\w-]{{0,40}}{_WORDS}\\?[\"']\s*:\s*\\?[\"'])(?!\[redacted\])[^\"'\\]{{1,2000}}", re.I), rf"\g<front>{MARK}"),
    # PASSWORD=x, secret: x, --password x; a path (…_FILE=/etc/x, password-file) is no secret and is wanted as evidence
    (re.compile(rf"(?P<front>\b[\w-]{{0,40}}{_WORDS}\s?[=:]\s?)(?!\[redacted\]|[\"'\\/])[^\s,;&\"'\\]{{1,2000}}", re.I), rf"\g<front>{MARK}"),
    (re.compile(rf"(?P<front>--{_WORDS}(?:\s|\", \"))(?!\[redacted\]|/|-)[^\s\"'\\]{{1,2000}}", re.I), rf"\g<front>{MARK}"),
    # password hashes as in /etc/shadow: $6$salt$hash
    (re.compile(r"\$(?:1|2[abxy]?|5|6|7|y|gy|argon2(?:id|i|d))\$[A-Za-z0-9./$=,+-]{8,500}"), MARK),
    # well-known key shapes
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MARK),
    (re.compile(r"\b(?:ghp|gho|ghs|github_pat|glpat|xox[abprs]|sk_live|rk_live)[_-][A-Za-z0-9_-]{16,255}"), MARK),
)  # fmt: skip


def redact(text: str) -> str:
    """Return `text` with passwords in addresses, settings and JSON, keys, tokens and password hashes replaced by [redacted]."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
