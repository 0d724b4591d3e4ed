"""The settings of an SSH server from its files: sshd_config(5). For where the server itself cannot be asked (`sshd -T`).

Of each setting the first value counts. What stands in a Match block holds for some connections only, and is kept apart.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from itaudit import api

MANY = frozenset(("listenaddress", "port", "allowusers", "denyusers", "allowgroups", "denygroups"))
"""Of these, every line counts."""
_MOST_FILES, _MOST_DEPTH = 100, 16
_LINE = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)(.+)")

PAM = api.ReadFile("/etc/pam.d/sshd", limit_bytes=65536)
_SECOND_FACTOR = re.compile(
    r"^[ \t]*+-?auth[ \t]++(\[[^\]\n]*+\]|\S++)[ \t]++\S{0,60}?"
    r"pam_(google_authenticator|oath|duo|u2f|yubico|otp\w{0,20}|radius(?:_auth)?|privacyidea)\.so([^\n#]*)",
    re.MULTILINE,
)
_ENOUGH_ALONE = re.compile(r"sufficient|optional|\[.*\bsuccess=done\b.*\]")
"""Kinds of rules by which either of two ways in is enough (pam.d(5))."""


@dataclass(slots=True)
class Settings:
    """always: keyword in lower case -> values. sometimes: (criteria, keyword, value) of Match blocks."""

    always: dict[str, list[str]] = field(default_factory=dict)
    sometimes: list[tuple[str, str, str]] = field(default_factory=list)
    files: int = 0

    def first(self, keyword: str, otherwise: str) -> str:
        return self.always.get(keyword, [otherwise])[0]


def asks_for_second_factor(ask: api.Ask, homes: Sequence[str]) -> bool | None:
    """Of everybody: not where PAM lets those in without who never set one up, unless all of `homes` did. None: cannot be told."""
    found: bool | None = False
    for control, module, arguments in _SECOND_FACTOR.findall(ask(PAM).body):
        if _ENOUGH_ALONE.fullmatch(control):
            continue
        if not {"nullok", "nouserok"} & set(arguments.split()):
            return True
        if module == "google_authenticator" and homes:
            answers = ask.many([api.FileStatus(f"{home.rstrip('/')}/.google_authenticator") for home in homes])
            errors = [answer.error for answer in answers if answer.error]
            found = not errors or (False if any(isinstance(one, api.NotFound) for one in errors) else None)
    return found


def printed_settings(text: str) -> Settings:
    """What `sshd -T` prints: one keyword and its value a line."""
    settings = Settings()
    for line in text.splitlines():
        keyword, _, value = line.strip().partition(" ")
        _keep(settings, keyword.lower(), value.strip())
    return settings


def settings_of(ask: api.Ask, file: str) -> Settings:
    """Raises what keeps the file, or one that it includes, from being read."""
    settings = Settings()
    _read(ask, file, settings, "", 0)
    return settings


def _read(ask: api.Ask, file: str, settings: Settings, criteria: str, depth: int) -> None:
    """A Match block in an included file ends with that file."""
    settings.files += 1
    if depth > _MOST_DEPTH or settings.files > _MOST_FILES:
        raise api.Unreadable(f"{file}: too many files include each other")
    outer = criteria
    for keyword, value in _lines(ask(api.ReadFile(file, limit_bytes=2**20)).text):
        if keyword == "match":
            criteria = outer if value.lower() == "all" else f"{outer} {value}".strip()
        elif keyword == "include":
            for included in _included(ask, value):
                _read(ask, included, settings, criteria, depth + 1)
        elif criteria:
            settings.sometimes.append((criteria, keyword, value))
        else:
            _keep(settings, keyword, value)


def _keep(settings: Settings, keyword: str, value: str) -> None:
    if keyword in MANY:
        settings.always.setdefault(keyword, []).append(value)
    else:
        settings.always.setdefault(keyword, [value])


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match and not line.lstrip().startswith("#"):
            yield match[1].lower(), " ".join(_words(match[2]))


def _words(value: str) -> list[str]:
    """In quotes or not, up to a comment."""
    try:
        return shlex.split(value, comments=True)
    except ValueError as error:
        raise api.Unreadable(f"a quotation mark is missing: {value[:60]}") from error


def _included(ask: api.Ask, value: str) -> Iterator[str]:
    """A relative name lies in the folder of the server's settings."""
    for pattern in value.split():
        whole = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
        found = ask(api.Glob(whole, most=_MOST_FILES)).json
        for path in found if isinstance(found, list) else []:
            if isinstance(path, str):
                yield path
