"""The inventory for the terminal."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from itaudit.inventory import Inventory
from itaudit.model import Asset
from itaudit.text import clean, readable_bytes


def asset_row(asset: Asset) -> tuple[str, str, str, str, str]:
    """Part, model, serial number, size, and the rest, all on one line each and safe to show."""
    rest = "; ".join(f"{label}: {value}" for label, value in asset.details)
    cells = (asset.subject, asset.model, asset.serial, "" if asset.size_bytes is None else readable_bytes(asset.size_bytes), rest)
    part, model, serial, size, more = (clean(cell, 300) for cell in cells)
    return part, model, serial, size, more


def print_inventory(inventory: Inventory, *, packages: bool, console: Console | None = None) -> None:
    """The parts as a table, the system, the number of packages (or all of them), and what could not be seen."""
    out = console or Console(highlight=False)
    out.print(Text(f"{inventory.host}, {inventory.seen:%Y-%m-%d %H:%M} UTC", style="bold"))
    end = f", security updates until {inventory.support_end}" if inventory.support_end else ""
    out.print(Text(f"{inventory.system_name}{end}"))
    table = Table("Part", "Model", "Serial number", "Size", "More", title_justify="left", box=None, pad_edge=False)
    for asset in inventory.assets:
        table.add_row(*map(Text, asset_row(asset)))
    if inventory.assets:
        out.print(table)
    counts = Counter(package.source for package in inventory.software)
    out.print(
        Text("Installed: " + (", ".join(f"{count} from {source}" for source, count in sorted(counts.items())) or "none seen"))
    )
    for package in inventory.software:
        if packages or package.support_end:
            end = f"  its maker mends it until {package.support_end}" if package.support_end else ""
            out.print(
                Text(f"  {package.name} {package.version} {package.architecture} ({package.source}){end}".replace("  (", " ("))
            )
    for what, why in inventory.unseen:
        out.print(Text(f"Not seen: {what}: {why}"))
