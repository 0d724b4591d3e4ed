"""Whether this machine could delete its own copies: who breaks in here could then do it too.

Seen from here are folders of this machine (borg's switch `append_only`, and otherwise nothing that protects) and S3 buckets with
object lock. What another server or provider refuses shows only when one tries to delete, which a scan does not do: the owner
says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.backups.fact import Backup
from itaudit.facts.backups.object_lock import lock_question, object_lock
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.settings import Backups


@dataclass(frozen=True, slots=True)
class Protection:
    """protected: None when it cannot be seen from here. how: by what it is known, for the technician."""

    subject: str
    place: str
    protected: bool | None
    how: str


@api.provider("linux", "macos", "windows", seconds=60)
def protections(
    ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository], backups: list[Backup]
) -> api.Facts[Protection]:
    """Yield for each repository whether its copies can be deleted from here."""
    said = {repository.name: repository.protected for repository in settings.repositories}
    for repository in repositories:
        declared = said.get(repository.subject)
        if declared is not None:
            yield Protection(repository.subject, repository.place, declared, "as itaudit.toml says")
        elif repository.product == "kopia":
            # Its location is a file of settings: facts/backups/kopia.py asks the program.
            continue
        elif not repository.location.startswith("/"):
            yield _elsewhere(ask, machine, repository, backups)
        elif repository.product == "borg":
            try:
                yield _of_borg(ask, repository)
            except api.Missing as error:
                yield api.Gap(repository.subject, error)
        else:
            yield Protection(repository.subject, repository.place, False, "a folder of this machine")


def _elsewhere(ask: api.Ask, machine: api.Machine, repository: Repository, backups: list[Backup]) -> Protection:
    """Never unprotected: the keys may not be allowed to delete, which only an attempt would show."""
    oldest = next(
        (backup.snapshots[0].when for backup in backups if backup.subject == repository.subject and backup.newest), None
    )
    question = lock_question(repository) if oldest else None
    if not question or not oldest:
        return Protection(repository.subject, repository.place, None, "kept elsewhere")
    try:
        lock = object_lock(ask, question)
    except api.Missing as error:
        return Protection(repository.subject, repository.place, None, f"kept elsewhere; object lock not seen: {error}")
    age = machine.now - oldest
    how = f"{lock}; the oldest copy is {age.days} days old"
    return Protection(repository.subject, repository.place, lock.protects(age) or None, how)


def append_only_question(location: str) -> api.Command:
    """One line of the repository's `config`, and no more: the same file holds its key."""
    return api.Command(("grep", "-E", "^[[:space:]]*append_only[[:space:]]*=", "--", f"{location.rstrip('/')}/config"))


def _of_borg(ask: api.Ask, repository: Repository) -> Protection:
    answer = ask(append_only_question(repository.location))
    line = " ".join(answer.text.split())[:100]
    if answer.exit_code not in (0, 1):
        if "ermission denied" in answer.errors:
            raise api.AccessDenied("config of the repository")
        raise api.NotFound(f"{' '.join(answer.errors.split())[:200]}")
    value = line.partition("=")[2].strip()
    return Protection(repository.subject, repository.place, value == "1", line or "append_only is not set")
