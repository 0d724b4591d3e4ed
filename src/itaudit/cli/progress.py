"""Progress of a scan on standard error: one live line on a terminal, a plain line per finished area elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from itaudit.engine import Progress


@contextmanager
def showing_progress() -> Iterator[Callable[[Progress], None]]:
    """Yields the callback for the engine."""
    if sys.stderr.isatty():
        with _live() as update:
            yield update
    else:
        yield _plain()


@contextmanager
def _live() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("Looking"), BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True, refresh_per_second=8) as bar:
        task = bar.add_task("", total=None)

        def update(progress: Progress) -> None:
            areas = ", ".join(progress.running) or "gathering"
            words = f"{areas} · at most {progress.seconds_left:.0f} s left"
            bar.update(task, completed=progress.done, total=progress.total, description=words)

        yield update


def _plain() -> Callable[[Progress], None]:
    """One line an area, so that a log tells where a scan was when it stopped. Without rich, which would delay the first probe."""
    told: set[str] = set()

    def update(progress: Progress) -> None:
        for area in progress.areas_done:
            if area not in told:
                told.add(area)
                typer.echo(f"itaudit: {area} done ({progress.done} of {progress.total})", err=True)

    return update


def importing_meanwhile(modules: Sequence[str], progress: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """The same callback, which also imports `modules` once all questions are under way: they wait, and we would at the end."""
    begun: list[threading.Thread] = []

    def update(state: Progress) -> None:
        if not begun and state.planned:
            begun.append(threading.Thread(target=lambda: [*map(import_module, modules)], daemon=True, name="import"))
            begun[0].start()
        progress(state)

    return update
