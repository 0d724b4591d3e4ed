"""The questions that can be asked of a machine, and the one shape of every answer.

A Question is frozen and says everything that its answer depends on, so that a recording can answer it again on another machine:
never put a path of the interpreter, a random number or the time into one. `timeout` is in seconds, for this question alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from itaudit.errors import KINDS, Missing, Unreadable
from itaudit.evidence.redact import redact_json
from itaudit.model import Machine

_SORTED = json.JSONEncoder(sort_keys=True, ensure_ascii=True)
"""Made once: json.dumps makes one for every text that is not to be written in its usual way."""


@dataclass(frozen=True, slots=True)
class Question:
    """Base of all questions."""

    _key: str = field(default="", init=False, repr=False, compare=False)
    """Of `key`, once it is known: it is asked for at every station of a question's way."""

    def as_dict(self) -> dict[str, Any]:
        # Not asdict: it copies deeply, five times as slow, and the values are frozen too.
        return {"kind": type(self).__name__, **{name: getattr(self, name) for name in _names(type(self))}}

    @property
    def key(self) -> str:
        """16 hexadecimal digits that name this question in bundles, findings and reports. Secrets are out before it is made."""
        if not self._key:
            text = _SORTED.encode(redact_json(self.as_dict()))
            object.__setattr__(self, "_key", hashlib.sha256(text.encode()).hexdigest()[:16])
        return self._key


_NAMES: dict[type[Question], tuple[str, ...]] = {}


def _names(kind: type[Question]) -> tuple[str, ...]:
    """Of the fields that make a question what it is; looked for once, because that takes longer than all else of a key."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(one.name for one in fields(kind) if one.init)
    return _NAMES[kind]


@dataclass(frozen=True, slots=True)
class Past(Question):
    """What the store remembers of a measurement. Body: JSON [[time in ISO 8601, value], ...], oldest first."""

    check: str
    subject: str
    measurement: str
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class PastFindings(Question):
    """What the store remembers of findings of this host. Body: JSON list of PastFinding objects (see store)."""

    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class PublicData(Question):
    """What `itaudit data update` brought last. `name`: "exploited" or "endoflife". Body: JSON {"source", "fetched": time in
    ISO 8601, "data": as itaudit/known/<name>.py says}. NotFound where it was never fetched: nothing is fetched during a scan."""

    name: str
    limit_bytes: int = 8 * 2**20
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. With a `problem` (a kind of errors.Missing) the body is worthless; `detail` says why."""

    body: str = ""
    exit_code: int | None = None
    errors: str = ""
    problem: str = ""
    detail: str = ""
    seconds: float = 0.0

    @classmethod
    def missing(cls, error: Missing) -> Answer:
        return cls(problem=error.kind, detail=error.detail)

    @property
    def error(self) -> Missing | None:
        return KINDS.get(self.problem, Unreadable)(self.detail) if self.problem else None

    @property
    def text(self) -> str:
        """The body. Raises the recorded Missing. The exit code is the caller's to judge: many tools speak through it."""
        if error := self.error:
            raise error
        return self.body

    @property
    def json(self) -> Any:
        """The body as JSON. Raises the recorded Missing, or Unreadable when it is not JSON."""
        text = self.text
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            shown = " ".join((self.errors or text)[:200].split())
            raise Unreadable(f"not JSON (exit code {self.exit_code}): {shown!r}") from error

    @property
    def checked_text(self) -> str:
        """The body of a command that must end with 0. Raises the recorded Missing, or Unreadable for another exit code."""
        text = self.text
        if self.exit_code not in (0, None):
            shown = " ".join((self.errors or text)[:200].split())
            raise Unreadable(f"exit code {self.exit_code}: {shown}")
        return text


class Source(Protocol):
    """Something that answers: the live machine, a bundle, or a recorder around either. `ask` never raises Missing."""

    @property
    def machine(self) -> Machine: ...

    @property
    def abandoned(self) -> Mapping[str, int]:
        """Nodes that missed their deadline when this was recorded, with how many facts or verdicts each had given."""
        ...

    def ask(self, question: Question) -> Answer: ...


StoreAnswers = Callable[[Question], Answer]
"""How the store answers Past and PastFindings; the live source is given one, so that nothing imports backwards."""
