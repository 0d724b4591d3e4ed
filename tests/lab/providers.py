"""Helpers for tests of providers: all they yield, and a machine that gives one answer to everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from itaudit.contributions import Ask, Provider
from itaudit.evidence.questions import Answer, Question
from itaudit.model import Machine


def ran(found: Iterator[object]) -> list[Any]:
    """All that a provider yields, facts and gaps, of a type that the test asserts."""
    return list(found)


@pytest.fixture(scope="session")
def facts_of() -> Callable[..., list[Any]]:
    """`facts_of(provider, ask, ...)` is everything the provider yields; what it raises flies."""

    def collected(provider: Provider[..., Any], *arguments: object) -> list[Any]:
        return list(provider.function(*arguments))

    return collected


class Always:
    """A source that gives the same body to every question."""

    abandoned: Mapping[str, int] = {}

    def __init__(self, body: str) -> None:
        self._body = body
        self.machine = Machine("office-server", "linux", datetime(2026, 11, 22, 12, tzinfo=UTC), admin=True)

    def ask(self, question: Question) -> Answer:
        return Answer(body=self._body, exit_code=0)


@pytest.fixture(scope="session")
def always() -> Callable[[str], Ask]:
    """`always(text)` is an Ask for a provider: whatever it asks, a hostile machine answers this."""
    return lambda body: Ask(Always(body))
