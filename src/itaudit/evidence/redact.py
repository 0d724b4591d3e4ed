"""Secrets are taken out of every question and answer before anything is judged, kept or shown.

Redaction happens before the judging too, so that a replay judges exactly what the visit judged. It is idempotent, and in doubt
takes out too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache
from typing import Any

from itaudit.evidence.secret_shapes import COMMAND, IS, NEEDLES, NEXT, NO_REFUSAL, QUOTED, VALUE, WORD
from itaudit.evidence.secret_tools import MARK, TOOLS, closed_quote, covered, replaced

__all__ = ["MARK", "redact", "redact_json"]

_DEPTH_AT_MOST = 100
_PASSES_AT_MOST = 5
_SHORT = 100
_PRINTED = re.compile(r"(?P<front>(?:^|[\s/;|&(\"'])(?:echo|printf)[ \t]++).", re.DOTALL)


def _print_covered(command: str) -> str:
    """Without what echo or printf print. Any other command tells where the secret is kept, which is wanted as evidence."""
    found = _PRINTED.search(command)
    return f"{command[: found.end('front')]}{MARK}{closed_quote(command)}" if found else command


def _password_covered(rest_of_address: str) -> str:
    """Up to the last @, because a password may hold @ and / itself."""
    hidden, sign, host = rest_of_address.rpartition("@")
    return f"{MARK}{sign}{host}" if hidden else rest_of_address


@dataclass(frozen=True, slots=True)
class _Rule:
    """Covers what matches `secret` in the pattern.

    needles: lower-case texts of which one must be there. Looking for them first makes a megabyte without secrets cost
    milliseconds instead of seconds.
    """

    needles: tuple[str, ...]
    pattern: str
    cover: Callable[[str], str] = covered
    flags: int = re.IGNORECASE

    def apply(self, text: str) -> str:
        return _compiled(self.pattern, self.flags | re.MULTILINE).sub(lambda match: replaced(match, self.cover), text)


@cache
def _compiled(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Not before it is needed: all together would make every start of itaudit 40 ms slower."""
    return re.compile(pattern, flags)


_KEY = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)"
_NAME = r"[\w.-]*+"
_CDATA = r"<!\[CDATA\[(?:[^\]]|\](?!\]>))*+(?:\]\]>)?+"
_CALL = rf"(?P<secret>(?=[\s\"'\\])(?:[^\n|;&\"'\\]|&(?!&)|{QUOTED}|\\[\s\S]?)*+)"
_UNQUOTED = rf"{NO_REFUSAL}(?!\[redacted\])(?P<secret>(?:[^\s\"'\\]|\\(?![\"n]))[^\n]*+)"
_RULES = (
    # A private key, however much of it is there.
    _Rule(("private key-----",), rf"(?P<secret>{_KEY})", flags=0),
    # scheme://user:password@host; host:8080/@x has a port
    _Rule(
        ("://",),
        r"://[^\s/:@\"'<>\[]*+:(?!\d{1,5}(?:[/?#\\\s,\"'<>]|\Z))(?P<secret>[^\s\"'<>]++)",
        _password_covered,
    ),
    # Authorization: Bearer x, Basic x
    _Rule(("bearer", "basic"), r"\b(?:bearer|basic)\s++(?P<secret>[A-Za-z0-9+/=._~-]{8,}+)"),
    # PASSWORD_COMMAND="echo x", passcommand: echo x, --password-command 'echo x'
    _Rule(
        ("command", "cmd"), rf"{COMMAND}(?:\\*+[\"']?+{IS}|{NEXT})(?P<secret>{QUOTED}|(?:[^\n\"\\]|\\[^\"n\n])++)", _print_covered
    ),
    # Environment="PASSWORD=x y", also inside a JSON text
    _Rule(NEEDLES, rf"\"(?<![\\\w]\")(?={_NAME}=)[\w.-]*{WORD}=(?P<secret>(?:[^\"\\\n]|\\[^n\n])++)(?=\")"),
    _Rule(NEEDLES, rf"'(?<![\\\w]')(?={_NAME}=)[\w.-]*{WORD}=(?P<secret>(?:[^'\\\n]|\\[^n\n])++)(?=')"),
    _Rule(NEEDLES, rf"\\\"(?<!\\\\\")(?={_NAME}=)[\w.-]*{WORD}=(?P<secret>(?:[^\"\\\n]|\\++(?![\"n])|\\{{2,}}+\")++)(?=\\\")"),
    # password: x y, as YAML and settings have it, to the end of the line
    _Rule(NEEDLES, rf"^[ \t]*+(?:-[ \t]++)?+(?={_NAME}[ \t]*+[:=])[\w.-]*{WORD}(?:[ \t]*+:|[ \t]++=)[ \t]++{_UNQUOTED}"),
    # "password": "x" in JSON, also inside a JSON text; PASSWORD=x, PASSWORD="x y", secret: 'x', 'password' => 'x'
    _Rule(
        NEEDLES,
        rf"{WORD}(?:(?P<key>\\*+[\"']\s*+(?::|=>?)\s*+)|{IS}{NO_REFUSAL})(?P<secret>(?(key){QUOTED}|{VALUE}))",
    ),
    # --password x
    _Rule(("--",), rf"--(?<![\w-]--)[\w-]*(?<!no-){WORD}{NEXT}(?!-)(?P<secret>{VALUE})"),
    # <password>x</password>, <key>password</key><string>x</string>
    _Rule(("</", "<!["), rf"<[\w:.-]*{WORD}(?:\s[^<>]*+)?+>\s*+(?P<secret>{_CDATA}|[^<\s][^<]*+(?=</))"),
    _Rule(("<key>",), rf"<key>[^<]*{WORD}</key>\s*+<string>(?P<secret>[^<]++)"),
    # .netrc
    _Rule(("login",), rf"login(?<!\wlogin)\s++\S++\s++passw(?:or)?d\s++(?P<secret>[^\s\"']++|(?=[\"']){QUOTED})", flags=0),
    _Rule(("passw",), r"^[ \t]*+passw(?:or)?d[ \t]++(?P<secret>\S++)[ \t\r]*+$"),
    _Rule(("passw",), r"passw(?:or)?d[ \t]++(?P<secret>[^\s\"']++)(?=\s++(?:login|account|machine|macdef)\b)", flags=0),
    # mysqldump -px, sshpass -p x, curl -u user:x
    *(_Rule(tool.needles, rf"{tool.names}{_CALL}", tool.in_call, flags=0) for tool in TOOLS),
    # password hashes as in /etc/shadow: $6$salt$hash
    _Rule(("$",), r"(?P<secret>\$(?:1|2[abxy]?|5|6|7|y|gy|argon2(?:id|i|d))\$[A-Za-z0-9./$=,+-]{8,}+)", flags=0),
    # well-known key shapes
    _Rule(("akia", "asia"), r"(?P<secret>\b(?:AKIA|ASIA)[A-Z0-9]{16}\b)", flags=0),
    _Rule(
        ("gh", "glpat", "xox", "k_live"),
        r"(?P<secret>\b(?:ghp|gho|ghs|github_pat|glpat|xox[abprs]|sk_live|rk_live)[_-][A-Za-z0-9_-]{16,}+)",
        flags=0,
    ),
)
_NEEDLES = tuple(dict.fromkeys(needle for rule in _RULES for needle in rule.needles))
"""Of all rules: most texts hold none of them."""
_TELLING = rf"[\w .-]*{WORD}"
_TELLING_COMMAND = rf"[\w .-]*{COMMAND}"
_TELLING_OPTION = rf"--?[\w-]*(?<!no-){WORD}"
_SETTING = rf"(?P<front>[\w.-]*{WORD}=)(?P<secret>.+)"


def redact(text: str) -> str:
    """Return `text` with passwords in addresses, commands, settings and JSON, keys, tokens and hashes replaced by [redacted]."""
    return _redacted_short(text) if len(text) <= _SHORT else _redacted_fully(text)


@lru_cache(maxsize=8192)
def _redacted_short(text: str) -> str:
    """Names of fields, hosts and servers come back in every question of a scan."""
    return _redacted_fully(text)


def _redacted_fully(text: str) -> str:
    for _ in range(_PASSES_AT_MOST):
        # Again until nothing changes: what is left beside one secret may look like another.
        before, text = text, _redacted_once(text)
        if text == before:
            break
    return text


def _redacted_once(text: str) -> str:
    lower = text.lower()
    found = {needle for needle in _NEEDLES if needle in lower}
    if not found:
        return text
    if not found.isdisjoint(NEEDLES) and not _compiled(WORD).search(text):
        # "key" is in every other text ("_domainkey"), and most of the rules begin with such a needle.
        found.difference_update(NEEDLES)
    for rule in _RULES:
        if not found.isdisjoint(rule.needles):
            text = rule.apply(text)
    return text


def redact_json(value: Any) -> Any:
    """The same for each text of a JSON structure, whose names and neighbours tell more than a text can. Tuples become lists."""
    return _redacted(value, "", _DEPTH_AT_MOST)


def _redacted(value: Any, name: str, depth: int) -> Any:
    """`name`: under which the value stands. `depth`: how much deeper to look; what lies below goes as a whole."""
    if isinstance(value, str):
        told, _ = _named(name)
        if told is _Told.SECRET:
            return MARK if value else value
        return _print_covered(value) if told is _Told.COMMAND else redact(value)
    if not isinstance(value, dict | list | tuple):
        return value
    if not depth:
        return MARK
    if isinstance(value, dict):
        return {_named(str(key))[1]: _redacted(item, str(key), depth - 1) for key, item in value.items()}
    left = _arguments(value) if all(isinstance(item, str) for item in value) else value
    return [_redacted(item, name, depth - 1) for item in left]


class _Told(Enum):
    """What the name of a value says of it."""

    NOTHING = auto()
    SECRET = auto()
    COMMAND = auto()


@lru_cache(maxsize=1024)
def _named(name: str) -> tuple[_Told, str]:
    """What it says, and the name without secrets. Questions and answers have few, which come back a thousand times in a scan."""
    if _compiled(_TELLING).fullmatch(name):
        return _Told.SECRET, redact(name)
    return _Told.COMMAND if _compiled(_TELLING_COMMAND).fullmatch(name) else _Told.NOTHING, redact(name)


def _arguments(words: Sequence[str]) -> list[str]:
    """A command word by word, or a variable's name and value."""
    left = [
        _compiled(_SETTING).sub(lambda match: match["front"] + MARK, word) if _compiled(_SETTING).fullmatch(word) else word
        for word in words
    ]
    pair = len(left) == 2 and words[0].isupper() and _compiled(_TELLING).fullmatch(words[0])
    for index, before in enumerate(words[:-1]):
        if pair or _compiled(_TELLING_OPTION).fullmatch(before):
            left[index + 1] = MARK
    for index, word in enumerate(words):
        for tool in TOOLS:
            if re.fullmatch(tool.names, word.rpartition("/")[2]):
                return left[: index + 1] + tool.in_arguments(left[index + 1 :])
    return left
