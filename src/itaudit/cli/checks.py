"""`itaudit checks list` and `itaudit checks show ID`."""

from __future__ import annotations

import json as jsonlib
from typing import TYPE_CHECKING, Annotated

import typer

from itaudit.cli import outputs
from itaudit.errors import UserError

if TYPE_CHECKING:
    from itaudit.plugins import FoundCheck

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The checks: what is looked at and within which limits.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_checks(json: AsJson = False, config: outputs.Config = None) -> None:
    """List all checks with their severity."""
    from itaudit.preparing import prepare

    setup = prepare(config)
    found = sorted(setup.catalogue.complete().checks.values(), key=lambda one: one.id)
    if json:
        rows = [
            {"id": one.id, "severity": one.check.severity, "title": one.title, "enabled": setup.configuration.enabled(one.id)}
            for one in found
        ]
        typer.echo(jsonlib.dumps(rows, indent=2))
    else:
        width = max((len(one.id) for one in found), default=0)
        for one in found:
            off = "" if setup.configuration.enabled(one.id) else " (switched off)"
            typer.echo(f"{one.id:<{width}}  {one.check.severity:<8}  {one.title}{off}")
    for problem in setup.catalogue.problems:
        typer.echo(f"itaudit: plugin {problem.where} could not be loaded: {problem.detail}", err=True)


@app.command()
def show(
    check: Annotated[str, typer.Argument(metavar="ID", help="Id of the check, for example disks.space.")],
    json: AsJson = False,
    config: outputs.Config = None,
) -> None:
    """Show the manual page of one check, with the limits in force."""
    from itaudit.assessing import limits_in_words
    from itaudit.docs import as_dict, page
    from itaudit.preparing import prepare

    setup = prepare(config)
    found = setup.catalogue.check(check) or _unknown(check, setup.catalogue.check_ids)
    limits = limits_in_words(setup, check)
    if json:
        typer.echo(jsonlib.dumps({**as_dict(found), "limits_in_force": limits}, indent=2))
    else:
        typer.echo(page(found).rstrip())
        typer.echo(f"\nIn force here ({setup.configuration.origin}): {limits or 'this check has no limits'}")


def _unknown(check: str, known: list[str]) -> FoundCheck:
    from itaudit.text import did_you_mean

    raise UserError(f"There is no check {check!r}{did_you_mean(check, known)}. List them: itaudit checks list")
