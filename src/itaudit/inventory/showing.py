"""The inventory for the terminal."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from itaudit.inventory import Inventory
from itaudit.model import Asset
from itaudit.text import clean, readable_bytes


def asset_line(asset: Asset) -> str:
    """Model, serial number, size, and the rest, on one line and safe to show."""
    serial = f"serial number {asset.serial}" if asset.serial else ""
    size = "" if asset.size_bytes is None else readable_bytes(asset.size_bytes)
    more = (f"{label}: {value}" for label, value in asset.details)
    return clean("; ".join(filter(None, (asset.model, serial, size, *more))), 1000)


def print_inventory(inventory: Inventory, *, packages: bool, console: Console | None = None) -> None:
    """The parts as a table, the system, the number of packages (or all of them), and what could not be seen."""
    out = console or Console(highlight=False)
    out.print(Text(f"{inventory.host}, {inventory.seen:%Y-%m-%d %H:%M} UTC", style="bold"))
    end = f", security updates until {inventory.support_end}" if inventory.support_end else ""
    out.print(Text(f"{inventory.system_name}{end}"))
    table = Table.grid(padding=(0, 2))
    for asset in inventory.assets:
        table.add_row(Text(clean(asset.subject, 80)), Text(asset_line(asset), overflow="fold"))
    if inventory.assets:
        out.print(table)
    counts = Counter(package.source for package in inventory.software)
    out.print(
        Text("Installed: " + (", ".join(f"{count} from {source}" for source, count in sorted(counts.items())) or "none seen"))
    )
    for package in inventory.software:
        if packages or package.support_end:
            mends = "mended" if package.support_end and package.support_end < inventory.seen.date() else "mends"
            end = f"  its maker {mends} it until {package.support_end}" if package.support_end else ""
            out.print(
                Text(f"  {package.name} {package.version} {package.architecture} ({package.source}){end}".replace("  (", " ("))
            )
    for what, why in inventory.unseen:
        out.print(Text(f"Not seen: {what}: {why}"))
