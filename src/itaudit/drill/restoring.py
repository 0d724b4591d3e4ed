"""Brings the sample back in one go, and what that leaves in doubt once more, each file alone, to name what is lost."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from itaudit.drill.comparing import Compared, Result, by_key, compare
from itaudit.drill.sampling import Sample
from itaudit.drill.saved import Product, SavedFile, State
from itaudit.errors import NotFound, Unreadable, UserError
from itaudit.evidence.live_originals import Read, read_here
from itaudit.evidence.questions import Answer, Question
from itaudit.evidence.questions_machine import Command
from itaudit.evidence.redact import redact
from itaudit.facts.backups.fact import place_of
from itaudit.facts.backups.repository import Repository

Look = Callable[[Question], Answer]
Inspect = Callable[[Compared], None]

_ALONE_SECONDS = 1800.0
"""So long are files tried alone. restic tries again for a minute where a piece of the backup is missing."""
_NOT_ALONE = "it came back with errors or not at all, and there was no time to try it alone"
_NO_SPACE = re.compile(r"no space left|disk quota exceeded|ENOSPC|Errno 28\b", re.IGNORECASE)
_ONLY_RIGHTS = re.compile(r"metadata|chown|chmod|xattr|attribute|\bacl\b|utime|operation not permitted", re.IGNORECASE)
_FAULT = re.compile(r"integrity|verif|corrupt|damaged|missing|not found|failed|error", re.IGNORECASE)
_NOTES = re.compile(r"^\s*$|^restoring |^repository .* opened|^There were \d+ errors|^Summary", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where and with what one backup is tested. folder: private; it holds what came back and the program's cache."""

    look: Look
    product: Product
    repository: Repository
    state: State
    folder: Path
    mark: tuple[str, str]

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def ask(self, question: Command) -> Answer:
        """Ask with the mark by which a killed test's programs are found."""
        return self.look(marked(question, self.mark))


def marked(question: Command, mark: tuple[str, str]) -> Command:
    return replace(question, environment=tuple(sorted((*question.environment, mark))))


def restore(bench: Bench, sample: Sample, inspect: Inspect, read: Read = read_here) -> tuple[tuple[Compared, ...], float]:
    """Return what became of each file, and the seconds that bringing all back in one go took.

    `inspect` may look at each file that came back while it is there; `read` reads an original. Raises Missing when the program
    does not answer, UserError when the disk filled up.
    """
    target = bench.folder / "together"
    target.mkdir()
    answer = _bring_back(bench, target, sample.files)
    found = by_key(target)
    compared: list[Compared] = []
    until = time.monotonic() + _ALONE_SECONDS
    if answer.exit_code != 0:
        # Before each file is tried alone: what is gone answers slowly.
        _still_there(bench)
    for file in sample.files:
        one = compare(file, target, bench.state.when, found, read)
        if answer.exit_code != 0 and one.result is not Result.SAME:
            in_time = time.monotonic() < until
            one = _alone(bench, file, inspect, read) if in_time else Compared(one.path, Result.LOST, why=_NOT_ALONE)
        elif one.result is not Result.LOST:
            inspect(one)
        compared.append(replace(one, restored=None))
    shutil.rmtree(target, ignore_errors=True)
    if any(one.result is Result.LOST for one in compared):
        _still_there(bench)
    return tuple(compared), answer.seconds


def _still_there(bench: Bench) -> None:
    """A disk that was pulled out, a line that broke or a state that was tidied away meanwhile is no lost file. Raises Missing."""
    product = bench.product
    states = product.read_states(product.output_of(bench.ask(product.states(bench.repository))))
    if all(state.name != bench.state.name for state in states):
        raise NotFound("the saved state was removed during the test", "Run the test again while no backup is made or tidied.")


def _bring_back(bench: Bench, target: Path, files: tuple[SavedFile, ...]) -> Answer:
    answer = bench.ask(bench.product.restore(bench.repository, bench.state, target, bench.cache, files))
    if error := answer.error:
        raise error
    if answer.exit_code is not None and answer.exit_code < 0:
        # Such as when memory runs out. It says nothing of the backup.
        said = f"{bench.repository.product} was ended by signal {-answer.exit_code}"
        raise Unreadable(said, "Run the test again while this computer has memory to spare.")
    if answer.exit_code != 0 and _NO_SPACE.search(answer.errors):
        raise UserError(f"The disk of {bench.folder.parent} filled up during the test. Give another place with --folder.")
    return answer


def _alone(bench: Bench, file: SavedFile, inspect: Inspect, read: Read) -> Compared:
    target = bench.folder / "alone"
    target.mkdir()
    try:
        answer = _bring_back(bench, target, (file,))
        one = compare(file, target, bench.state.when, read=read)
        if answer.exit_code != 0 and one.result is not Result.SAME and not _only_rights(answer.errors):
            return Compared(one.path, Result.LOST, why=_said(answer))
        if one.result is not Result.LOST:
            inspect(one)
        return one
    finally:
        shutil.rmtree(target, ignore_errors=True)


def _said(answer: Answer) -> str:
    """The first line that names a fault: borg prints pages of its own inner state after it."""
    lines = [" ".join(line.split()) for line in redact(place_of(answer.errors)).splitlines() if not _NOTES.search(line)]
    telling = [line for line in lines if _FAULT.search(line)]
    return next(iter(telling or lines), f"exit code {answer.exit_code}")[:300]


def _only_rights(errors: str) -> bool:
    """Did the program complain of owners and rights only? Without root they cannot be given back; the contents can."""
    told = [line for line in errors.splitlines() if not _NOTES.search(line)]
    return bool(told) and all(_ONLY_RIGHTS.search(line) for line in told)
