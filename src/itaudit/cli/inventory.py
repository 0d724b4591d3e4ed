"""`itaudit inventory`: what this machine is made of, and what is installed on it."""

from __future__ import annotations

import contextlib
import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itaudit.cli import outputs
from itaudit.errors import UserError

if TYPE_CHECKING:
    from itaudit.inventory import Inventory

STANDARD_OUTPUT = "-"


def inventory(
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    cyclonedx: Annotated[
        str | None, typer.Option("--cyclonedx", metavar="F|-", help="Write a bill of materials (CycloneDX 1.6); - prints it.")
    ] = None,
    packages: Annotated[bool, typer.Option("--packages", help="List every package too, not only their number.")] = False,
    config: outputs.Config = None,
    state: outputs.State = None,
    root: Annotated[
        Path | None, typer.Option("--root", metavar="DIR", help="Look at the system on a disk mounted there, without running it.")
    ] = None,
) -> None:
    """What this machine is made of, and what is installed on it.

    Nothing is judged and nothing is kept. Run it as root: serial numbers are told to nobody else.
    """
    if json and cyclonedx == STANDARD_OUTPUT:
        raise UserError("--json and --cyclonedx - would both print. Name a file: --cyclonedx F.json")
    target = Path(cyclonedx) if cyclonedx and cyclonedx != STANDARD_OUTPUT else None
    if target and (not target.parent.is_dir() or (target.exists() and not target.is_file())):
        raise UserError(f"Cannot write {target}: it is no file, or its folder does not exist. Give the name of a file.")
    found = _take(config, state, root)
    if target or cyclonedx == STANDARD_OUTPUT:
        from itaudit.inventory.bill import bill_of_materials

        text = bill_of_materials(found)
        if target is None:
            typer.echo(text, nl=False)
            return
        from itaudit.files import write_private

        write_private(target, text.encode())
    if json:
        typer.echo(jsonlib.dumps(_document(found), indent=2))
    else:
        from itaudit.inventory.showing import print_inventory

        print_inventory(found, packages=packages)
        if target:
            outputs.say_written([target])


def _take(config: Path | None, state: Path | None, root: Path | None) -> Inventory:
    from itaudit.evidence.bundle import Recorder
    from itaudit.evidence.live import Live
    from itaudit.evidence.rooted import Rooted
    from itaudit.inventory.collecting import take_inventory
    from itaudit.known import folder_in
    from itaudit.preparing import prepare
    from itaudit.store.database import state_folder

    setup = prepare(config)
    source: Live | Rooted = Rooted(root, Live(alone=True)) if root else Live(alone=True)
    with contextlib.suppress(UserError):  # no such place: then nothing was ever fetched into it
        source.know(folder_in(state_folder(state)))
    try:
        # The recorder asks each question once and takes secrets out; the recording itself is not kept.
        return take_inventory(Recorder(source), setup.catalogue, setup.configuration)
    finally:
        source.close()


def _document(found: Inventory) -> dict[str, Any]:
    from dataclasses import asdict

    document = asdict(found)
    for asset in document["assets"]:
        asset["details"] = dict(asset["details"])
    document["seen"] = found.seen.isoformat()
    document["support_end"] = found.support_end.isoformat() if found.support_end else None
    for package in document["software"]:
        package["support_end"] = package["support_end"].isoformat() if package["support_end"] else None
    document["unseen"] = [{"what": what, "why": why} for what, why in found.unseen]
    return document
