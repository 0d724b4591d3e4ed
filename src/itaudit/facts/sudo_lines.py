"""One line of sudoers(5), or of doas.conf(5): who may run what, as whom, and is asked for a password or not.

A reader of what matters here, not of all: it never runs anything, it reads the files of a disk in a folder as well, and it works
where cvtsudoers(1) is not installed (sudo-rs). What it does not understand is an error, never "no rule".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ALIAS_KINDS = ("User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias", "Cmd_Alias")
_TAG = re.compile(r"\s*(NO)?(PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT)\s*:\s*")
_OPTION = re.compile(
    r"\s*(?:ROLE|TYPE|PRIVS|LIMITPRIVS|APPARMOR_PROFILE|TIMEOUT|NOTBEFORE|NOTAFTER|CWD|CHROOT)\s*=\s*(?:\"[^\"]*\"|\S+)\s*"
)
_DIGEST = re.compile(r"\bsha(?:224|256|384|512)\s*:\s*[A-Za-z0-9+/=]+\s*,?\s*")
_RUN_AS = re.compile(r"\s*\(([^()]*)\)\s*")
_NEXT_HOST = re.compile(r"(?<=[^\\\s])\s*(?<!\\):\s*(?=(?:[^\s=:,()\\]+\s*,\s*)*[^\s=:,()\\]+\s*=)")
_WORD = re.compile(r'!*+(?:"[^"]*+"|\\.|[^\s,"\\])++')
_DOAS_WORD = re.compile(r'#.*|"[^"]*"|[{}]|[^\s{}"#]+')
_DOAS_OPTIONS = frozenset(("nopass", "nolog", "persist", "keepenv", "setenv"))
MOST_DEPTH = 10


class NotUnderstood(ValueError):
    """A line that is none of sudoers(5), or none that this reader knows."""


@dataclass(frozen=True, slots=True)
class Command:
    """What may be run: one member of a list of commands. run_as: None for the administrator, as nothing was said."""

    text: str
    run_as: tuple[str, ...] | None
    without_password: bool | None


@dataclass(frozen=True, slots=True)
class Rule:
    """Names as they stand in the line: "anna", "%group", "#1000", "ALL", an alias, each with "!" when it is excepted."""

    users: tuple[str, ...]
    commands: tuple[Command, ...]


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, line) with continued lines joined, without comments and with single blanks."""
    begun, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first if begun else number
        if line.endswith("\\") and not line.endswith("\\\\"):
            begun += line[:-1]
            continue
        whole, begun = _plain(begun + line), ""
        if whole:
            yield first, whole
    if whole := _plain(begun):
        yield first, whole


def _plain(line: str) -> str:
    """Without the longest runs of blanks, no pattern takes more time than in proportion to the line."""
    return re.sub(r"\s{2,}", " ", _without_comment(line)).strip()


def _without_comment(line: str) -> str:
    """Up to the sign #, unless the number of an account follows it where a user may stand."""
    if re.match(r"\s*#include(?:dir)?\s", line):
        return line
    quoted = False
    for match in re.finditer(r'\\.|"|#', line):
        if match[0] == '"':
            quoted = not quoted
        elif match[0] == "#" and not quoted:
            before = line[: match.start()].rstrip()
            if not (line[match.end() : match.end() + 1].isdigit() and before[-1:] in ("", ",", "(", "!", "%", ":", "=")):
                return before
    return line


def members(text: str) -> tuple[str, ...]:
    """The members of a list, without quotes and backslashes."""
    words = _split(text)
    found = []
    for word in words:
        plain = re.sub(r"!\s+", "!", word.strip())
        if not plain or not _WORD.fullmatch(plain):
            raise NotUnderstood(f"not a list: {text[:60]}")
        found.append(re.sub(r"\\(.)", r"\1", plain.replace('"', "")))
    return tuple(found)


def _split(text: str, separator: str = ",") -> list[str]:
    """At separators outside quotes and brackets that no backslash stands before."""
    parts, depth, quoted, begin, skip = [], 0, False, 0, False
    for place, sign in enumerate(text):
        if skip:
            skip = False
        elif sign == "\\":
            skip = True
        elif sign == '"':
            quoted = not quoted
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == separator and not quoted and depth == 0:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]]


def read_rule(line: str) -> Rule:
    """A user specification. Raises NotUnderstood."""
    left, *rest = _split(line, "=")
    if not rest:
        raise NotUnderstood("no rule")
    joined = re.sub(r"\s*,\s*", ",", re.sub(r"!\s+", "!", left.strip()))
    words = re.findall(r'(?:"[^"]*"|\\.|[^\s"\\])+', joined)
    if len(words) != 2:
        raise NotUnderstood("not one list of users and one of hosts")
    commands: list[Command] = []
    for part in _specifications(_DIGEST.sub("", "=".join(rest))):
        commands += _commands(part)
    return Rule(members(words[0]), tuple(commands))


def _specifications(text: str) -> list[str]:
    """The lists of commands of each "host = commands", which colons separate."""
    covered = _TAG.sub(lambda match: match[0].replace(":", "\0"), text)
    first, *others = _NEXT_HOST.split(covered)
    lists = [first, *(other.partition("=")[2] for other in others)]
    return [one.replace("\0", ":") for one in lists]


def _commands(text: str) -> Iterator[Command]:
    """Users to run as and tags hold until the next ones (sudoers(5), Tag_Spec)."""
    run_as: tuple[str, ...] | None = None
    without: bool | None = None
    for part in _split(text):
        rest = part
        if match := _RUN_AS.match(rest):
            users = _split(match[1], ":")[0].strip()
            # "(:group)" and "()" run as oneself.
            run_as, rest = members(users) if users else (), rest[match.end() :]
        while match := _OPTION.match(rest) or _TAG.match(rest):
            if match.re is _TAG and match[2] == "PASSWD":
                without = match[1] == "NO"
            rest = rest[match.end() :]
        command = re.sub(r"^!\s+", "!", rest.strip())
        if not command:
            raise NotUnderstood("a rule without a command")
        yield Command(command, run_as, without)


def expanded(names: tuple[str, ...], aliases: Mapping[str, tuple[str, ...]], depth: int = 0) -> tuple[list[str], list[str]]:
    """(meant, excepted) of a list, with aliases put in. An alias of itself ends after ten steps."""
    meant: list[str] = []
    excepted: list[str] = []
    for name in names:
        plain = name.lstrip("!")
        turned = (len(name) - len(plain)) % 2 == 1
        if plain in aliases and depth < MOST_DEPTH and len(meant) + len(excepted) < 10_000:
            inner, outer = expanded(aliases[plain], aliases, depth + 1)
        else:
            inner, outer = [plain], []
        meant += outer if turned else inner
        excepted += inner if turned else outer
    return meant, excepted


@dataclass(frozen=True, slots=True)
class DoasRule:
    """user: as sudoers(5) writes it. permits: or refuses. everything: all commands, as the administrator."""

    user: str
    permits: bool
    everything: bool
    without_password: bool


def read_doas(line: str) -> DoasRule | None:
    """A rule of doas.conf(5), None for a line without one. Raises NotUnderstood."""
    words = [word for word in _DOAS_WORD.findall(line) if not word.startswith("#")]
    if not words:
        return None
    options: list[str] = []
    begin = 1
    while begin < len(words) and (words[begin] in _DOAS_OPTIONS or words[begin] == "{"):
        if words[begin] == "{":
            begin = words.index("}", begin) if "}" in words[begin:] else len(words)
        else:
            options.append(words[begin])
        begin += 1
    identity, *rest = words[begin:] or [""]
    target = rest[1:2] if rest[:1] == ["as"] else []
    if words[0] not in ("permit", "deny") or not identity.strip('"') or (rest and not target and rest[0] != "cmd"):
        raise NotUnderstood("no rule of doas")
    plain = identity.strip('"')
    user = f"%{plain[1:]}" if plain.startswith(":") else f"#{plain}" if plain.isdecimal() else plain
    return DoasRule(user, words[0] == "permit", "cmd" not in rest and target in ([], ["root"]), "nopass" in options)
