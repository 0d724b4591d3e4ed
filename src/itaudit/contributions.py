"""What a plugin contributes: providers of facts, checks of facts, sections of the configuration.

Needs are declared by parameter type, so the engine can plan before it runs anything.
Nothing registers on import: plugins.py finds these objects.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, ParamSpec, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict

from itaudit.errors import Missing, TimedOut
from itaudit.evidence.questions import Answer, Question, Source
from itaudit.evidence.workers import WORKERS
from itaudit.model import Severity, Verdict
from itaudit.trend import Point

P = ParamSpec("P")
T = TypeVar("T")


class Fact(Protocol):
    """A frozen dataclass with a stable `subject`: the name a person knows it by, the same at the next scan."""

    @property
    def subject(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that could not be had. `subject` is what it would have been about, "" for all of them."""

    subject: str
    error: Missing


Facts: TypeAlias = Iterator[T | Gap]
"""What a provider returns: `def volumes(ask: Ask) -> Facts[Volume]`."""


class Ask:
    """Asks questions on behalf of one provider and remembers which, so that findings can name their evidence."""

    PARALLEL = 16

    def __init__(self, source: Source) -> None:
        self._source = source
        self._keys: list[str] = []

    def __call__(self, question: Question) -> Answer:
        """Ask one question. Never raises: read `.text` or `.json` of the answer, which raise the recorded Missing."""
        self._keys.append(question.key)
        return self._source.ask(question)

    def many(self, questions: Sequence[Question]) -> list[Answer]:
        """Ask all at once, at most 16 at a time; answers in the order of the questions. One stuck question costs only itself."""
        self._keys.extend(question.key for question in questions)
        if len(questions) == 1:
            return [self._source.ask(questions[0])]
        batch = _Batch(self._source, questions)
        for _ in range(min(self.PARALLEL, len(questions))):
            WORKERS.do(batch.work)
        return batch.answers()

    def apart(self) -> Ask:
        """Another Ask of the same machine that remembers its own questions: for work on several subjects at once."""
        return Ask(self._source)

    def adopt(self, other: Ask) -> None:
        """Take over what `other` asked: the next fact rests on it."""
        self._keys.extend(other.taken_keys())

    def taken_keys(self) -> tuple[str, ...]:
        """Keys asked since the last call (the engine calls this between facts)."""
        keys, self._keys = tuple(dict.fromkeys(self._keys)), []
        return keys


class _Batch:
    """Questions asked together. Several threads call `work`; one waits for the `answers`."""

    _SLACK_SECONDS = 5.0
    """A question may take this much longer than its own timeout when the machine is busy."""

    def __init__(self, source: Source, questions: Sequence[Question]) -> None:
        self._source = source
        self._questions = questions
        self._answers: list[Answer | None] = [None] * len(questions)
        self._waiting = iter(range(len(questions)))
        self._left = len(questions)
        self._lock = threading.Lock()
        self._done = threading.Event()
        if not questions:
            self._done.set()

    def work(self) -> None:
        """Ask one after the other until none is left to be asked."""
        while True:
            with self._lock:
                index = next(self._waiting, None)
            if index is None:
                return
            answer = self._source.ask(self._questions[index])
            with self._lock:
                self._answers[index] = answer
                self._left -= 1
                if not self._left:
                    self._done.set()

    def answers(self) -> list[Answer]:
        """All of them; a question that is stuck is abandoned once nothing has come for longer than any of them may take."""
        patience = max((getattr(q, "timeout", 10.0) for q in self._questions), default=0.0) + self._SLACK_SECONDS
        before = -1
        while self._left != before and not self._done.is_set():
            before = self._left
            self._done.wait(patience)
        return [answer or Answer.missing(TimedOut("abandoned")) for answer in self._answers]


class History:
    """The past of one check and subject. `History()` is an empty past, for tests and first scans."""

    def __init__(self, past: Callable[[str], Sequence[Point]] = lambda _: ()) -> None:
        self._past = past

    def series(self, measurement: str) -> tuple[Point, ...]:
        """Earlier points of a measurement of this check and subject, oldest first; empty when nothing is known."""
        return tuple(self._past(measurement))


class Section(BaseModel):
    """A table of itaudit.toml that providers read, for example [backups]. Subclass it beside the fact and set `table`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    table: ClassVar[str]


class CheckSettings(BaseModel):
    """The limits of one check: the table [checks.<area>.<name>]. Subclass it as `Settings` in the check's module."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


@dataclass(frozen=True)
class Provider(Generic[P, T]):
    """A generator that yields facts. `systems`: where it runs; `seconds`: when the engine abandons it."""

    function: Callable[P, Iterator[T]]
    systems: tuple[str, ...]
    seconds: float

    @property
    def name(self) -> str:
        module = self.function.__module__
        return f"{module.removeprefix('itaudit.')}.{self.function.__name__}"


@dataclass(frozen=True)
class Check(Generic[P]):
    """A judgement of one fact, or of all facts of a kind. Calling it calls the function: a test needs no engine."""

    function: Callable[P, Verdict]
    severity: Severity
    sources: tuple[str, ...]

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> Verdict:
        return self.function(*arguments, **named)


def provider(*systems: str, seconds: float = 30.0) -> Callable[[Callable[P, Iterator[T]]], Provider[P, T]]:
    """Mark a generator as a provider for these systems ("linux", "windows", "macos"), abandoned after `seconds`."""
    return lambda function: Provider(function, systems, seconds)


def check(*, severity: Severity, sources: Sequence[str] = ()) -> Callable[[Callable[P, Verdict]], Check[P]]:
    """Mark a function as the check of its file. `sources`: where its thresholds come from (RFC, CIS safeguard, vendor page)."""
    return lambda function: Check(function, severity, tuple(sources))
