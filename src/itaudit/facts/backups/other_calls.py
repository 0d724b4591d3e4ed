"""Finds calls of rsnapshot, duplicity, rclone and the dump programs in the text of schedules and scripts. Nothing is run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from itaudit.facts.backups.dump_contents import MYSQL, POSTGRESQL
from itaudit.facts.backups.fact import place_of
from itaudit.facts.backups.repository import Repository

_CALL = re.compile(
    r"(?<![\w./$-])(?:[\w./-]{0,200}/)?"
    r"(?P<program>rsnapshot|duplicity|rclone|kopia|pg_dump|pg_dumpall|mysqldump|mariadb-dump)(?=[ \t])(?P<rest>[^\n]{0,2000})"
)
_INTO = re.compile(
    r"""(?:(?<![\d&>])>{1,2}[ \t]*|[ \t]-f[ \t]*|--file[ =]|--result-file[ =]|\btee[ \t]+)["']?(?P<path>/[^\s"'`;|&<>]{1,500})"""
)
_ENDS_CALL = re.compile(r"[;&|]")
_LEVELS = ("hourly", "daily", "weekly", "monthly", "yearly", "alpha", "beta", "gamma", "delta")
"""Names that rsnapshot's manual gives its runs. Others are not searched for: `echo rsnapshot done` is no run."""
_LEFT_OUT = re.compile(r"^(?:--(?:exclude|include|filter|files-from|max-|min-)|-f$)")
_RCLONE_OPTIONS = """
    --config --log-file --log-level --transfers --checkers --bwlimit --exclude --exclude-from --exclude-if-present
    --include --include-from --filter --filter-from --files-from --max-age --min-age --max-size --min-size --max-delete
    --max-transfer --max-duration --backup-dir --compare-dest --copy-dest --suffix --password-command --retries
    --low-level-retries --retries-sleep --timeout --contimeout --stats --tpslimit --tpslimit-burst --user-agent --cache-dir
    --temp-dir --buffer-size --order-by --modify-window --multi-thread-streams --drive-chunk-size --s3-chunk-size
    --s3-upload-concurrency --max-backlog --max-depth --track-renames-strategy --bind --cutoff-mode
"""
_RCLONE_VALUES = frozenset(_RCLONE_OPTIONS.split())
"""Options of `rclone sync` and `copy` whose value may be the next word."""
_RCLONE_FILTERS = re.compile(r"--(?:(?:exclude|include|filter)(?:-from)?|exclude-if-present|min-size|max-size)")
DEFAULT_PLAN = "/etc/rsnapshot.conf"
KOPIA_FILE = "/root/.config/kopia/repository.config"
"""Where kopia keeps the settings of root, when no other file is named."""


def other_repositories_in(plain: str, filled_in: Callable[[str], str], found_in: str) -> Iterator[Repository]:
    """Yield what the text saves with these programs. `plain`: without comments. `filled_in` puts known variables in."""
    readers = {"rsnapshot": _rsnapshot, "duplicity": _duplicity, "rclone": _rclone, "kopia": _kopia}
    for match in _CALL.finditer(plain):
        rest = filled_in(match["rest"])
        if match["program"] not in readers:
            yield from _dumps(match["program"], rest, found_in)
            continue
        try:
            words = shlex.split(_ENDS_CALL.split(rest)[0])
        except ValueError:
            words = _ENDS_CALL.split(rest)[0].split()
        if (made := readers[match["program"]](words)) is not None:
            yield _told(made, found_in)


def _told(made: Repository, found_in: str) -> Repository:
    """With the file that tells of it, and with the reason where it cannot be looked into."""
    problem = ""
    if any(sign in made.location + made.source for sign in ("$", "`", "%", "*")):
        problem = f"where the backup is kept is worked out by {found_in} when it runs"
    elif "[redacted]" in made.location or place_of(made.location) != made.location:
        problem = f"the location in {found_in} contains a password or a user"
    elif made.product == "rclone" and (made.location.startswith((":", "-")) or "," in made.location.partition(":")[0]):
        problem = f"the target in {found_in} is described there, and not by a name of rclone's configuration"
    return replace(made, found_in=found_in, problem=problem)


def _rsnapshot(words: Sequence[str]) -> Repository | None:
    plan, names = DEFAULT_PLAN, []
    rest = iter(words)
    for word in rest:
        if word == "-c":
            plan = next(rest, "")
        elif word.startswith("-c/"):
            plan = word[2:]
        else:
            names.append(word)
    if not any(name in _LEVELS for name in names) or "-t" in names or not plan.startswith("/"):
        return None
    return Repository(f"rsnapshot ({plan})", "rsnapshot", plan)


def _duplicity(words: Sequence[str]) -> Repository | None:
    """It saves when a folder stands before the address; the other way round it restores."""
    for folder, address in pairwise(words):
        if "://" in address and folder.startswith(("/", "$")) and not address.startswith("-"):
            options = [word for word in words if _LEFT_OUT.match(word)]
            return Repository(place_of(address), "duplicity", address, source=folder, whole=not options)
    return None


def _rclone(words: Sequence[str]) -> Repository | None:
    """`rclone [options] sync|copy SOURCE TARGET [options]`; a source on another machine is not ours."""
    names: list[str] = []
    filters: list[str] = []
    environment: tuple[tuple[str, str], ...] = ()
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in _RCLONE_VALUES and not equals:
            value = next(rest, "")
        if _RCLONE_FILTERS.fullmatch(option):
            filters.append(f"{option}={value}")
        if option == "--config":
            environment = (("RCLONE_CONFIG", value),)
        if not word.startswith("-"):
            names.append(word)
    names = [name for name in names if not re.match(r"\d?>", name)]
    if len(names) < 3 or names[0] not in ("sync", "copy") or not names[1].startswith("/"):
        return None
    whole = not any(_LEFT_OUT.match(word) for word in words)
    target = names[2]
    made = Repository(place_of(target), "rclone", target, environment=environment, source=names[1], whole=whole)
    return replace(made, filters=tuple(filters))


def _kopia(words: Sequence[str]) -> Repository | None:
    """`kopia snapshot create FOLDER`, whose place is in a file of settings."""
    if not {"snapshot", "snap"} & set(words) or "create" not in words:
        return None
    named = [after for before, after in pairwise(words) if before == "--config-file"]
    named.extend(word.partition("=")[2] for word in words if word.startswith("--config-file="))
    file = named[0] if named else KOPIA_FILE
    return Repository(f"kopia ({file})", "kopia", file) if file.startswith("/") else None


def _dumps(program: str, rest: str, found_in: str) -> Iterator[Repository]:
    """The folder that the output goes to: of a name with a date in it, what stands before."""
    kind = POSTGRESQL if program.startswith("pg_") else MYSQL
    if into := _INTO.search(" " + rest):
        folder = re.split(r"[$%\\`*]", into["path"])[0].rpartition("/")[0]
        if folder and not folder.startswith(("/dev", "/proc")):
            yield Repository(folder, "dumps", folder, found_in=found_in, source=kind)
