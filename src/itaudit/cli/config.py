"""`itaudit config show`: what applies, and from where."""

from __future__ import annotations

import json as jsonlib
from typing import Annotated

import typer

from itaudit.cli import outputs

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The configuration.")


@app.command()
def show(
    config: outputs.Config = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print every setting that applies and where it comes from: the file, or the default."""
    from itaudit.effective import effective
    from itaudit.preparing import prepare
    from itaudit.text import clean

    setup = prepare(config)
    rows = effective(setup.catalogue, setup.configuration)
    if json:
        tables: dict[str, dict[str, object]] = {}
        for row in rows:
            tables.setdefault(row.table, {})[row.name] = {"value": row.value, "from": row.origin}
        typer.echo(jsonlib.dumps({"configuration": setup.configuration.origin, "settings": tables}, indent=2))
        return
    typer.echo(f"# {clean(setup.configuration.origin)}")
    last, told = "", set[str]()
    for row in rows:
        # The second [[accepted]] repeats the names of the first.
        if row.table != last or row.name in told:
            typer.echo(f"\n[{row.table}]")
            last, told = row.table, set()
        told.add(row.name)
        line = f"# {row.name} is not set" if row.value is None else f"{row.key} = {row.as_toml}"
        typer.echo(line + ("" if row.origin == "default" else "    # set in the file"))


@app.command()
def check(config: outputs.Config = None) -> None:
    """Check the configuration file; prints where the first fault is, if there is one."""
    from itaudit.preparing import prepare
    from itaudit.text import clean

    typer.echo(f"{clean(prepare(config).configuration.origin)}: valid")
