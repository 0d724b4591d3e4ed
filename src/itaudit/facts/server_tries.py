"""Asks every address of a name server everything, and what gets no answer twice.

The second try of a silent address begins while its first still waits, and the others are asked on: together both take as long as
the patience of the second, not the sum. Two tries it stays: four messages over UDP, spread over that time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from itaudit import api
from itaudit.facts.lookups import Lookups
from itaudit.facts.server_probes import (
    BASIC,
    FIRST_TRY_SECONDS,
    FURTHER,
    Probe,
    Results,
    ask_probes,
    may_refuse_edns,
    still_wanted,
)

_NUMBERS = {probe: number for number, probe in enumerate(Probe)}
HEAD_START_SECONDS = 0.4
"""After that long without an answer the second try begins: most answers around the world are back by then."""


def ask_all(lookups: Lookups, zone: str, addresses: Iterable[str]) -> Results:
    """Ask every address everything.

    First the zone itself; then what was lost, and everything else of those that were heard. Nothing is asked three times.
    """
    tries: list[_Try] = []
    wanted = {(address, probe): FIRST_TRY_SECONDS for address in addresses for probe in BASIC}
    while wanted:
        tries += list(_begun(lookups, zone, wanted, {key for one in tries for key in one.results}))
        _wait(tries, HEAD_START_SECONDS)
        waiting = any(one.waits for one in tries)  # looked at first: what comes in between must not be missed
        wanted = _wanted(tries)
        if waiting and not wanted:
            _wait(tries, None)
            wanted = _wanted(tries)
    results = _results(tries)
    for one in _in_order(tries):
        # What an answer to the first try made superfluous is no evidence.
        if any(results.get(key) is result for key, result in one.results.items()):
            lookups.ask.adopt(one.ask)
    return results


def _in_order(tries: Iterable[_Try]) -> list[_Try]:
    """By address and question, and not by who was asked when: the evidence of a visit and of its replay must be equal."""
    addresses = {address: number for number, address in enumerate(dict.fromkeys(one.address for one in tries))}
    return sorted(tries, key=lambda one: (addresses[one.address], one.first))


class _Try:
    """Questions to one address, asked on a thread of their own. `first`: number of the first one among all there are."""

    def __init__(self, lookups: Lookups, zone: str, wanted: Mapping[tuple[str, Probe], float]) -> None:
        self.address = next(iter(wanted))[0]
        self.first = min(_NUMBERS[probe] for _, probe in wanted)
        self.ask = lookups.ask.apart()
        self.results: Results = {key: api.TimedOut("no answer yet") for key in wanted}
        self._lookups, self._zone, self._wanted = Lookups(self.ask, lookups.targets), zone, wanted
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.results = ask_probes(self._lookups, self._zone, self._wanted)
        except Exception as error:  # noqa: BLE001 - raised again where the engine sees it
            self._error = error

    @property
    def waits(self) -> bool:
        """Is it still under way?"""
        return self._thread.is_alive()

    def wait(self, seconds: float | None) -> None:
        """For the answers, as long as their own patience lasts when no time is given. Raises what broke."""
        self._thread.join(seconds)
        if self._error:
            raise self._error


def _begun(
    lookups: Lookups, zone: str, wanted: Mapping[tuple[str, Probe], float], asked: Container[tuple[str, Probe]]
) -> Iterator[_Try]:
    """What is asked at first, and further, goes together. Second tries stand alone: which are made hangs on the moment."""
    groups: dict[tuple[str, str], dict[tuple[str, Probe], float]] = {}
    for (address, probe), seconds in wanted.items():
        together = next((group for group in (BASIC, FURTHER) if probe in group and (address, probe) not in asked), probe)
        groups.setdefault((address, str(together)), {})[address, probe] = seconds
    for group in groups.values():
        yield _Try(lookups, zone, group)


def _wait(tries: Iterable[_Try], seconds: float | None) -> None:
    end = None if seconds is None else time.monotonic() + seconds
    for one in tries:
        one.wait(None if end is None else max(0.0, end - time.monotonic()))


def _results(tries: Sequence[_Try]) -> Results:
    """What is known by now: of two answers to a question the first, so that a replay, which waits for nothing, sees the same."""
    results: Results = {}
    firsts: Results = {}
    for one in tries:
        for key, result in one.results.items():
            firsts.setdefault(key, result)
            if isinstance(results.get(key), api.Missing | None):
                results[key] = result
    for (address, probe), result in firsts.items():
        if probe is Probe.START and not may_refuse_edns(result):
            results.pop((address, Probe.START_WITHOUT_EDNS), None)
    return results


def _wanted(tries: Sequence[_Try]) -> dict[tuple[str, Probe], float]:
    """What to ask next; what is asked and not answered yet counts as lost."""
    asked = [key for one in tries for key in one.results]
    return still_wanted(_results(tries), {key for key in asked if asked.count(key) > 1})
