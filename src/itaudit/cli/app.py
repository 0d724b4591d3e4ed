"""Assembles the commands. Heavy modules are imported inside the commands, so that --help answers at once."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from itaudit import __version__
from itaudit.cli import checks, config, history, report, scan
from itaudit.errors import UserError

WRONG_USE, INTERRUPTED = 2, 130

# Plain help: Rich help costs 100 ms more (bench/README.md).
app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("scan")(scan.scan)
app.command("report")(report.report)
app.command("history")(history.history)
app.add_typer(checks.app, name="checks")
app.add_typer(config.app, name="config")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"itaudit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Says in plain words what will hurt on this machine, when, and what to do first.

    Begin with: itaudit scan
    """
    del version


def main() -> None:
    """The entry point: exit codes are honest and no traceback reaches the user for what they did."""
    for stream in (sys.stdout, sys.stderr):
        # Piped output on Windows is cp1252, and a C locale is ASCII: a tick must not end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except UserError as error:
        typer.echo(f"itaudit: {error}", err=True)
        sys.exit(WRONG_USE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read us went away (| head): say nothing, and let the interpreter's own flush fail quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
