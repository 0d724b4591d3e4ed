"""Finds backups: those of the configuration, and those that cron, systemd, borgmatic, a file of variables or a running program
tell of. Where none does, a program whose name speaks of a backup is still a sign that there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from itaudit import api
from itaudit.facts.backups.borgmatic import repositories_in_borgmatic
from itaudit.facts.backups.processes import processes_question, repositories_of, running_commands
from itaudit.facts.backups.repository import Repository, seen
from itaudit.facts.backups.script_text import assignments, backup_clues, called_scripts, repositories_in, sourced_files
from itaudit.facts.backups.settings import Backups

SCHEDULES = (
    "/etc/crontab",
    "/etc/anacrontab",
    "/etc/cron.d/*",
    "/etc/cron.hourly/*",
    "/etc/cron.daily/*",
    "/etc/cron.weekly/*",
    "/etc/cron.monthly/*",
    "/var/spool/cron/crontabs/root",
    "/var/spool/cron/root",
    "/var/spool/cron/tabs/root",
    "/etc/periodic/*/*",
    "/etc/systemd/system/*.service",
    "/etc/systemd/system/*.service.d/*.conf",
    "/usr/local/lib/systemd/system/*.service",
    "/root/.config/systemd/user/*.service",
)
USER_TABLES = (
    "/var/spool/cron/crontabs/*",
    "/var/spool/cron/*",
    "/var/spool/cron/tabs/*",
    "/home/*/.config/systemd/user/*.service",
)
PACKAGED_UNITS = ("/usr/lib/systemd/system", "/lib/systemd/system")
"""Several hundred units of packages, of which few save anything: only those that mention a program are read."""
_MENTIONS = "restic|borg|duplicity|rclone|rsnapshot|kopia|rdiff-backup|proxmox-backup-client|tarsnap|vzdump|syncoid"
VARIABLE_FILES = (
    # Other names in these folders may be the password itself: they are never read.
    "/etc/restic/*.env",
    "/etc/restic/*.conf",
    "/etc/restic/env*",
    "/etc/restic/*.sh",
    "/etc/borg/*.env",
    "/etc/borg/*.conf",
    "/etc/borg/*.sh",
    "/etc/default/*restic*",
    "/etc/default/*borg*",
    "/etc/sysconfig/*restic*",
    "/etc/sysconfig/*borg*",
)
KOPIA_FILES = ("/root/.config/kopia/*.config", "/etc/kopia/*.config")
KOPIA_FILES_OF_USERS = ("/home/*/.config/kopia/*.config",)
"""They name programs that kopia would run: root must not open with them."""
BORGMATIC_FILES = ("/etc/borgmatic/*.yaml", "/etc/borgmatic.d/*.yaml", "/root/.config/borgmatic/*.yaml")
MOST_FOLLOWED = 50
MOST_FOUND = 50
"""Places that are told of, those that can be opened first."""
LEVELS_FOLLOWED = 3
"""A schedule runs a script, which runs another."""
_LIMIT_BYTES = 256 * 2**10


@api.provider("linux", "macos", "windows", seconds=5)
def configured_repositories(settings: Backups) -> api.Facts[Repository]:
    """The repositories named in itaudit.toml."""
    yield from map(Repository.configured, settings.repositories)


@api.provider("linux", seconds=20)
def found_repositories(ask: api.Ask, settings: Backups) -> api.Facts[Repository]:
    """The repositories that this machine's schedules and settings name, each once; those of the configuration are left out."""
    if not settings.find:
        return
    own = _with_scripts(ask, _texts(ask, (*SCHEDULES, *VARIABLE_FILES)) | _contents(ask, _packaged_units(ask)))
    of_users = {path: text for path, text in _texts(ask, USER_TABLES).items() if not path.endswith("/root")}
    candidates = [*_in_texts(ask, own), *_of_ordinary_users(of_users)]
    candidates.extend(_of_kopia(ask))
    candidates.extend(repositories_of(running_commands(ask(processes_question()))))
    for path, text in _texts(ask, BORGMATIC_FILES).items():
        try:
            candidates.extend(repositories_in_borgmatic(text, path))
        except api.Missing as error:
            yield api.Gap(path, error)
    best = list(best_of(candidates or list(_clues(own | of_users)), settings))
    yield from best[:MOST_FOUND]
    if left := best[MOST_FOUND:]:
        yield api.Gap("further backups", api.Unreadable(f"{len(left)} more places are named", "Name yours in itaudit.toml."))


def packaged_units_question() -> api.Command:
    """The names of those units of packages that mention a backup program."""
    return api.Command(("grep", "-rlsE", "--include=*.service", rf"(^|[/ =])({_MENTIONS})( |$)", "--", *PACKAGED_UNITS))


def best_of(candidates: Sequence[Repository], settings: Backups) -> Iterator[Repository]:
    """Of several mentions of one place yield the one that can be opened.

    A mention without a place is yielded only where no other tells where that product writes to.
    """
    configured = {_place(of.product, of.location or of.location_file) for of in settings.repositories}
    known: dict[tuple[str, str], Repository] = {}
    for found in sorted(candidates, key=lambda found: bool(found.problem)):
        known.setdefault(_place(found.product, found.location or found.location_file), found)
    told = {product for product, place in (*configured, *known) if place}
    for (product, place), found in known.items():
        if (product, place) not in configured and (place or product not in told):
            yield found


def _place(product: str, place: str) -> tuple[str, str]:
    """One place however it is written: /mnt/usb, /mnt/usb/, local:/mnt/usb, file:///mnt/usb."""
    bare = re.sub(r"^(?:local:|file:(?://)?)(?=/)", "", place)
    return product, bare.rstrip("/") or bare


def _packaged_units(ask: api.Ask) -> list[str]:
    answer = ask(packaged_units_question())
    # It ends with 2 where one of the folders is not there; what it printed is true.
    paths = [] if answer.error else [path for path in answer.body.split("\n") if path.startswith(PACKAGED_UNITS)]
    # Mostly /lib is a link to /usr/lib, and each unit is there twice: best_of passes one on.
    return paths[: 2 * MOST_FOLLOWED]


def _clues(texts: dict[str, str]) -> Iterator[Repository]:
    """Schedules, and programs that they run, whose name tells of a backup and which could not be understood."""
    for path, text in texts.items():
        named = (path,) if path.startswith(("/etc/cron.", "/etc/systemd/")) and backup_clues(f"/opt{path}") else ()
        for clue in named or backup_clues(text):
            yield seen(clue, path)


def _of_kopia(ask: api.Ask) -> Iterator[Repository]:
    """Its files of settings hold keys of the place: they are not read."""
    for path in _paths(ask, KOPIA_FILES):
        yield Repository(f"kopia ({path})", "kopia", path, found_in=path)
    for path in _paths(ask, KOPIA_FILES_OF_USERS):
        problem = "it is set up by an ordinary user, so itaudit does not open it unasked"
        yield Repository(f"kopia ({path})", "kopia", path, found_in=path, problem=problem)


def _paths(ask: api.Ask, patterns: Sequence[str]) -> list[str]:
    paths: dict[str, None] = {}
    for answer in ask.many([api.Glob(pattern) for pattern in patterns]):
        try:
            paths.update(dict.fromkeys(str(path) for path in answer.json))
        except api.Missing:
            continue
    return list(paths)


def _texts(ask: api.Ask, patterns: Sequence[str]) -> dict[str, str]:
    """Contents of the readable files, by path."""
    return _contents(ask, _paths(ask, patterns))


def _contents(ask: api.Ask, paths: Sequence[str]) -> dict[str, str]:
    """Unreadable ones are left out: without root that is the rule, and backups.exists then says that root would see more."""
    answers = ask.many([api.ReadFile(path, limit_bytes=_LIMIT_BYTES) for path in paths])
    return {path: answer.body for path, answer in zip(paths, answers, strict=True) if answer.error is None}


def _with_scripts(ask: api.Ask, texts: dict[str, str]) -> dict[str, str]:
    """With the scripts that the texts run, and those that these run."""
    newest = texts
    for _ in range(LEVELS_FOLLOWED):
        newest = _followed(ask, [path for text in newest.values() for path in called_scripts(text)], texts)
        texts = texts | newest
    return texts


def _in_texts(ask: api.Ask, texts: dict[str, str]) -> Iterator[Repository]:
    """Read each text together with the files whose variables it takes in."""
    texts_and_sourced = texts | _followed(ask, [path for text in texts.values() for path in sourced_files(text)], texts)
    for path, text in texts.items():
        variables: dict[str, str] = {}
        for sourced in sourced_files(text):
            variables |= assignments(texts_and_sourced.get(sourced, ""))
        yield from repositories_in(text, variables, path)


def _of_ordinary_users(texts: dict[str, str]) -> Iterator[Repository]:
    """What ordinary users scheduled is told but not opened: they must not choose what root reads and which hosts it calls."""
    for path, text in texts.items():
        for found in repositories_in(text, {}, path):
            yield replace(found, problem=f"it is run by an ordinary user ({path}), so itaudit does not open it unasked")


def _followed(ask: api.Ask, paths: Sequence[str], known: dict[str, str]) -> dict[str, str]:
    return _contents(ask, [path for path in dict.fromkeys(paths) if path not in known][:MOST_FOLLOWED])
