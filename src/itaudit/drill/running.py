"""The whole test of one backup: pick, make sure of the space, bring back, compare, open, and sum up."""

from __future__ import annotations

import getpass
import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from itaudit.api import readable_bytes
from itaudit.drill.borg import BORG
from itaudit.drill.certificate import Certificate
from itaudit.drill.comparing import Compared, Result
from itaudit.drill.opening import opens
from itaudit.drill.restic import RESTIC
from itaudit.drill.restoring import Bench, Look, marked, restore
from itaudit.drill.rsnapshot import RSNAPSHOT
from itaudit.drill.sampling import Sample, sample
from itaudit.drill.saved import Product, SavedFile, newest
from itaudit.errors import Missing, NotFound, UserError
from itaudit.evidence.live_drill import PrivateFolder
from itaudit.evidence.live_originals import reading_apart
from itaudit.facts.backups.repository import Repository
from itaudit.model import Machine

PRODUCTS: dict[str, Product] = {"restic": RESTIC, "borg": BORG, "rsnapshot": RSNAPSHOT}
KEPT_FREE_BYTES = 512 * 2**20
"""Left free beside the sample, for the program's cache and for whatever else this computer does meanwhile."""
_LEAST_BYTES, _LEAST_SECONDS = 1_000_000, 0.2
"""Below this a rate is noise, and nothing is extrapolated."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How much to bring back, and by which seed."""

    files: int
    most_bytes: int
    seed: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is known before anything is brought back."""

    bench: Bench
    sample: Sample
    files: Sequence[SavedFile]
    opening_seconds: float

    @property
    def all_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def prepare(look: Look, machine: Machine, repository: Repository, folder: PrivateFolder, wish: Wish) -> Prepared:
    """Look into the repository and pick the sample. Raises Missing when it does not open or holds nothing of this machine."""
    if repository.problem:
        raise repository.gap.error
    product = PRODUCTS[repository.product]
    answer = look(marked(product.states(repository), folder.mark))
    states = product.read_states(product.output_of(answer))
    state = newest(states, repository.host or machine.host, machine.now)
    if state is None:
        raise NotFound(f"nothing of {repository.host or machine.host} is saved in it", "Run the backup first.")
    bench = Bench(look, product, repository, state, folder.path, folder.mark)
    files = product.read_files(product.output_of(bench.ask(product.files(repository, state, bench.cache))))
    picked = sample(files, state.when, wish.files, wish.most_bytes, wish.seed)
    if not picked.files:
        raise NotFound("the newest state holds no file that could be brought back", "Look at what the backup saves.")
    return Prepared(bench, picked, files, answer.seconds)


def check_space(prepared: Prepared) -> None:
    """Raises UserError when the sample would fill the disk."""
    base = prepared.bench.folder.parent
    free, needed = shutil.disk_usage(base).free, prepared.sample.size_bytes + KEPT_FREE_BYTES
    if free < needed:
        raise UserError(
            f"{base} has {readable_bytes(free)} free and the test needs {readable_bytes(needed)}. "
            "Give another place with --folder, or fewer bytes with --most-megabytes."
        )


def prove(prepared: Prepared, machine: Machine, wish: Wish, clock: Callable[[], datetime]) -> Certificate:
    """Bring the sample back and say what it proves, at the time that `clock` then tells. Raises Missing, UserError."""
    bench = prepared.bench
    damaged: list[tuple[str, str]] = []
    already: list[tuple[str, str]] = []
    opened = 0

    def inspect(one: Compared) -> None:
        nonlocal opened
        assert one.restored is not None
        # With its mark, so that a killed test leaves no pg_restore behind.
        kind, wrong = opens(one.restored, bench.ask)
        if wrong and _has_journal(one.path, prepared.files):
            return
        if wrong:
            (already if one.result is Result.SAME else damaged).append((one.path, f"{kind}: {wrong}"))
        elif kind:
            opened += 1

    with reading_apart(bench.mark) as read:
        compared, seconds = restore(bench, prepared.sample, inspect, read)
    return Certificate(
        backup=bench.repository.subject,
        place=bench.repository.place,
        product=bench.repository.product,
        host=machine.host,
        who=_who(),
        when=clock().replace(microsecond=0),
        saved_at=bench.state.when,
        state=bench.state.name,
        seed=wish.seed,
        compared=compared,
        seconds=seconds,
        all_files=len(prepared.files),
        all_bytes=prepared.all_bytes,
        estimate_seconds=_estimate(prepared, compared, seconds),
        opened=opened,
        damaged=tuple(damaged),
        already_damaged=tuple(already),
        asked=wish.files,
        too_large=prepared.sample.too_large,
        unclear=prepared.sample.unclear,
        list_sha256=list_sha256(compared),
    )


def _has_journal(path: str, files: Sequence[SavedFile]) -> bool:
    """Was it saved while it was written? SQLite mends it with the journal saved beside it (sqlite.org/lockingv3.html)."""
    journals = (f"{path}-wal", f"{path}-journal")
    return any(file.size_bytes and file.path in journals for file in files)


def list_sha256(compared: Sequence[Compared]) -> str:
    """Of "result, sha256, size, name" of every file, each ended by a zero byte: the same list has the same digest anywhere."""
    entries = (f"{one.result} {one.sha256} {one.size_bytes} {one.path}\0" for one in compared)
    return hashlib.sha256("".join(entries).encode(errors="surrogateescape")).hexdigest()


def _estimate(prepared: Prepared, compared: Sequence[Compared], seconds: float) -> tuple[float, float] | None:
    """From and to: by bytes and by number of files, of which one is too little and the other too much."""
    back = [one for one in compared if one.result is not Result.LOST]
    size = sum(one.size_bytes for one in back)
    # Opening the repository costs the same for one file as for all.
    work = seconds - prepared.opening_seconds
    if (
        not back
        or len(back) < len(compared)
        or ((size < _LEAST_BYTES or work < _LEAST_SECONDS) and len(back) < len(prepared.files))
    ):
        return None
    both = (prepared.all_bytes / size if size else 1.0, len(prepared.files) / len(back))
    low, high = (prepared.opening_seconds + max(work, 0.0) * times for times in (min(both), max(both)))
    return low, high


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "an unnamed user"


__all__ = ["PRODUCTS", "Missing", "Prepared", "Wish", "check_space", "prepare", "prove"]
