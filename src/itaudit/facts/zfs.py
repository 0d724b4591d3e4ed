"""Pools of ZFS: are their drives there, and have they counted errors?

Sources: zpool-status(8) of OpenZFS 2.3, zpoolconcepts(7). Versions before 2.3 have no JSON: their words are read (zfs_text.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from itaudit import api
from itaudit.facts import zfs_text
from itaudit.facts.arrays import Array
from itaudit.facts.file_systems import FileSystem

STATUS = api.Command(("zpool", "status", "-j", "-p"), timeout=20.0)
KINDS = api.ReadFile("/proc/filesystems")
DOOR = api.FileStatus("/dev/zfs")
POOLS = api.Glob("/proc/spl/kstat/zfs/*/*", most=1)
COUNTERS = api.FileStatus("/proc/spl/kstat/zfs/arcstats")
_RUNNING = frozenset(("ONLINE", "DEGRADED"))
_SECURE = re.compile(r"(?:mirror|raidz|draid)")
_COUNTERS = ("read_errors", "write_errors", "checksum_errors")
_DEEPEST = 8


@api.provider("linux", seconds=45)
def zfs_arrays(ask: api.Ask) -> api.Facts[Array]:
    """Every imported pool; none where the kernel knows no ZFS."""
    for name, pool in _pools(ask).items():
        try:
            yield _array(name, pool)
        except api.Missing as error:
            yield api.Gap(name[:255], error)


@api.provider("linux", seconds=45)
def zfs_file_systems(ask: api.Ask) -> api.Facts[FileSystem]:
    """The counters of all members of each pool, since they were last cleared."""
    for name, pool in _pools(ask).items():
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


def in_use(ask: api.Ask) -> bool:
    """May this machine have a pool? Raises Missing.

    Without the module's line in the list nothing can be imported. Container managers load it in vain: then no pool has a folder
    beside the module's counters. In a container without the device that leads to it, all pools are the host's.
    """
    if not re.search(r"\tzfs$", ask(KINDS).text, re.MULTILINE) or isinstance(ask(DOOR).error, api.NotFound):
        return False
    counters, pools = ask.many([COUNTERS, POOLS])
    return counters.error is not None or pools.error is not None or pools.json != []


def _pools(ask: api.Ask) -> dict[str, Any]:
    """By name, as zpool status -j tells them; {} without ZFS. Raises Missing."""
    if not in_use(ask):
        return {}
    answer = ask(STATUS)
    if answer.error is None and answer.exit_code and "invalid option" in answer.errors:
        answer = ask(zfs_text.STATUS)
        if not _none(answer):
            return zfs_text.pools(answer.checked_text)
    if _none(answer):
        return {}
    answer.checked_text  # noqa: B018 - raises for another exit code than 0, when the list may be cut short
    report = answer.json
    pools = report.get("pools") if isinstance(report, dict) else None
    if not isinstance(pools, dict) or not all(pools):
        raise api.Unreadable("zpool status -j names no pools")
    return {name[:255]: pool for name, pool in pools.items()}


def _none(answer: api.Answer) -> bool:
    return answer.error is None and "no pools available" in answer.errors + answer.body[:100]


def _array(name: str, pool: Any) -> Array:
    state = pool.get("state") if isinstance(pool, dict) else None
    if not isinstance(state, str) or state not in zfs_text.STATES:
        raise api.Unreadable(f"pool {name}: no state that zpoolconcepts(7) knows"[:300])
    leaves = _leaves(pool)
    bad = tuple(device for device, leaf in leaves if leaf.get("state") != "ONLINE")
    well = tuple(device for device, leaf in leaves if leaf.get("state") == "ONLINE")
    scan = pool.get("scan_stats")
    rebuilding = isinstance(scan, dict) and scan.get("function") == "RESILVER" and scan.get("state") == "SCANNING"
    secure = any(_SECURE.match(kind) for kind in _kinds(pool.get("vdevs"), 0))
    wanted = len(leaves) if secure or bad else None
    working = len(well) if wanted is not None else None
    progress = "recovery (resilver)" if rebuilding else ""
    return Array(name, "zfs", state in _RUNNING, wanted, working, bad, progress, state == "DEGRADED", secure, well)


def _leaves(pool: Any) -> list[tuple[str, dict[str, Any]]]:
    """The drives of a pool by name, without spares and caches, which stand apart. Raises Unreadable."""
    if not isinstance(pool, dict):
        raise api.Unreadable("a pool is not told as an object")
    found = list(_below(pool.get("vdevs"), 0))
    if not found:
        raise api.Unreadable("a pool without a drive")
    return found + [each for key in zfs_text.OTHER_CLASSES if key in pool for each in _below(pool[key], 1)]


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
