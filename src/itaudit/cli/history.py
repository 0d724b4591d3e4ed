"""`itaudit history`: the scans that are kept."""

from __future__ import annotations

import json as jsonlib
from typing import Annotated

import typer

from itaudit.cli import outputs


def history(
    state: outputs.State = None,
    host: Annotated[str | None, typer.Option("--host", help="Only scans of this machine.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="How many, newest first.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the scans that are kept, newest first."""
    from dataclasses import asdict

    from itaudit.reports.words import floored
    from itaudit.store.database import state_folder
    from itaudit.store.history import Store
    from itaudit.text import clean

    folder = state_folder(state)
    rows = Store(folder, reading=True).scans(host, most) if (folder / "itaudit.db").exists() else []
    if json:
        typer.echo(jsonlib.dumps([{**asdict(row), "started": row.started.isoformat()} for row in rows], indent=2))
        return
    if not rows:
        typer.echo("No scan is kept yet. Run: itaudit scan")
        return
    typer.echo(f"{'SCAN':<22} {'DATE (UTC)':<17} {'GRADE':<6} {'SCORE':>5} {'SEEN':>5} {'OPEN':>5}  MACHINE")
    for row in rows:
        machine = clean(row.host, 40) + (" (interrupted)" if row.partial else "")
        typer.echo(
            f"{row.id:<22} {row.started:%Y-%m-%d %H:%M}  {row.grade:<6} {floored(row.score):>5} {floored(row.coverage):>4}% "
            f"{row.open_findings:>5}  {machine}"
        )
