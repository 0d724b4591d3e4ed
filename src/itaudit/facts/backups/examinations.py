"""Whether a backup is sound, by the word of the program that made it: `restic check`, `borg check`.

That takes long (borg: 8 s for 5 GB, structure only), so it happens only where [backups] check asks for it, and not at every scan:
the result is remembered as a measurement of backups.integrity. Nothing is locked, so that a backup may start meanwhile.
A program that is writing makes a sound repository look damaged: where a lock shows one, nothing is judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from itaudit import api
from itaudit.facts.backups.borg import archives_question
from itaudit.facts.backups.opening import output_of
from itaudit.facts.backups.repository import Closed, Repository
from itaudit.facts.backups.restic import snapshots_question
from itaudit.facts.backups.settings import Backups

SECONDS = 280.0
CHECK = "backups.integrity"
MEASUREMENT = "sound"
"""1 or 0, of the scans that examined the backup."""

_NETWORK = re.compile(
    r"dial tcp|connection (?:refused|reset|closed|timed out)|no such host|i/o timeout|broken pipe|network is unreachable"
    r"|stale file handle|transport endpoint is not connected|context (?:canceled|deadline exceeded)",
    re.IGNORECASE,
)
_DAMAGE = {
    "restic": re.compile(r"repository contains errors"),
    "borg": re.compile(r"errors found|integrity error|index object count mismatch|inconsistent repository", re.IGNORECASE),
}
_MOST_SAID = 600


class InUse(api.Missing):
    """A lock shows that a program writes there now, or was killed while it did."""

    kind = "in_use"
    words = "a program is writing to the backup, or was stopped while it did"

    def default_unlock(self) -> str:
        return "Scan again when no backup runs; where none does, remove what it left behind: restic unlock, borg break-lock."


@dataclass(frozen=True, slots=True)
class Examination:
    """What is known of one repository.

    when: UTC of the last examination, None for never. sound: its result. now: was it in this scan? said: the program's words.
    """

    subject: str
    product: str
    place: str
    when: datetime | None = None
    sound: bool = True
    now: bool = False
    said: str = ""


@api.provider("linux", "macos", "windows", seconds=600)
def examinations(ask: api.Ask, machine: api.Machine, settings: Backups, repositories: list[Repository]) -> api.Facts[Examination]:
    """Yield what is known of each repository of restic or borg; a Gap for each that had to be examined and could not be."""
    for repository in repositories:
        if repository.product not in _DAMAGE:
            continue
        try:
            if repository.problem:
                raise repository.gap.error
            known = _remembered(ask, repository, machine)
            fresh = (
                known.when is not None and known.sound and machine.now - known.when < timedelta(days=settings.check_every_days)
            )
            yield known if fresh or settings.check == "never" else _examined(ask, repository, machine, settings.check)
        except api.Missing as error:
            yield api.Gap(repository.subject, error)


def check_question(repository: Repository, depth: str) -> api.Command:
    """`depth`: "structure" or "contents". Place and password go by environment, as for the list of copies."""
    everything = depth == "contents"
    if repository.product == "restic":
        argv = ("restic", "check", "--no-lock", "--no-cache", *(("--read-data",) if everything else ()))
        return api.Command(argv, timeout=SECONDS, environment=snapshots_question(repository).environment)
    argv = ("borg", "check", "--bypass-lock", "--verify-data" if everything else "--repository-only")
    return api.Command(argv, timeout=SECONDS, environment=archives_question(repository).environment)


def locks_question(repository: Repository) -> api.Question:
    """restic lists its locks; borg's is a folder."""
    if repository.product == "restic":
        argv = ("restic", "list", "locks", "--no-lock", "--no-cache")
        return api.Command(argv, timeout=30.0, environment=snapshots_question(repository).environment)
    return api.FileStatus(f"{repository.location.rstrip('/')}/lock.exclusive")


def found_sound(product: str, answer: api.Answer) -> bool:
    """Judge the program's answer: damage only where it says so itself, and nothing points at the way there. Raises Missing."""
    _ = answer.text
    if answer.exit_code == 0:
        return True
    if network := _NETWORK.search(answer.errors):
        raise api.Unreachable(f"the check was cut off: {network[0]}")
    if re.search("permission denied", answer.errors, re.IGNORECASE):
        raise api.AccessDenied("parts of the repository")
    if _DAMAGE[product].search(answer.errors):
        return False
    output_of(answer)
    raise api.Unreadable(f"{product} check ended with {answer.exit_code}")


def _examined(ask: api.Ask, repository: Repository, machine: api.Machine, depth: str) -> Examination:
    if repository.product == "borg" and not repository.location.startswith("/"):
        raise Closed("it is on another machine", "Run borg check on the machine that keeps it, so that no line is filled.")
    _refuse_locked(ask, repository)
    answer = ask(check_question(repository, depth))
    sound = found_sound(repository.product, answer)
    if not sound:
        _refuse_locked(ask, repository)
    said = " ".join(answer.errors.split())[:_MOST_SAID]
    known = Examination(repository.subject, repository.product, repository.place)
    return replace(known, when=machine.now, sound=sound, now=True, said=said)


def _refuse_locked(ask: api.Ask, repository: Repository) -> None:
    answer = ask(locks_question(repository))
    if repository.product == "restic":
        if locks := output_of(answer).split():
            raise InUse(f"{len(locks)} locks, the first {locks[0][:20]}")
        return
    try:
        _ = answer.json
    except api.NotFound:
        return
    raise InUse("lock.exclusive")


def _remembered(ask: api.Ask, repository: Repository, machine: api.Machine) -> Examination:
    """The newest remembered result; never examined where there is no memory or what it says makes no sense."""
    known = Examination(repository.subject, repository.product, repository.place)
    try:
        past = ask(api.Past(CHECK, repository.subject, MEASUREMENT)).json
        points = [(datetime.fromisoformat(when).astimezone(UTC), float(value)) for when, value in past]
    except (api.Missing, TypeError, ValueError, OverflowError):
        return known
    when, value = max((point for point in points if point[0] <= machine.now), default=(None, 1.0))
    return replace(known, when=when, sound=value >= 1.0)
