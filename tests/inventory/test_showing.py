"""The inventory on a terminal of 80 columns, as wide as most are."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

from rich.console import Console

from itaudit.inventory import Installed, Inventory
from itaudit.inventory.showing import print_inventory
from itaudit.model import Asset

CARD = Asset("network card", "enp3s0f0np0", details=(("Hardware address", "d8:9e:f3:12:34:56"), ("Kind", "wired")))
DRIVE = Asset("drive", "sda", "\x1b[31mWDC \u202e", "W" * 100, 4_000_787_030_016)
SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


def shown(*assets: Asset, end: date | None = None) -> str:
    console = Console(width=80, file=io.StringIO(), highlight=False)
    software = (Installed("nodejs", "18.1", "amd64", "dpkg", "", end),)
    print_inventory(Inventory("pc", SEEN, "debian", "12", "Debian", None, assets, software), packages=False, console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_no_address_and_no_serial_number_is_cut_short() -> None:
    text = shown(CARD, DRIVE)
    assert "Hardware address: d8:9e:f3:12:34:56; Kind: wired" in text
    assert text.count("W") == 101
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_last_day_that_has_passed_is_told_as_past() -> None:
    assert "its maker mended it until 2025-04-30" in shown(end=date(2025, 4, 30))
    assert "its maker mends it until 2026-11-22" in shown(end=date(2026, 11, 22))
