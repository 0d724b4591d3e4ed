"""Record and replay: a bundle is JSON lines, the Machine first, then one {question, answer} a line.

It can be read with zgrep:

    {"itaudit_bundle": 1, "machine": {...}, "settings": {...}}
    {"key": "…", "question": {"kind": "Command", …}, "answer": {…}}
    {"abandoned": "facts.drives.smart", "yielded": 2}
    {"end": 57}

A bundle is hostile until read: lines and the whole are bounded, and nothing in it is ever executed.
"""

from __future__ import annotations

import gzip
import io
import json
import threading
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from itaudit.errors import Crashed, NotRecorded, UserError
from itaudit.evidence.questions import Answer, Question, Source
from itaudit.evidence.redact import redact, redact_json
from itaudit.model import Machine
from itaudit.text import clean

FORMAT = 1
_SECONDS_MOST = 86_400.0
_YEARS = (1990, 2200)
_LINE_LIMIT = 160 * 2**20
"""The longest answer that is asked for (a list of 200,000 snapshots: 128 MiB), with its quotes escaped."""
_WHOLE_LIMIT = 1024 * 2**20
_COMPACT = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


class Recorder:
    """Around any source: asks each question once, takes the secrets out, and keeps what was answered.

    The redacted answer is also what is handed on, so that a visit and its replay judge the same.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._answers: dict[str, tuple[Question, Future[Answer]]] = {}
        self._lock = threading.Lock()
        self.abandoned = dict(source.abandoned)
        self.machine = source.machine

    def ask(self, question: Question) -> Answer:
        key = question.key
        with self._lock:
            known = self._answers.get(key)
            if known is None:
                known = self._answers[key] = (question, Future())
                mine = True
            else:
                mine = False
        if mine:
            try:
                known[1].set_result(_without_secrets(self._source.ask(question)))
            except BaseException:
                # Whoever waits for the same answer must not wait for ever.
                known[1].set_result(Answer.missing(Crashed(type(question).__name__)))
                raise
        return known[1].result()

    def lines(self, settings: Mapping[str, Any]) -> Iterator[str]:
        """The bundle, line by line, in the order of the keys: the same answers give the same bytes."""
        machine = {**asdict(self.machine), "now": self.machine.now.isoformat()}
        yield _line({"itaudit_bundle": FORMAT, "machine": machine, "settings": redact_json(settings)})
        with self._lock:
            done = sorted((key, q, f.result()) for key, (q, f) in self._answers.items() if f.done())
        for key, question, answer in done:
            yield _line({"key": key, "question": redact_json(question.as_dict()), "answer": _shortest(answer)})
        for name, yielded in sorted(self.abandoned.items()):
            yield _line({"abandoned": name, "yielded": yielded})
        yield _line({"end": len(done)})


class Bundle:
    """Answers from a recording. What it does not hold is NotRecorded. `settings` are those of the visit."""

    def __init__(self, machine: Machine, settings: Mapping[str, Any], answers: Mapping[str, Answer], **more: Any) -> None:
        self.machine = machine
        self.settings = settings
        self.abandoned: Mapping[str, int] = more.get("abandoned", {})
        self.complete: bool = more.get("complete", True)
        self._answers = answers

    def ask(self, question: Question) -> Answer:
        return self._answers.get(question.key) or Answer.missing(NotRecorded(type(question).__name__))

    @classmethod
    def open(cls, path: Path) -> Bundle:
        """Read a recording, compressed or not. Raises UserError in one line for what is no recording of ours."""
        try:
            with path.open("rb") as raw:
                packed = raw.read(2) == b"\x1f\x8b"
                raw.seek(0)
                file: IO[bytes] = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if packed else raw
                return _parse(file, path)
        except OSError as error:
            raise UserError(f"Cannot read the recording {path}: {error.strerror or error}. Check the path.") from error


def _parse(file: IO[bytes], path: Path) -> Bundle:
    records = _records(file)
    head = next(records, None)
    if head is None or "itaudit_bundle" not in head:
        raise UserError(f"{path} is not a recording of itaudit. Make one with: itaudit scan --record F.jsonl.gz")
    if head["itaudit_bundle"] != FORMAT:
        raise UserError(
            f"{path} has format {str(head['itaudit_bundle'])[:20]}; this itaudit reads format {FORMAT}. "
            "Use the version that wrote it."
        )
    machine, settings = _machine(head, path), head.get("settings")
    answers: dict[str, Answer] = {}
    abandoned: dict[str, int] = {}
    complete = False
    for record in records:
        if isinstance(record.get("key"), str) and isinstance(record.get("answer"), dict):
            answers[record["key"]] = _answer(record["answer"])
        elif isinstance(record.get("abandoned"), str) and isinstance(record.get("yielded"), int):
            abandoned[record["abandoned"]] = record["yielded"]
        complete = complete or record.get("end") == len(answers)
    return Bundle(machine, settings if isinstance(settings, dict) else {}, answers, abandoned=abandoned, complete=complete)


def _records(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The readable lines, up to the first that is not: a recording cut short is worth judging as far as it goes."""
    read = 0
    while True:
        try:
            line = file.readline(_LINE_LIMIT)
            read += len(line)
            if not line.endswith(b"\n") or read > _WHOLE_LIMIT:
                return
            record = json.loads(line)
        except (ValueError, RecursionError, MemoryError, EOFError, zlib.error, gzip.BadGzipFile):
            return
        if isinstance(record, dict):
            yield record


def _machine(head: dict[str, Any], path: Path) -> Machine:
    try:
        fields = head["machine"]
        now = datetime.fromisoformat(fields["now"])
        if now.tzinfo is None or not _YEARS[0] <= now.year <= _YEARS[1]:
            raise ValueError("no time that a machine could have had")
        return Machine(
            host=clean(str(fields["host"]), 255),
            system=clean(str(fields["system"]), 50),
            now=now,
            admin=fields["admin"] is True,
            release=clean(str(fields.get("release", "")), 200),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{path} does not say which machine was recorded. It is damaged: record the machine again.") from error


def _answer(fields: dict[str, Any]) -> Answer:
    code, seconds = fields.get("exit_code"), fields.get("seconds", 0.0)
    return Answer(
        body=str(fields.get("body", "")),
        exit_code=code if isinstance(code, int) else None,
        errors=str(fields.get("errors", "")),
        problem=str(fields.get("problem", "")),
        detail=str(fields.get("detail", "")),
        seconds=float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < _SECONDS_MOST else 0.0,
    )


def _without_secrets(answer: Answer) -> Answer:
    body, errors, detail = redact(answer.body), redact(answer.errors), redact(answer.detail)
    if (body, errors, detail) == (answer.body, answer.errors, answer.detail):
        return answer
    return replace(answer, body=body, errors=errors, detail=detail)


def _shortest(answer: Answer) -> dict[str, Any]:
    return {name: value for name in Answer.__slots__ if (value := getattr(answer, name)) not in ("", None)}


def _line(record: dict[str, Any]) -> str:
    return _COMPACT.encode(record) + "\n"
