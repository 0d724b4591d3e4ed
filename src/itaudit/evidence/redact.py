"""Secrets are taken out of every question and answer before anything is judged, kept or shown.

Redaction happens before the judging too, so that a replay judges exactly what the visit judged. It is idempotent, and in doubt
takes out too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from itaudit.evidence.secret_shapes import COMMAND, IS, MORE, NEEDLES, NEXT, NO_REFUSAL, QUOTED, QUOTED_FOR_SHELL, VALUE, WORD

MARK = "[redacted]"
_DEPTH_AT_MOST = 100
_OPENING = re.compile(r"\\*[\"']|")
_PRINTED = re.compile(r"(?P<front>(?:^|[\s/;|&(\"'])(?:echo|printf)[ \t]++).", re.DOTALL)


def _covered(secret: str, after: str = "") -> str:
    """[redacted] in the quotes of the secret; with `after` only what follows that sign, as in user:password."""
    quote = _closed_quote(secret)
    inner = secret[len(quote) : len(secret) - len(quote)]
    kept, sign, hidden = inner.partition(after) if after else ("", "", inner)
    return f"{quote}{kept}{sign}{MARK}{quote}" if hidden else secret


def _closed_quote(text: str) -> str:
    opening = _OPENING.match(text)
    quote = opening[0] if opening else ""
    return quote if len(text) >= 2 * len(quote) and text.endswith(quote) else ""


def _print_covered(command: str) -> str:
    """Without what echo or printf print. Any other command tells where the secret is kept, which is wanted as evidence."""
    found = _PRINTED.search(command)
    return f"{command[: found.end('front')]}{MARK}{_closed_quote(command)}" if found else command


def _password_covered(rest_of_address: str) -> str:
    """Up to the last @, because a password may hold @ and / itself."""
    hidden, sign, host = rest_of_address.rpartition("@")
    return f"{MARK}{sign}{host}" if hidden else rest_of_address


def _replaced(match: re.Match[str], cover: Callable[[str], str]) -> str:
    start, end = (place - match.start() for place in match.span("secret"))
    return f"{match[0][:start]}{cover(match['secret'])}{match[0][end:]}"


@dataclass(frozen=True, slots=True)
class _Tool:
    """Programs that take a password with an option, in it or (`separate`) behind it; in user:password `after` a sign.

    once: what follows the first may be the call of another program, as in `sshpass -p x ssh -p 22`.
    """

    needles: tuple[str, ...]
    options: str
    separate: bool = True
    after: str = ""
    once: bool = False

    @property
    def names(self) -> str:
        return rf"(?:{'|'.join(self.needles)})[\w-]*+"

    def in_call(self, call: str) -> str:
        between = rf"(?P<between>=|{NEXT})?+" if self.separate else "(?P<between>(?!))?+"
        secret = rf"(?P<secret>(?(between){QUOTED_FOR_SHELL}?+){MORE}*+)"
        pattern = rf"(?<=[\s\"'])(?:{self.options}){between}{secret}"
        return re.sub(pattern, lambda match: _replaced(match, self._cover), call, count=int(self.once))

    def in_arguments(self, arguments: Sequence[str]) -> list[str]:
        left = list(arguments)
        for index, argument in enumerate(arguments):
            match = re.fullmatch(rf"(?P<option>(?:{self.options})=?)(?P<secret>.*)", argument, re.DOTALL)
            if match and match["secret"]:
                left[index] = match["option"] + self._cover(match["secret"])
            elif match and self.separate and index + 1 < len(left):
                left[index + 1] = self._cover(left[index + 1])
            if match and self.once:
                break
        return left

    def _cover(self, secret: str) -> str:
        return _covered(secret, self.after)


_USER = r"-[A-Za-z]*[uU]|--(?:proxy-)?user"
_TOOLS = (
    _Tool(("mysql", "mariadb", "mariabackup", "xtrabackup"), "-p", separate=False),
    _Tool(("sshpass",), "-p", once=True),
    _Tool(("curl",), _USER, after=":"),
    _Tool(("smbclient", "rpcclient"), _USER, after="%"),
    _Tool(("lftp",), _USER, after=","),
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Covers what matches `secret` in the pattern.

    needles: lower-case texts of which one must be there. Looking for them first makes a megabyte without secrets cost
    milliseconds instead of seconds.
    """

    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    cover: Callable[[str], str] = _covered


def _rule(needles: Iterable[str], pattern: str, cover: Callable[[str], str] = _covered, flags: int = re.IGNORECASE) -> _Rule:
    return _Rule(tuple(needles), re.compile(pattern, flags | re.MULTILINE), cover)


_KEY = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)"
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
    _rule(NEEDLES, rf"\"(?<![\\\w]\")[\w.-]*{WORD}=(?P<secret>(?:[^\"\\\n]|\\[^n\n])++)(?=\")"),
    _rule(NEEDLES, rf"'(?<![\\\w]')[\w.-]*{WORD}=(?P<secret>(?:[^'\\\n]|\\[^n\n])++)(?=')"),
    _rule(NEEDLES, rf"\\\"(?<!\\\\\")[\w.-]*{WORD}=(?P<secret>(?:[^\"\\\n]|\\++(?![\"n])|\\{{2,}}+\")++)(?=\\\")"),
    # password: x y, as YAML and settings have it, to the end of the line
    _rule(NEEDLES, rf"^[ \t]*+(?:-[ \t]++)?+[\w.-]*{WORD}(?:[ \t]*+:|[ \t]++=)[ \t]++{_UNQUOTED}"),
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
    *(_rule(tool.needles, rf"{tool.names}{_CALL}", tool.in_call, 0) for tool in _TOOLS),
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
    lower = text.lower()
    for rule in _RULES:
        if any(needle in lower for needle in rule.needles):
            text = rule.pattern.sub(lambda match, cover=rule.cover: _replaced(match, cover), text)  # type: ignore[misc] # typed above
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
        for tool in _TOOLS:
            if re.fullmatch(tool.names, word.rpartition("/")[2]):
                return left[: index + 1] + tool.in_arguments(left[index + 1 :])
    return left
