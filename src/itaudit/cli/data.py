"""`itaudit data`: public data that goes out of date, fetched or carried here by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itaudit.cli import outputs
from itaudit.errors import Missing, UserError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Public data: exploited holes, support ends.")


@app.callback()
def _data() -> None:
    """Public data: holes that attackers are known to use, and until when makers mend their products."""


@app.command()
def update(
    state: outputs.State = None,
    kev: Annotated[
        Path | None, typer.Option("--kev", metavar="F.json", help="Take the list of exploited holes from this file of CISA's.")
    ] = None,
    endoflife: Annotated[
        Path | None, typer.Option("--endoflife", metavar="F.json", help="Take the support ends from this file of endoflife.date.")
    ] = None,
) -> None:
    """Fetch the list of exploited holes (cisa.gov) and the support ends (endoflife.date), and keep them for later scans.

    With --kev or --endoflife nothing is fetched: only the files named are read. Exits 2 when one of them could not be had.
    """
    from itaudit import known
    from itaudit.evidence.live import utc_now
    from itaudit.store.database import state_folder
    from itaudit.text import clean

    folder, faults = state_folder(state), []
    files = {known.EXPLOITED: kev, known.ENDOFLIFE: endoflife}
    given = any(files.values())
    for kind, file in files.items():
        if given and not file:
            continue
        try:
            text = known.read_file(file) if file else known.fetch(kind.url)
            told = known.keep(kind, text, str(file or kind.url), utc_now().replace(microsecond=0), folder)
            typer.echo(f"Kept: {told} (from {clean(str(file or kind.url))}).")
        except Missing as error:
            faults.append(f"{kind.url}: {error.words}{f' ({error.detail})' if error.detail else ''}.")
        except UserError as error:
            faults.append(str(error))
    if faults:
        offline = "" if given else " Without a connection, carry the file here and name it: itaudit data update --kev F.json"
        raise UserError(" ".join(faults) + offline)
