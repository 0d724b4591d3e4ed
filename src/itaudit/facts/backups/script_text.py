"""Reads backup settings out of scripts, cron tables, systemd units and files of variables. Nothing of them is ever run.

The text is not interpreted as a shell would: plain assignments, plain commands, and variables assigned in the same text.
What is made up by a program stays unknown, and is said to be.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from itaudit.facts.backups.fact import place_of
from itaudit.facts.backups.other_calls import other_repositories_in
from itaudit.facts.backups.repository import Repository, printed_file
from itaudit.facts.backups.unread_calls import unread_calls_in

_ASSIGNMENT = re.compile(
    r"""(?:^|[\s;"'])(?P<name>[A-Za-z_]\w{0,60})=(?P<value>"[^"\n]{0,1000}"|'[^'\n]{0,1000}'|[^\s;"']{0,1000})""", re.MULTILINE
)
_VARIABLE = re.compile(r"\$\{?(?P<name>[A-Za-z_]\w{0,60})\}?")
# Bounded, and never \s where a newline may follow: these texts may be hostile and long.
_COMMENT = re.compile(r"^[ \t]*[#;].*$", re.MULTILINE)
_CONTINUED = re.compile(r"\\\n[ \t]*")
_UNIT_VARIABLES = re.compile(r"^[ \t]*Environment=", re.MULTILINE)
_SOURCED = re.compile(r"(?:^|[\s;&])(?:source[ \t]+|\.[ \t]+|EnvironmentFile=-?)[\"']?(?P<path>/[\w./@+-]{1,200})", re.MULTILINE)
_SCRIPT = re.compile(r"(?<![\w./-])(?P<path>/(?:[\w.@+-]{1,60}/){1,8}[\w.@+-]{1,100})")
_CALL = re.compile(r"(?<![\w./-])(?:[\w./-]{0,200}/)?(?P<product>restic|borg)(?=\s)(?P<rest>[^\n;|&]{0,2000})")
_CLUE = re.compile(
    r"(?<![\w./-])(?P<path>/(?:usr/local|opt|root|home|srv|data)/(?=[\w.@+/-]{0,200}(?:backup|sicherung|sauvegarde|respaldo))"
    r"[\w.@+/-]{1,300})",
    re.IGNORECASE,
)
_OF_DATABASES = re.compile(r"sql|postgres|mongo|_db|-db|dump", re.IGNORECASE)
_REDACTED = "[redacted]"
_NAMES = {
    "restic": ("RESTIC_REPOSITORY", "RESTIC_PASSWORD", "RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND"),
    "borg": ("BORG_REPO", "BORG_PASSPHRASE", "", "BORG_PASSCOMMAND"),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """What one call or one set of variables says."""

    location: str = ""
    location_file: str = ""
    password_file: str = ""
    password_command: str = ""


def assignments(text: str) -> dict[str, str]:
    """Return the variables that the text sets, the last value of each, with variables of the same text put in."""
    found: dict[str, str] = {}
    for match in _ASSIGNMENT.finditer(_plain(text)):
        found[match["name"]] = _filled_in(match["value"].strip("\"'"), found)
    return found


def sourced_files(text: str) -> tuple[str, ...]:
    """Paths of files whose variables this text takes in (`. file`, `source file`, EnvironmentFile=)."""
    return tuple(dict.fromkeys(match["path"] for match in _SOURCED.finditer(_plain(text))))


def called_scripts(text: str) -> tuple[str, ...]:
    """Paths of scripts it runs, by their names: *.sh, or in a folder of local programs. Others may be secrets: left alone."""
    paths = dict.fromkeys(match["path"] for match in _SCRIPT.finditer(_plain(text)))
    local = ("/usr/local/bin/", "/usr/local/sbin/", "/root/bin/", "/opt/")
    return tuple(p for p in paths if p.endswith(".sh") or (p.startswith(local) and "bin/" in p))


def backup_clues(text: str) -> tuple[str, ...]:
    """Paths of programs that the text runs and whose name tells of a backup; those that only dump a database are none."""
    paths = dict.fromkeys(match["path"] for match in _CLUE.finditer(_plain(text)))
    return tuple(path for path in paths if not _OF_DATABASES.search(path))


def repositories_in(text: str, variables: dict[str, str], found_in: str) -> Iterator[Repository]:
    """Yield what the text backs up to. `variables`: those it takes in from other files.

    A backup whose place the text does not tell is yielded without a location and with a problem.
    """
    known = variables | assignments(text)
    named_by_variables = [product for product, names in _NAMES.items() if known.get(names[0])]
    if known.get("RESTIC_REPOSITORY_FILE"):
        named_by_variables.append("restic")
    calls = list(_calls(text, known))
    for product in dict.fromkeys(named_by_variables):
        yield _repository(product, _Found(), known, found_in)
    for product, call in calls:
        if call.location or call.location_file or product not in named_by_variables:
            yield _repository(product, call, known, found_in)
    yield from other_repositories_in(_plain(text), partial(_filled_in, known=known), found_in)
    yield from unread_calls_in(_plain(text), partial(_filled_in, known=known), found_in)


def _repository(product: str, call: _Found, known: dict[str, str], found_in: str) -> Repository:
    location_name, password_name, file_name, command_name = _NAMES[product]
    location_file = call.location_file or (
        known.get("RESTIC_REPOSITORY_FILE", "") if product == "restic" and not call.location else ""
    )
    location = call.location or ("" if location_file else known.get(location_name, ""))
    file = call.password_file or known.get(file_name, "")
    command = call.password_command or known.get(command_name, "")
    made = Repository(
        subject=place_of(location) or (f"the place named in {location_file}" if location_file else f"{product} in {found_in}"),
        product=product,
        location=location,
        location_file=location_file,
        password_file=file or printed_file(command),
        found_in=found_in,
        password_inside=bool(known.get(password_name)) and not file and not command,
    )
    return replace(made, problem=_problem(made, command))


def _problem(found: Repository, command: str) -> str:
    """Why itaudit will not try to open it. Commands found in files are never run: who can write there could run anything."""
    if not found.location and not found.location_file:
        return f"{found.found_in} runs {found.product}, but does not tell where the backup is kept"
    if any(sign in found.location + found.location_file + found.password_file for sign in ("$", "`", "%")):
        return f"where the backup is kept is worked out by {found.found_in} when it runs"
    if found.location.startswith("-") or "://-" in found.location:
        return f"the location in {found.found_in} would be taken for an option"
    if _REDACTED in found.location:
        return f"the location in {found.found_in} contains a password"
    if found.password_inside:
        return f"the password is written in {found.found_in} itself, which itaudit does not take up"
    if command and not found.password_file:
        return f"the password comes from a command in {found.found_in}, and itaudit runs no commands that it finds"
    if found.product == "restic" and not found.password_file:
        return f"{found.found_in} does not tell where the password is kept"
    return ""


def _calls(text: str, known: dict[str, str]) -> Iterator[tuple[str, _Found]]:
    """Yield calls of restic and borg that save or tidy, with the places they name."""
    for match in _CALL.finditer(_plain(text)):
        try:
            words = [_filled_in(word, known) for word in shlex.split(match["rest"])]
        except ValueError:
            words = [_filled_in(word, known) for word in match["rest"].split()]
        if match["product"] == "restic" and "backup" in words:
            yield "restic", _restic_call(words)
        elif match["product"] == "borg" and "create" in words:
            archive = next((word for word in words[words.index("create") + 1 :] if "::" in word and not word.startswith("-")), "")
            yield "borg", _Found(location=archive.split("::")[0])


def _restic_call(words: list[str]) -> _Found:
    def after(*options: str) -> str:
        for word, following in zip(words, [*words[1:], ""], strict=True):
            name, equals, value = word.partition("=")
            if name in options:
                return value if equals else following
        return ""

    return _Found(after("-r", "--repo"), after("--repository-file"), after("-p", "--password-file"), after("--password-command"))


def _plain(text: str) -> str:
    """Without comments, with continued lines joined, and with systemd's Environment="A=b" as A=b."""
    return _UNIT_VARIABLES.sub(" ", _CONTINUED.sub(" ", _COMMENT.sub("", text)))


def _filled_in(value: str, known: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda match: known.get(match["name"], match.group()), value)[:4000]
