"""The tree of devices as lsblk(8) tells it: each drive, and inside it partitions, encryption and volumes."""

from __future__ import annotations

from typing import Any

from itaudit import api

_DEEPEST = 16


def top_devices(ask: api.Ask, question: api.Command) -> list[Any]:
    """The devices of the top level. Raises Missing."""
    report = ask(question)
    report.checked_text  # noqa: B018 - raises for another exit code than 0, when the list may be cut short
    return _list(report.json, "blockdevices")


def inner_devices(device: Any) -> list[Any]:
    """The devices that lie on this one. Raises Unreadable."""
    return _list(device, "children") if "children" in device else []


def mount_points(device: Any) -> list[Any]:
    """Where it is mounted; None stands for a device that is not. Raises Unreadable."""
    return _list(device, "mountpoints")


def bound_depth(depth: int) -> None:
    """Raises Unreadable where a tree is deeper than any real one."""
    if depth > _DEEPEST:
        raise api.Unreadable("lsblk shows devices without end")


def _list(holder: Any, key: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, list):
        raise api.Unreadable(f"lsblk shows no {key}")
    return found
