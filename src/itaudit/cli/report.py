"""`itaudit report`: show a stored scan again."""

from __future__ import annotations

from typing import Annotated

import typer

from itaudit.cli import outputs


def report(
    scan: Annotated[str, typer.Argument(help="Name of the scan, or its beginning; the newest when left out.")] = "",
    html: outputs.Html = None,
    pdf: outputs.Pdf = None,
    json: outputs.Json = None,
    md: outputs.Markdown = None,
    csv: outputs.Csv = None,
    state: outputs.State = None,
) -> None:
    """Show a stored scan again, or write it as a page, PDF, JSON, Markdown or table."""
    wanted = outputs.Outputs(html, pdf, json, md, csv)
    wanted.check()
    from rich.console import Console

    from itaudit.assessing import assess
    from itaudit.reports.console import print_summary
    from itaudit.store.database import state_folder
    from itaudit.store.history import Store

    store = Store(state_folder(state), reading=True)
    stored = store.load(scan)
    assessment = assess(stored, store.previous(stored))
    if not wanted.to_standard_output:
        print_summary(assessment, Console(), f"{stored.id} in {store.folder / 'itaudit.db'}")
    written = wanted.write(assessment)
    if written and not wanted.to_standard_output:
        outputs.say_written(written)
