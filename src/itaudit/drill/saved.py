"""What a backup holds, the same for every product: the newest saved state and the files in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import Command
from itaudit.facts.backups.fact import CLOCK_TOLERANCE, same_host
from itaudit.facts.backups.repository import Repository

MOST_LISTED_BYTES = 512 * 2**20
"""Longest list of files that is read: restic needs about 400 bytes a file, so a million files."""
LIST_SECONDS = 1800.0

_UNSURE = re.compile("[?\ufffd\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class State:
    """One saved state. name: as the product calls it. when: UTC, the time at which saving began."""

    name: str
    host: str
    when: datetime


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A regular file in a state. path: absolute, as listed: bytes that are no UTF-8 are U+FFFD (restic) or ? (borg) in it."""

    path: str
    size_bytes: int
    modified: datetime

    @property
    def key(self) -> str:
        """The same for the listed name and for the file that came back; names that differ in odd bytes alone share it."""
        return key_of(self.path)


@dataclass(frozen=True, slots=True)
class Product:
    """How one backup program is asked. Every question leaves the repository as it is.

    states, files: the question, and how its answer is read (raises Missing). restore: brings the files back below a folder.
    """

    states: Callable[[Repository], Command]
    read_states: Callable[[str], list[State]]
    files: Callable[[Repository, State, Path], Command]
    read_files: Callable[[str], list[SavedFile]]
    restore: Callable[[Repository, State, Path, Path, Iterable[SavedFile]], Command]
    output_of: Callable[[Answer], str]


def newest(states: Iterable[State], host: str, now: datetime) -> State | None:
    """The newest state of this machine; one from the future was saved under a wrong clock and is left out."""
    own = (state for state in states if same_host(state.host, host) and state.when <= now + CLOCK_TOLERANCE)
    return max(own, key=lambda state: (state.when, state.name), default=None)


def key_of(path: str) -> str:
    """Cover what programs write in different ways: one sign for each run of odd bytes."""
    return _UNSURE.sub("?", path)
