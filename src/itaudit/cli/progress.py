"""Progress of a scan on standard error: one live line on a terminal, a plain line per finished area elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itaudit.engine import Progress


@contextmanager
def showing_progress() -> Iterator[Callable[[Progress], None]]:
    """Yields the callback for the engine."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with _live(console) as update:
            yield update
    else:
        yield _plain(console)


@contextmanager
def _live(console: object) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    assert isinstance(console, Console)
    columns = (TextColumn("Looking"), BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=console, transient=True, refresh_per_second=8) as bar:
        task = bar.add_task("", total=None)

        def update(progress: Progress) -> None:
            areas = ", ".join(progress.running) or "gathering"
            words = f"{areas} · at most {progress.seconds_left:.0f} s left"
            bar.update(task, completed=progress.done, total=progress.total, description=words)

        yield update


def _plain(console: object) -> Callable[[Progress], None]:
    """One line an area, so that a log tells where a scan was when it stopped."""
    from rich.console import Console

    assert isinstance(console, Console)
    told: set[str] = set()

    def update(progress: Progress) -> None:
        for area in progress.areas_done:
            if area not in told:
                told.add(area)
                console.print(f"itaudit: {area} done ({progress.done} of {progress.total})", highlight=False, markup=False)

    return update
