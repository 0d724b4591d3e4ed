"""Brings the sample back in one go, and what that leaves in doubt once more, each file alone, to name what is lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from itaudit.drill.comparing import Compared, Result, by_key, compare
from itaudit.drill.sampling import Sample
from itaudit.drill.saved import Product, SavedFile, State
from itaudit.errors import UserError
from itaudit.evidence.questions import Answer, Question
from itaudit.evidence.questions_machine import Command
from itaudit.evidence.redact import redact
from itaudit.facts.backups.fact import place_of
from itaudit.facts.backups.repository import Repository

Look = Callable[[Question], Answer]
Inspect = Callable[[Compared], None]

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


def restore(bench: Bench, sample: Sample, inspect: Inspect) -> tuple[tuple[Compared, ...], float]:
    """Return what became of each file, and the seconds that bringing all back in one go took.

    `inspect` may look at each file that came back while it is there. Raises Missing when the program does not answer,
    UserError when the disk filled up.
    """
    target = bench.folder / "together"
    target.mkdir()
    answer = _bring_back(bench, target, sample.files)
    found = by_key(target)
    compared: list[Compared] = []
    for file in sample.files:
        one = compare(file, target, bench.state.when, found)
        if answer.exit_code != 0 and one.result is not Result.SAME:
            one = _alone(bench, file, inspect)
        elif one.result is not Result.LOST:
            inspect(one)
        compared.append(replace(one, restored=None))
    shutil.rmtree(target, ignore_errors=True)
    return tuple(compared), answer.seconds


def _bring_back(bench: Bench, target: Path, files: tuple[SavedFile, ...]) -> Answer:
    answer = bench.ask(bench.product.restore(bench.repository, bench.state, target, bench.cache, files))
    if error := answer.error:
        raise error
    if answer.exit_code != 0 and _NO_SPACE.search(answer.errors):
        raise UserError(f"The disk of {bench.folder.parent} filled up during the test. Give another place with --folder.")
    return answer


def _alone(bench: Bench, file: SavedFile, inspect: Inspect) -> Compared:
    target = bench.folder / "alone"
    target.mkdir()
    try:
        answer = _bring_back(bench, target, (file,))
        one = compare(file, target, bench.state.when)
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
