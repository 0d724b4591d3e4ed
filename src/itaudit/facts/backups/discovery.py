"""Finds backups: those of the configuration, and those that cron, systemd, borgmatic or a file of variables tell of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from itaudit import api
from itaudit.facts.backups.borgmatic import repositories_in_borgmatic
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.script_text import assignments, called_scripts, repositories_in, sourced_files
from itaudit.facts.backups.settings import Backups

SCHEDULES = (
    "/etc/crontab",
    "/etc/cron.d/*",
    "/etc/cron.hourly/*",
    "/etc/cron.daily/*",
    "/etc/cron.weekly/*",
    "/etc/cron.monthly/*",
    "/var/spool/cron/crontabs/root",
    "/var/spool/cron/root",
    "/etc/systemd/system/*.service",
    "/etc/systemd/system/*.service.d/*.conf",
)
USER_TABLES = ("/var/spool/cron/crontabs/*", "/var/spool/cron/*")
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
BORGMATIC_FILES = ("/etc/borgmatic/*.yaml", "/etc/borgmatic.d/*.yaml", "/root/.config/borgmatic/*.yaml")
MOST_FOLLOWED = 50
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
    candidates = list(_in_texts(ask, _texts(ask, (*SCHEDULES, *VARIABLE_FILES))))
    candidates.extend(_of_ordinary_users(_texts(ask, USER_TABLES)))
    for path, text in _texts(ask, BORGMATIC_FILES).items():
        try:
            candidates.extend(repositories_in_borgmatic(text, path))
        except api.Missing as error:
            yield api.Gap(path, error)
    yield from best_of(candidates, settings)


def best_of(candidates: Sequence[Repository], settings: Backups) -> Iterator[Repository]:
    """Of several mentions of one place yield the one that can be opened.

    A mention without a place is yielded only where no other tells where that product writes to.
    """
    configured = {(repository.product, repository.location or repository.location_file) for repository in settings.repositories}
    known: dict[tuple[str, str], Repository] = {}
    for found in sorted(candidates, key=lambda found: bool(found.problem)):
        known.setdefault((found.product, found.location or found.location_file), found)
    told = {product for product, place in (*configured, *known) if place}
    for (product, place), found in known.items():
        if (product, place) not in configured and (place or product not in told):
            yield found


def _texts(ask: api.Ask, patterns: Sequence[str]) -> dict[str, str]:
    """Contents of the readable files, by path."""
    paths: dict[str, None] = {}
    for answer in ask.many([api.Glob(pattern) for pattern in patterns]):
        try:
            paths.update(dict.fromkeys(str(path) for path in answer.json))
        except api.Missing:
            continue
    return _contents(ask, list(paths))


def _contents(ask: api.Ask, paths: Sequence[str]) -> dict[str, str]:
    """Unreadable ones are left out: without root that is the rule, and backups.exists then says that root would see more."""
    answers = ask.many([api.ReadFile(path, limit_bytes=_LIMIT_BYTES) for path in paths])
    return {path: answer.body for path, answer in zip(paths, answers, strict=True) if answer.error is None}


def _in_texts(ask: api.Ask, texts: dict[str, str]) -> Iterator[Repository]:
    """Read each text together with the files whose variables it takes in; scripts that it runs are texts too (one level deep)."""
    texts = texts | _followed(ask, [path for text in texts.values() for path in called_scripts(text)], texts)
    texts_and_sourced = texts | _followed(ask, [path for text in texts.values() for path in sourced_files(text)], texts)
    for path, text in texts.items():
        variables: dict[str, str] = {}
        for sourced in sourced_files(text):
            variables |= assignments(texts_and_sourced.get(sourced, ""))
        yield from repositories_in(text, variables, path)


def _of_ordinary_users(texts: dict[str, str]) -> Iterator[Repository]:
    """What ordinary users scheduled is told but not opened: they must not choose what root reads and which hosts it calls."""
    for path, text in texts.items():
        if not path.endswith("/root"):
            for found in repositories_in(text, {}, path):
                yield replace(found, problem=f"it is run by an ordinary user ({path}), so itaudit does not open it unasked")


def _followed(ask: api.Ask, paths: Sequence[str], known: dict[str, str]) -> dict[str, str]:
    return _contents(ask, [path for path in dict.fromkeys(paths) if path not in known][:MOST_FOLLOWED])
