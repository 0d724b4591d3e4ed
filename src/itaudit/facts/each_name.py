"""Looks at all names to look after together, with one deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from itaudit import api
from itaudit.facts.lookups import Lookups
from itaudit.facts.names import names_of
from itaudit.facts.targets import Targets, readable

T = TypeVar("T")

TOGETHER_SECONDS = 35.0
"""For all names of one provider; below the seconds after which the engine would abandon it with everything it has."""


def of_each_name(ask: api.Ask, targets: Targets, fact_of: Callable[[Lookups, str], T]) -> api.Facts[T]:
    """The fact of every name to look after, or a gap for a name where it could not be had.

    All names are looked at together, so that ten of them take hardly longer than the slowest one; what is still unknown after
    `TOGETHER_SECONDS` is a gap of its own, and costs the others nothing.
    """
    names = names_of(ask, targets)
    for name, work in zip(names, _together(ask, targets, fact_of, names), strict=True):
        ask.adopt(work.ask)
        yield work.result if work.result is not None else api.Gap(readable(name), api.TimedOut(f"{name} took too long"))


class _Work(Generic[T]):
    """One name at work, on a thread of its own."""

    def __init__(self, ask: api.Ask, name: str) -> None:
        self.ask, self.name = ask.apart(), name
        self.result: T | api.Gap | None = None
        self.error: Exception | None = None

    def run(self, targets: Targets, fact_of: Callable[[Lookups, str], T]) -> None:
        try:
            self.result = fact_of(Lookups(self.ask, targets), self.name)
        except api.Missing as error:
            self.result = api.Gap(readable(self.name), error)
        except Exception as error:  # noqa: BLE001 - raised again where the engine sees it: a crash is not a late name
            self.error = error


def _together(ask: api.Ask, targets: Targets, fact_of: Callable[[Lookups, str], T], names: Sequence[str]) -> Iterator[_Work[T]]:
    """The work of each name in their order, once it ends or the time is up. Raises what broke."""
    works = [_Work[T](ask, name) for name in names]
    threads = [threading.Thread(target=work.run, args=(targets, fact_of), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    end = time.monotonic() + TOGETHER_SECONDS
    for work, thread in zip(works, threads, strict=True):
        thread.join(max(0.0, end - time.monotonic()))
        if work.error:
            raise work.error
        yield work
