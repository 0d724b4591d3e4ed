"""Secrets are taken out of every question and answer before anything is judged, kept or shown.

Redaction happens before the judging too, so that a replay judges exactly what the visit judged. It is idempotent, and in doubt
takes out too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from itaudit.evidence.secret_shapes import COMMAND, IS, NEEDLES, NEXT, NO_REFUSAL, QUOTED, VALUE, WORD
from itaudit.evidence.secret_tools import MARK, TOOLS, closed_quote, covered, replaced

__all__ = ["MARK", "redact", "redact_json"]

_DEPTH_AT_MOST = 100
_PASSES_AT_MOST = 5
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
    pattern: re.Pattern[str]
    cover: Callable[[str], str] = covered

    def apply(self, text: str) -> str:
        return self.pattern.sub(lambda match: replaced(match, self.cover), text)


def _rule(needles: Iterable[str], pattern: str, cover: Callable[[str], str] = covered, flags: int = re.IGNORECASE) -> _Rule:
    return _Rule(tuple(needles), re.compile(pattern, flags | re.MULTILINE), cover)


_KEY = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)"
_NAME = r"[\w.-]*+"
_CDATA = r"<!\[CDATA\[(?:[^\]]|\](?!\]>))*+(?:\]\]>)?+"
_CALL = rf"(?P<secret>(?=[\s\"'\\])(?:[^\n|;&\"'\\]|&(?!&)|{QUOTED}|\\[\s\S]?)*+)"
_UNQUOTED = rf"{NO_REFUSAL}(?!\[redacted\])(?P<secret>(?:[^\s\"'\\]|\\(?![\"n]))[^\n]*+)"
_RULES = (
    # A private key, however much of it is there.
    _rule(("private key-----",), rf"(?P<secret>{_KEY})", flags=0),
    # scheme://user:password@host; host:8080/@x has a port
    _rule(
        ("://",),
        r"://[^\s/:@\"'<>\[]*+:(?!\d{1,5}(?:[/?#\\\s,\"'<>]|\Z))(?P<secret>[^\s\"'<>]++)",
        _password_covered,
    ),
    # Authorization: Bearer x, Basic x
    _rule(("bearer", "basic"), r"\b(?:bearer|basic)\s++(?P<secret>[A-Za-z0-9+/=._~-]{8,}+)"),
    # PASSWORD_COMMAND="echo x", passcommand: echo x, --password-command 'echo x'
    _rule(
        ("command", "cmd"), rf"{COMMAND}(?:\\*+[\"']?+{IS}|{NEXT})(?P<secret>{QUOTED}|(?:[^\n\"\\]|\\[^\"n\n])++)", _print_covered
    ),
    # Environment="PASSWORD=x y", also inside a JSON text
    _rule(NEEDLES, rf"\"(?<![\\\w]\")(?={_NAME}=)[\w.-]*{WORD}=(?P<secret>(?:[^\"\\\n]|\\[^n\n])++)(?=\")"),
    _rule(NEEDLES, rf"'(?<![\\\w]')(?={_NAME}=)[\w.-]*{WORD}=(?P<secret>(?:[^'\\\n]|\\[^n\n])++)(?=')"),
    _rule(NEEDLES, rf"\\\"(?<!\\\\\")(?={_NAME}=)[\w.-]*{WORD}=(?P<secret>(?:[^\"\\\n]|\\++(?![\"n])|\\{{2,}}+\")++)(?=\\\")"),
    # password: x y, as YAML and settings have it, to the end of the line
    _rule(NEEDLES, rf"^[ \t]*+(?:-[ \t]++)?+(?={_NAME}[ \t]*+[:=])[\w.-]*{WORD}(?:[ \t]*+:|[ \t]++=)[ \t]++{_UNQUOTED}"),
    # "password": "x" in JSON, also inside a JSON text; PASSWORD=x, PASSWORD="x y", secret: 'x', 'password' => 'x'
    _rule(
        NEEDLES,
        rf"{WORD}(?:(?P<key>\\*+[\"']\s*+(?::|=>?)\s*+)|{IS}{NO_REFUSAL})(?P<secret>(?(key){QUOTED}|{VALUE}))",
    ),
    # --password x
    _rule(("--",), rf"--(?<![\w-]--)[\w-]*(?<!no-){WORD}{NEXT}(?!-)(?P<secret>{VALUE})"),
    # <password>x</password>, <key>password</key><string>x</string>
    _rule(("</", "<!["), rf"<[\w:.-]*{WORD}(?:\s[^<>]*+)?+>\s*+(?P<secret>{_CDATA}|[^<\s][^<]*+(?=</))"),
    _rule(("<key>",), rf"<key>[^<]*{WORD}</key>\s*+<string>(?P<secret>[^<]++)"),
    # .netrc
    _rule(("login",), rf"login(?<!\wlogin)\s++\S++\s++passw(?:or)?d\s++(?P<secret>[^\s\"']++|(?=[\"']){QUOTED})", flags=0),
    _rule(("passw",), r"^[ \t]*+passw(?:or)?d[ \t]++(?P<secret>\S++)[ \t\r]*+$"),
    _rule(("passw",), r"passw(?:or)?d[ \t]++(?P<secret>[^\s\"']++)(?=\s++(?:login|account|machine|macdef)\b)", flags=0),
    # mysqldump -px, sshpass -p x, curl -u user:x
    *(_rule(tool.needles, rf"{tool.names}{_CALL}", tool.in_call, 0) for tool in TOOLS),
    # password hashes as in /etc/shadow: $6$salt$hash
    _rule(("$",), r"(?P<secret>\$(?:1|2[abxy]?|5|6|7|y|gy|argon2(?:id|i|d))\$[A-Za-z0-9./$=,+-]{8,}+)", flags=0),
    # well-known key shapes
    _rule(("akia", "asia"), r"(?P<secret>\b(?:AKIA|ASIA)[A-Z0-9]{16}\b)", flags=0),
    _rule(
        ("gh", "glpat", "xox", "k_live"),
        r"(?P<secret>\b(?:ghp|gho|ghs|github_pat|glpat|xox[abprs]|sk_live|rk_live)[_-][A-Za-z0-9_-]{16,}+)",
        flags=0,
    ),
)
_TELLING = re.compile(rf"[\w .-]*{WORD}", re.IGNORECASE)
_TELLING_COMMAND = re.compile(rf"[\w .-]*{COMMAND}", re.IGNORECASE)
_TELLING_OPTION = re.compile(rf"--?[\w-]*(?<!no-){WORD}", re.IGNORECASE)
_SETTING = re.compile(rf"(?P<front>[\w.-]*{WORD}=)(?P<secret>.+)", re.IGNORECASE)


def redact(text: str) -> str:
    """Return `text` with passwords in addresses, commands, settings and JSON, keys, tokens and hashes replaced by [redacted]."""
    for _ in range(_PASSES_AT_MOST):
        # Again until nothing changes: what is left beside one secret may look like another.
        before, text = text, _redacted_once(text)
        if text == before:
            break
    return text


def _redacted_once(text: str) -> str:
    lower = text.lower()
    for rule in _RULES:
        if any(needle in lower for needle in rule.needles):
            text = rule.apply(text)
    return text


def redact_json(value: Any) -> Any:
    """The same for each text of a JSON structure, whose names and neighbours tell more than a text can. Tuples become lists."""
    return _redacted(value, "", _DEPTH_AT_MOST)


def _redacted(value: Any, name: str, depth: int) -> Any:
    """`name`: under which the value stands. `depth`: how much deeper to look; what lies below goes as a whole."""
    if isinstance(value, str):
        if _TELLING.fullmatch(name):
            return MARK if value else value
        return _print_covered(value) if _TELLING_COMMAND.fullmatch(name) else redact(value)
    if not isinstance(value, dict | list | tuple):
        return value
    if not depth:
        return MARK
    if isinstance(value, dict):
        return {redact(str(key)): _redacted(item, str(key), depth - 1) for key, item in value.items()}
    left = _arguments(value) if all(isinstance(item, str) for item in value) else value
    return [_redacted(item, name, depth - 1) for item in left]


def _arguments(words: Sequence[str]) -> list[str]:
    """A command word by word, or a variable's name and value."""
    left = [_SETTING.sub(lambda match: match["front"] + MARK, word) if _SETTING.fullmatch(word) else word for word in words]
    pair = len(left) == 2 and words[0].isupper() and _TELLING.fullmatch(words[0])
    for index, before in enumerate(words[:-1]):
        if pair or _TELLING_OPTION.fullmatch(before):
            left[index + 1] = MARK
    for index, word in enumerate(words):
        for tool in TOOLS:
            if re.fullmatch(tool.names, word.rpartition("/")[2]):
                return left[: index + 1] + tool.in_arguments(left[index + 1 :])
    return left
