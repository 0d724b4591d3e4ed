"""One node of a run: it works on a thread of its own and can be abandoned at any moment without losing what it gave."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from itaudit.contributions import Ask, CheckSettings, Gap, Provider, Section
from itaudit.errors import Crashed, Missing, TimedOut, Unreadable
from itaudit.evidence.questions import Source
from itaudit.model import Finding, Machine
from itaudit.needs import needs_of, produces
from itaudit.plugins import FoundCheck

LATE = "it was abandoned at its deadline"
"""Said of every node that ran out of time, in a visit and in its replay."""
_FACTS_MOST = 10_000
"""Facts of one provider: a machine that names more of anything is broken or hostile."""
_EVIDENCE_MOST = 50
"""Answers named by one fact: a provider that asks for everything first would else name everything for each."""


class Settings(Protocol):
    """What the engine needs of the configuration."""

    def section(self, kind: type[Section]) -> Section: ...

    def enabled(self, check: str) -> bool: ...

    def limits(self, found: FoundCheck, subject: str = "") -> CheckSettings: ...


class Node(Protocol):
    """A provider or a check at work. `seconds`: when it is abandoned; `area`: for the progress line, "" for providers."""

    name: str
    area: str
    seconds: float
    feeds: Mapping[type[Any], Sequence[FactNode]]

    def run(self, limit: int | None) -> None:
        """Work. `limit`: a recording says that it was abandoned after giving so many."""
        ...

    def abandon(self, error: Missing) -> int:
        """Accept nothing more; what is missing is a gap with this error. Returns how many it had given."""
        ...

    def findings(self) -> Sequence[Finding]: ...


class Collected:
    """Items given so far, closed at the deadline: a late thread can add nothing more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self.items: list[Any] = []

    def add(self, item: Any) -> bool:
        with self._lock:
            if not self._closed:
                self.items.append(item)
            return not self._closed

    def close(self) -> int:
        with self._lock:
            self._closed = True
            return len(self.items)


class FactNode:
    """A provider at work: yields (item, evidence keys)."""

    area = ""

    def __init__(self, provider: Provider[Any, Any], source: Source, settings: Settings) -> None:
        self.provider = provider
        self.name = provider.name
        self.seconds = provider.seconds
        self.feeds: Mapping[type[Any], Sequence[FactNode]] = {}
        self._source = source
        self._settings = settings
        self._given = Collected()
        self._end: Missing | None = None
        """Why it ended early; a gap about everything it still owed."""
        self._abandoned: Missing | None = None
        """The same, said from outside. What its thread runs into after that is no news: a replay could not know of it."""
        self._end_gap: Gap | None = None
        self._inherited: list[tuple[Gap, tuple[str, ...]]] = []
        """What its sources could not see: a volume whose mount was out of sight is a gap of volumes too."""
        self._last_keys: tuple[str, ...] = ()

    def run(self, limit: int | None) -> None:
        ask = Ask(self._source)
        if limit == 0:
            self.abandon(TimedOut(LATE))
            return
        first: tuple[str, ...] | None = None
        gaps = [pair for kind, group in self.feeds.items() for feed in group for pair in feed.gaps(kind)]
        some_facts = all(any(True for feed in group for _ in feed.facts(kind)) for kind, group in self.feeds.items())
        self._inherited = gaps if some_facts else []
        try:
            for item in self._items(ask):
                keys = ask.taken_keys()
                # What was asked before the first fact is evidence for all of them: the list that names the rest.
                first = keys if first is None else first
                if not self._given.add((item, tuple(dict.fromkeys((*first, *keys)))[:_EVIDENCE_MOST])):
                    return
                if len(self._given.items) >= _FACTS_MOST:
                    raise Unreadable(f"more than {_FACTS_MOST} of them")
                if limit is not None and len(self._given.items) >= limit:
                    self.abandon(TimedOut(LATE))
                    return
        except Missing as error:
            self._end = error
        except BaseException as error:  # noqa: BLE001 - a crash costs one node, as a value; a panic of a library is no Exception
            self._end = crashed(error)
        self._last_keys = ask.taken_keys() if first is None else first

    def _items(self, ask: Ask) -> Iterator[Any]:
        items = self.provider.function(**_arguments(self.provider, ask, self._source.machine, self._settings, self.feeds))
        if not isinstance(items, Iterator):
            raise TypeError(f"a provider must yield its facts; {self.name} returned a {type(items).__name__}")
        yield from items

    def abandon(self, error: Missing) -> int:
        count = self._given.close()
        self._abandoned = error
        return count

    def facts(self, kind: type[Any]) -> Iterator[tuple[Any, tuple[str, ...]]]:
        """The facts of one kind with their evidence."""
        return ((item, keys) for item, keys in list(self._given.items) if isinstance(item, kind))

    def gaps(self, kind: type[Any]) -> Iterator[tuple[Gap, tuple[str, ...]]]:
        """What could not be had, here or in the facts it was made from. A provider of several kinds owes its gaps to each."""
        del kind
        end = self._abandoned or self._end
        # Abandoned before it gave anything, it owes all: a replay does not know whether it had begun.
        yield from self._inherited if self._given.items or not self._abandoned else ()
        for item, keys in list(self._given.items):
            if isinstance(item, Gap):
                yield item, keys
            elif not isinstance(item, produces(self.provider)):
                yield Gap("", Crashed(f"{self.name} yielded a {type(item).__name__}")), keys
        if end:
            # One object however often it is asked for, so that a check that hears of it twice can tell.
            if self._end_gap is None or self._end_gap.error is not end:
                self._end_gap = Gap("", end)
            yield self._end_gap, self._end_keys()

    def _end_keys(self) -> tuple[str, ...]:
        """The evidence for its early end."""
        if not self._abandoned:
            return self._last_keys
        return self._given.items[0][1] if self._given.items else ()

    def all_keys(self) -> tuple[str, ...]:
        """Everything it asked: the evidence for an absence."""
        return tuple(dict.fromkeys([key for _, keys in list(self._given.items) for key in keys] + list(self._end_keys())))

    def findings(self) -> Sequence[Finding]:
        return ()


def _arguments(
    provider: Provider[Any, Any], ask: Ask, machine: Machine, settings: Settings, feeds: Mapping[type[Any], Sequence[FactNode]]
) -> dict[str, Any]:
    needs = needs_of(provider)
    arguments: dict[str, Any] = {}
    for name, kind in needs.given.items():
        if issubclass(kind, Ask):
            arguments[name] = ask
        elif issubclass(kind, Machine):
            arguments[name] = machine
        elif issubclass(kind, Section):
            arguments[name] = settings.section(kind)
        else:
            raise TypeError(f"a provider cannot take {kind.__name__}")
    for name, kind in needs.lists.items():
        facts = [fact for feed in feeds[kind] for fact, _ in feed.facts(kind)]
        gaps = [gap for feed in feeds[kind] for gap, _ in feed.gaps(kind)]
        if gaps and not facts:
            # An empty list would read as "there is none of it".
            raise gaps[0].error
        arguments[name] = facts
    return arguments


def crashed(error: BaseException) -> Crashed:
    """Name the error and the line of the check or provider it came from, without a traceback."""
    frames: Iterable[traceback.FrameSummary] = reversed(traceback.extract_tb(error.__traceback__))
    frame = next((one for one in frames if "itaudit" in one.filename), None)
    where = f" ({Path(frame.filename).name} line {frame.lineno})" if frame else ""
    return Crashed(f"{type(error).__name__}: {error}"[:300] + where)
