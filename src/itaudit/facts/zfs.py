"""Pools of ZFS: are their drives there, and have they counted errors?

Sources: zpool-status(8) and zpool-list(8) of OpenZFS 2.3, zpoolconcepts(7). Versions before 2.3 have no JSON: of them only the
pool's own verdict is read, not its members.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from itaudit import api
from itaudit.facts.arrays import Array
from itaudit.facts.file_systems import FileSystem

STATUS = api.Command(("zpool", "status", "-j", "-p"), timeout=20.0)
LIST = api.Command(("zpool", "list", "-Hp", "-o", "name,health"), timeout=20.0)
KINDS = api.ReadFile("/proc/filesystems")
_STATES = frozenset(("ONLINE", "DEGRADED", "FAULTED", "OFFLINE", "REMOVED", "UNAVAIL", "SUSPENDED"))
_RUNNING = frozenset(("ONLINE", "DEGRADED"))
_SECURE = re.compile(r"(?:mirror|raidz|draid)")
_COUNTERS = ("read_errors", "write_errors", "checksum_errors")
_DEEPEST = 8


@api.provider("linux", seconds=45)
def zfs_arrays(ask: api.Ask) -> api.Facts[Array]:
    """Every imported pool; none where the kernel knows no ZFS."""
    pools = _pools(ask)
    if pools is None:
        yield from _short(ask)
        return
    for name, pool in pools.items():
        try:
            yield _array(name, pool)
        except api.Missing as error:
            yield api.Gap(name[:255], error)


@api.provider("linux", seconds=45)
def zfs_file_systems(ask: api.Ask) -> api.Facts[FileSystem]:
    """The counters of all members of each pool, since they were last cleared. Before OpenZFS 2.3 they are not told."""
    for name, pool in (_pools(ask) or {}).items():
        try:
            counted = [
                (device, key, count) for device, leaf in _leaves(pool) for key in _COUNTERS if (count := _count(leaf, key))
            ]
            damaged = _count(pool, "error_count")
        except api.Missing as error:
            yield api.Gap(name[:255], error)
            continue
        record = [f"{device} {key}={count}" for device, key, count in counted] + [f"error_count={damaged}"] * bool(damaged)
        yield FileSystem(name, name, "zfs", sum(count for *_, count in counted) + damaged, ", ".join(record)[:2000])


def _pools(ask: api.Ask) -> dict[str, Any] | None:
    """By name; {} without ZFS; None where the program is too old for JSON. Raises Missing."""
    # The line is there once the module is loaded, and nothing can be imported before.
    if not re.search(r"\tzfs$", ask(KINDS).text, re.MULTILINE):
        return {}
    answer = ask(STATUS)
    if answer.error is None and answer.exit_code and "invalid option" in answer.errors:
        return None
    if answer.error is None and "no pools available" in answer.errors + answer.body[:100]:
        return {}
    answer.checked_text  # noqa: B018 - raises for another exit code than 0, when the list may be cut short
    report = answer.json
    pools = report.get("pools") if isinstance(report, dict) else None
    if not isinstance(pools, dict) or not all(pools):
        raise api.Unreadable("zpool status -j names no pools")
    return pools


def _short(ask: api.Ask) -> Iterator[Array]:
    for line in ask(LIST).checked_text.splitlines():
        name, _, health = line.partition("\t")
        if not name or health not in _STATES:
            raise api.Unreadable("zpool list: not as zpool-list(8) says")
        yield Array(name, "zfs", health in _RUNNING, degraded=health == "DEGRADED")


def _array(name: str, pool: Any) -> Array:
    state = pool.get("state") if isinstance(pool, dict) else None
    if state not in _STATES:
        raise api.Unreadable(f"pool {name}: no state that zpoolconcepts(7) knows"[:300])
    leaves = _leaves(pool)
    bad = tuple(device for device, leaf in leaves if leaf.get("state") != "ONLINE")
    scan = pool.get("scan_stats")
    rebuilding = isinstance(scan, dict) and scan.get("function") == "RESILVER" and scan.get("state") == "SCANNING"
    secure = any(_SECURE.match(kind) for kind in _kinds(pool.get("vdevs"), 0))
    wanted = len(leaves) if secure or bad else None
    working = wanted - len(bad) if wanted is not None else None
    return Array(
        name, "zfs", state in _RUNNING, wanted, working, bad, "recovery (resilver)" if rebuilding else "", state == "DEGRADED"
    )


def _leaves(pool: Any) -> list[tuple[str, dict[str, Any]]]:
    """The drives of a pool by name, without spares and caches, which stand apart. Raises Unreadable."""
    found = list(_below(pool.get("vdevs") if isinstance(pool, dict) else None, 0))
    if not found:
        raise api.Unreadable("a pool without a drive")
    return found


def _below(nodes: Any, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    if depth > _DEEPEST or not isinstance(nodes, dict) or not all(isinstance(node, dict) for node in nodes.values()):
        raise api.Unreadable("the drives of a pool are not told as a tree")
    for name, node in nodes.items():
        if "vdevs" in node:
            yield from _below(node["vdevs"], depth + 1)
        else:
            yield name[:255], node


def _kinds(nodes: Any, depth: int) -> Iterator[str]:
    """How the drives are joined: "root", "mirror", "raidz", "disk"."""
    if depth <= _DEEPEST and isinstance(nodes, dict):
        for node in nodes.values():
            if isinstance(node, dict):
                yield str(node.get("vdev_type", ""))
                yield from _kinds(node.get("vdevs"), depth + 1)


def _count(holder: dict[str, Any], key: str) -> int:
    """A counter, which is a number or its digits; none is 0. Raises Unreadable."""
    text = str(holder.get(key, 0))
    if not re.fullmatch(r"[0-9]{1,20}", text):
        raise api.Unreadable(f"{key} of a pool is no number")
    return int(text)
