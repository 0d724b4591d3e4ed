"""Assembles the commands. Heavy modules are imported inside the commands, so that --help answers at once."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from typing import Annotated

import typer

from itaudit import __version__
from itaudit.cli import checks, config, data, drill, history, inventory, report, scan
from itaudit.errors import UserError

WRONG_USE, INTERRUPTED = 2, 130

# Plain help: Rich help costs 100 ms more (bench/README.md).
app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("scan")(scan.scan)
app.command("drill")(drill.drill)
app.command("report")(report.report)
app.command("history")(history.history)
app.command("inventory")(inventory.inventory)
app.add_typer(checks.app, name="checks")
app.add_typer(config.app, name="config")
app.add_typer(data.app, name="data")


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
    # The interpreter's last collection walks all that was imported: 80 ms after a scan, for memory that goes away anyway.
    atexit.register(gc.freeze)
    for stream in (sys.stdout, sys.stderr):
        # Piped output on Windows is cp1252, and a C locale is ASCII: a tick must not end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        try:
            app()
        finally:
            # Here and not at the interpreter's end, where it could only print a traceback.
            sys.stdout.flush()
    except UserError as error:
        _say(f"itaudit: {error}")
        sys.exit(WRONG_USE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read us went away (| head): there is nobody to tell.
        _drop_output()
        sys.exit(141)
    except OSError as error:
        # A full disk behind standard output, a file that went away: no bug of ours, and no traceback.
        _drop_output()
        _say(f"itaudit: {error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        sys.exit(WRONG_USE)


def _drop_output() -> None:
    """What is still unwritten goes nowhere, so that the interpreter's own flush does not fail too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(line: str) -> None:
    """On standard error, if that still takes anything. A file name in it must not steer the terminal."""
    from itaudit.text import clean

    with contextlib.suppress(OSError):
        typer.echo(clean(line), err=True)
