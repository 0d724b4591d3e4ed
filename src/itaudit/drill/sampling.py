"""Which files to bring back: some of each size and age, by a seed, so that the same seed picks the same files again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from itaudit.drill.saved import SavedFile

_SIZES = (1, 10_000, 1_000_000, 100_000_000)
_AGES_DAYS = (1, 30, 365)


@dataclass(frozen=True, slots=True)
class Sample:
    """files: to bring back, by name. too_large: how many files are alone larger than the sample may be.

    unclear: how many files have names that no list of the program tells apart, so that none of them can be asked for.
    """

    files: tuple[SavedFile, ...]
    too_large: int = 0
    unclear: int = 0

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def sample(files: Sequence[SavedFile], saved_at: datetime, count: int, most_bytes: int, seed: int) -> Sample:
    """Pick at most `count` files of together at most `most_bytes`: in turns one of each size and age, at random."""
    known = {file: file.key for file in files}
    shared = Counter(known.values())
    clear = [file for file, key in known.items() if shared[key] == 1]
    fitting = sorted((file for file in clear if file.size_bytes <= most_bytes), key=lambda file: file.path)
    chance = random.Random(seed)  # noqa: S311 - picks a sample that can be repeated; hides nothing
    kinds: dict[tuple[int, int], list[SavedFile]] = {}
    for file in fitting:
        kinds.setdefault(_kind(file, saved_at), []).append(file)
    for kind in sorted(kinds):
        chance.shuffle(kinds[kind])
    picked: list[SavedFile] = []
    left_bytes = most_bytes
    while len(picked) < count and any(kinds.values()):
        for kind in sorted(kinds):
            if kinds[kind] and len(picked) < count and (file := kinds[kind].pop()).size_bytes <= left_bytes:
                picked.append(file)
                left_bytes -= file.size_bytes
    too_large = sum(file.size_bytes > most_bytes for file in clear)
    return Sample(tuple(sorted(picked, key=lambda file: file.path)), too_large, len(known) - len(clear))


def _kind(file: SavedFile, saved_at: datetime) -> tuple[int, int]:
    days = (saved_at - file.modified).total_seconds() / 86_400
    return sum(file.size_bytes >= size for size in _SIZES), sum(days >= age for age in _AGES_DAYS)
