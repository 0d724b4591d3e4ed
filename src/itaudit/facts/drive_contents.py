"""What lies on each drive: where its file systems are mounted, also through encryption, volume groups and arrays.

Source: lsblk(8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from itaudit import api

LSBLK = api.Command(("lsblk", "--json", "--output", "NAME,MOUNTPOINT"), timeout=10)
"""MOUNTPOINT names one place of each file system, and is known to every version; none of this touches the file systems."""
_MOST = 12
_LONGEST = 60
_DEEPEST = 12


def drive_contents(ask: api.Ask) -> Mapping[str, tuple[str, ...]]:
    """Return where each block device of the top level ("sda") is in use, sorted; empty when nobody can tell.

    It only helps to find the drive, so that it fails is no reason to know less of the drive's health.
    """
    try:
        answer = ask(LSBLK).json
    except api.Missing:
        return {}
    devices = answer.get("blockdevices") if isinstance(answer, dict) else None
    if not isinstance(devices, list):
        return {}
    named = [device for device in devices if isinstance(device, dict) and isinstance(device.get("name"), str)]
    return {device["name"]: _few(_places(device, _DEEPEST)) for device in named}


def _places(device: Mapping[str, Any], depth: int) -> Iterator[str]:
    place = device.get("mountpoint")
    if isinstance(place, str) and place:
        yield "swap space" if place == "[SWAP]" else "".join(c if c.isprintable() else "?" for c in place)[:_LONGEST]
    children = device.get("children")
    for child in children if isinstance(children, list) and depth else ():
        if isinstance(child, dict):
            yield from _places(child, depth - 1)


def _few(places: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(places)))[:_MOST]
