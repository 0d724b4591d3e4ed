"""The rules of sudo, and of doas: who may do everything as the administrator, and who without a password.

Sources: sudoers(5), doas.conf(5).
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from itaudit import api
from itaudit.facts.sudo_lines import (
    ALIAS_KINDS,
    MOST_DEPTH,
    Command,
    DoasRule,
    NotUnderstood,
    expanded,
    logical_lines,
    members,
    read_doas,
    read_rule,
)

SUDOERS = ("/etc/sudoers", "/usr/etc/sudoers")
"""The first that exists counts; makers who leave /etc to the owner (openSUSE) have the other one."""
DOAS, DOAS_PARTS = "/etc/doas.conf", api.Glob("/etc/doas.d/*.conf", most=200)
_MOST_FILES, _MOST_RULES, _LONGEST_LINE = 200, 5000, 16_384
_ALIASES = re.compile(rf"({'|'.join(ALIAS_KINDS)})\s+(.*)", re.DOTALL)
_DEFAULTS = re.compile(r"Defaults\s*(?:([:@!>])\s*(\S+))?\s+(.*)|Defaults$", re.DOTALL)
_INCLUDE = re.compile(r"[#@](include|includedir)\s+(.+)")
COVERED = "[redacted]"
"""What every answer has in place of the group in "nopass :wheel", which looks like a password and its value."""
_ROOT = frozenset(("ALL", "root", "#0"))
_OTHER_PASSWORDS = frozenset(("targetpw", "rootpw", "runaspw"))
"""Settings by which sudo asks for the administrator's password, not for that of who runs it."""


@dataclass(frozen=True, slots=True)
class SudoRule:
    """A rule that lets its users do everything as the administrator. users: "anna", "%group", "#1000", "ALL"; aliases are put in.

    without_password: they are not asked for one. own_password: theirs is asked for, not the administrator's. freed: whom a
    setting saves from being asked, if the rule is for a group that they are in.
    """

    file: str
    line: int
    text: str
    users: tuple[str, ...]
    excepted: tuple[str, ...]
    without_password: bool
    own_password: bool = True
    freed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SudoRules:
    """unread: files and lines that could not be read, with why; what they allow is not known. present: there are rules here."""

    rules: tuple[SudoRule, ...]
    unread: tuple[str, ...] = ()
    present: bool = True

    @property
    def subject(self) -> str:
        return "sudo rules"


@dataclass(slots=True)
class _Reading:
    ask: api.Ask
    host: str
    files: int = 0
    lines: list[tuple[str, int, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@api.provider("linux", seconds=15)
def sudo_rules(ask: api.Ask, machine: api.Machine) -> api.Facts[SudoRules]:
    """One fact. Raises what keeps its main file from being read."""
    reading = _Reading(ask, machine.host.partition(".")[0])
    answers = {path: ask(api.ReadFile(path)) for path in (*SUDOERS, DOAS)}
    there = [path for path, answer in answers.items() if not isinstance(answer.error, api.NotFound)]
    if file := next((path for path in SUDOERS if path in there), None):
        _read(reading, file, answers[file].text, 0)
    by_sudo = _judged(reading)
    doas = _Reading(ask, "")
    parts = list(_listed(doas, DOAS_PARTS))
    by_doas = [rule for path in (*([DOAS] if DOAS in there else []), *parts) for rule in _by_doas(doas, path)]
    rules = (*by_sudo.rules, *_last_of_each(by_doas))
    yield SudoRules(rules, (*by_sudo.unread, *doas.unread)[:50], present=bool(file or parts or DOAS in there))


def _by_doas(reading: _Reading, path: str) -> Iterator[tuple[SudoRule, DoasRule]]:
    answer = reading.ask(api.ReadFile(path))
    if answer.error:
        reading.unread.append(f"{path}: {answer.error.words}")
        return
    for number, line in enumerate(answer.text.splitlines()[:_MOST_RULES], 1):
        try:
            rule = read_doas(line[:_LONGEST_LINE])
        except NotUnderstood as error:
            reading.unread.append(f"{path}, line {number}: {error}")
        else:
            if rule and COVERED in rule.user:
                reading.unread.append(f"{path}, line {number}: whom it is for is covered, as if it were a password")
            if rule and rule.everything:
                yield SudoRule(path, number, line.strip()[:300], (rule.user,), (), rule.without_password), rule


def _last_of_each(rules: Iterable[tuple[SudoRule, DoasRule]]) -> list[SudoRule]:
    """Of doas, the last rule that fits counts: one that refuses takes the same user out of what stands before."""
    found: dict[str, SudoRule] = {}
    for shown, rule in rules:
        found.pop(rule.user, None)
        if rule.permits:
            found[rule.user] = shown
        else:
            found = {user: replace(one, excepted=(*one.excepted, rule.user)) for user, one in found.items()}
    return list(found.values())


def _read(reading: _Reading, file: str, text: str, depth: int) -> None:
    reading.files += 1
    for number, line in logical_lines(text):
        included = _INCLUDE.fullmatch(line)
        if included:
            for path in _included(reading, file, *included.groups()):
                _follow(reading, path, depth)
        elif len(line) > _LONGEST_LINE:
            reading.unread.append(f"{file}, line {number}: too long")
        elif len(reading.lines) < _MOST_RULES:
            reading.lines.append((file, number, line))
        else:
            reading.unread.append(f"{file}: too many lines")
            return


def _follow(reading: _Reading, path: str, depth: int) -> None:
    answer = reading.ask(api.ReadFile(path)) if depth < MOST_DEPTH and reading.files < _MOST_FILES else None
    if answer is None:
        reading.unread.append(f"{path}: too many files")
    elif answer.error is None:
        _read(reading, path, answer.text, depth + 1)
    elif not isinstance(answer.error, api.NotFound):
        reading.unread.append(f"{path}: {answer.error.words}")


def _included(reading: _Reading, file: str, kind: str, name: str) -> Iterator[str]:
    """A relative name lies beside the file; of a folder, names with a dot or a tilde at the end are left out."""
    plain = re.sub(r"\\(.)", r"\1", name.strip().strip('"')).replace("%h", reading.host)
    path = str(PurePosixPath(file).parent / plain)
    if kind == "include":
        yield path
        return
    for one in _listed(reading, api.Glob(f"{glob.escape(path)}/*", most=_MOST_FILES)):
        if "." not in PurePosixPath(one).name and not one.endswith("~"):
            yield one


def _listed(reading: _Reading, question: api.Glob) -> Iterator[str]:
    try:
        found = reading.ask(question).json
    except api.Missing as error:
        reading.unread.append(f"{PurePosixPath(question.pattern).parent}: {error.words}")
        return
    yield from (one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _judged(reading: _Reading) -> SudoRules:
    aliases: dict[str, dict[str, tuple[str, ...]]] = {kind: {} for kind in ALIAS_KINDS}
    open_to: set[str] = set()
    asked_for: set[str] = set()
    rules: list[tuple[str, int, str]] = []
    for file, number, line in reading.lines:
        try:
            if match := _ALIASES.fullmatch(line):
                aliases[match[1]].update(_aliases(match[2]))
            elif match := _DEFAULTS.fullmatch(re.sub(r" ?, ?", ",", line)):
                words = [word.strip() for word in (match[3] or "").split(",")]
                if match[1] in (None, ":"):
                    _open_to(open_to, words, match[2] or "ALL")
                if match[1] is None:
                    asked_for |= _OTHER_PASSWORDS & set(words)
                    asked_for -= {word[1:] for word in words if word.startswith("!")}
            else:
                rules.append((file, number, line))
        except NotUnderstood as error:
            reading.unread.append(f"{file}, line {number}: {error}")
    found = [rule for one in rules for rule in _rules(one, aliases, open_to, reading, own_password=not asked_for)]
    return SudoRules(tuple(found), tuple(reading.unread[:50]))


def _open_to(open_to: set[str], words: list[str], whom: str) -> None:
    """What stands later takes back what stood before (sudoers(5))."""
    for word in words:
        if word == "!authenticate":
            open_to.update(whom.split(","))
        elif word == "authenticate":
            open_to.difference_update(whom.split(","))


def _aliases(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """NAME = a, b : OTHER = c"""
    for part in re.split(r"(?<!\\):(?=\s*[A-Z][A-Z0-9_]*\s*=)", text):
        name, equals, listed = part.partition("=")
        if not equals or not re.fullmatch(r"\s*[A-Z][A-Z0-9_]*\s*", name):
            raise NotUnderstood("not an alias")
        yield name.strip(), _alias_members(listed)


def _alias_members(listed: str) -> tuple[str, ...]:
    try:
        return members(listed)
    except NotUnderstood:
        # Commands have arguments with blanks; here only their first word and ALL matter.
        return tuple(part.strip() for part in re.split(r"(?<!\\),", listed) if part.strip())


def _rules(
    place: tuple[str, int, str],
    aliases: dict[str, dict[str, tuple[str, ...]]],
    open_to: set[str],
    reading: _Reading,
    *,
    own_password: bool,
) -> Iterator[SudoRule]:
    file, number, line = place
    try:
        rule = read_rule(line)
    except NotUnderstood as error:
        if not line.startswith("#"):
            reading.unread.append(f"{file}, line {number}: {error}")
        return
    whole = [command for command in rule.commands if _is_everything(command, aliases)]
    if not whole:
        return
    users, excepted = expanded(rule.users, aliases["User_Alias"])
    without = any(one.without_password for one in whole)
    freed: set[str] = set()
    if not without and all(one.without_password is None for one in whole):
        freed = open_to.union(expanded(tuple(open_to), aliases["User_Alias"])[0])
        without = bool(freed & {"ALL", *users})
    kept = (tuple(dict.fromkeys(users)), tuple(dict.fromkeys(excepted)))
    yield SudoRule(file, number, line[:300], *kept, without, own_password or without, tuple(sorted(freed)))


def _is_everything(command: Command, aliases: dict[str, dict[str, tuple[str, ...]]]) -> bool:
    """All commands, as the administrator."""
    meant, _ = expanded((command.text,), {**aliases["Cmnd_Alias"], **aliases["Cmd_Alias"]})
    if "ALL" not in meant:
        return False
    if command.run_as is None:
        return True
    run_as, excepted = expanded(command.run_as, aliases["Runas_Alias"])
    return bool(_ROOT & set(run_as)) and not _ROOT & set(excepted)
