"""This machine, but asked with more patience than a scan has: a test must not fail because the machine stood still.

A conftest that imports `live_source` from here gives its folder the patient one; the Ask called `live` asks it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from itaudit import api
from itaudit.evidence.questions import Answer, Question, Source
from lab._running import PATIENCE_SECONDS


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


@pytest.fixture(scope="session")
def live_source(live_source: Source) -> Source:
    """In place of the one of all tests."""
    return Patient(live_source)
