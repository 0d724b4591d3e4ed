"""This machine, but asked with more patience than a scan has: a test must not fail because the machine stood still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from itaudit import api
from itaudit.evidence.questions import Answer, Question, Source

PATIENCE_SECONDS = 60.0


class Patient:
    """A source that gives every program and every page at least a minute, whatever the provider allows it."""

    abandoned: Mapping[str, int] = {}

    def __init__(self, source: Source) -> None:
        self.machine = source.machine
        self._source = source

    def ask(self, question: Question) -> Answer:
        match question:
            case api.Command() | api.Http() | api.FileStatus() | api.Glob() | api.ReadFile():
                return self._source.ask(replace(question, timeout=max(question.timeout, PATIENCE_SECONDS)))
        return self._source.ask(question)
