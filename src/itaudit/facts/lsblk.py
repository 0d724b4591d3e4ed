"""The tree of devices as lsblk(8) tells it: each drive, and inside it partitions, encryption and volumes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from itaudit import api

_DEEPEST = 16
_MOST_DIGITS = 20


def top_devices(ask: api.Ask, question: api.Command) -> list[Any]:
    """The devices of the top level. Raises Missing.

    The question must ask for NAME: only that column makes lsblk draw a tree; without it every device stands on the top level.
    util-linux before 2.37 has no MOUNTPOINTS, and before 2.33 no PATH; it is asked for NAME and MOUNTPOINT instead.
    """
    report = ask(question)
    if report.exit_code and "unknown column" in report.errors:
        columns = question.argv[-1].replace("NAME,PATH", "NAME").replace("MOUNTPOINTS", "MOUNTPOINT")
        report = ask(replace(question, argv=(*question.argv[:-1], columns)))
    report.checked_text  # noqa: B018 - raises for another exit code than 0, when the list may be cut short
    return _list(report.json, "blockdevices")


def inner_devices(device: Any) -> list[Any]:
    """The devices that lie on this one. Raises Unreadable."""
    return _list(device, "children") if "children" in device else []


def mount_points(device: Any) -> list[Any]:
    """Where it is mounted; None stands for a device that is not. Raises Unreadable."""
    if isinstance(device, dict) and "mountpoint" in device:
        return [device["mountpoint"]]
    return _list(device, "mountpoints")


def path_of(device: Any) -> str:
    """ "/dev/sda"; "" when it does not say."""
    found = device.get("path", device.get("name")) if isinstance(device, dict) else None
    if not isinstance(found, str) or not found:
        return ""
    return found if found.startswith("/") else f"/dev/{found}"


def number_of(device: Any, key: str) -> int | None:
    """A number, or a yes or no as 1 or 0; before 2.33 they are text. None when it does not say. Raises Unreadable."""
    found = device.get(key) if isinstance(device, dict) else None
    if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) <= _MOST_DIGITS:
        return int(found)
    if found is not None and not isinstance(found, int):
        raise api.Unreadable(f"lsblk shows no number as {key}")
    return found


def bound_depth(depth: int) -> None:
    """Raises Unreadable where a tree is deeper than any real one."""
    if depth > _DEEPEST:
        raise api.Unreadable("lsblk shows devices without end")


def _list(holder: Any, key: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, list):
        raise api.Unreadable(f"lsblk shows no {key}")
    return found
