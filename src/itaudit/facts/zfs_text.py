"""What zpool status says in words, for OpenZFS before 2.3, which has no JSON: read into the shape that later versions print.

Source: zpool-status(8) of OpenZFS 2.1; the table of drives there is the one of zpoolconcepts(7).
"""

from __future__ import annotations

import re
from typing import Any

from itaudit import api

STATUS = api.Command(("zpool", "status", "-p"), timeout=20.0)
STATES = frozenset(("ONLINE", "DEGRADED", "FAULTED", "OFFLINE", "REMOVED", "UNAVAIL", "SUSPENDED"))
OTHER_CLASSES = ("logs", "special", "dedup")
"""Drives with a task of their own, without which the pool cannot do. Spares and caches it can lose."""
_POOL = re.compile(r"^  pool: (?=\S)", re.MULTILINE)
_STATE = re.compile(r"^ state: ([A-Z]+)$", re.MULTILINE)
_RESILVER = re.compile(r"^  scan: resilver .{0,300}in progress", re.MULTILINE)
_ERRORS = re.compile(r"^errors: (?:(No known data errors)|([0-9]{1,20}) data errors?,)", re.MULTILINE)
_TABLE = re.compile(r"^config:\n\n?(.*?)(?=^errors:|\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(
    r"\t(?P<indent>(?:  ){0,9})(?P<name>\S.{0,300}?) +"
    rf"(?P<state>{'|'.join(sorted(STATES))}) +"
    r"(?P<read>[0-9]{1,20}) +(?P<write>[0-9]{1,20}) +(?P<checksum>[0-9]{1,20})(?: .*)?"
)
_LONGEST_ROW = 1000
"""Characters; the rest of a row is a remark."""
_CLASS = re.compile(r"\t(?P<name>logs|special|dedup|cache|spares)\s*")


def pools(text: str) -> dict[str, Any]:
    """Each pool by name, as under "pools" in the JSON of zpool status; {} for one that makes no sense. Raises Unreadable."""
    before, *parts = _POOL.split(text)
    if before.strip() or not parts:
        raise api.Unreadable("zpool status: not as zpool-status(8) says")
    return {part.partition("\n")[0][:255]: _pool(part) for part in parts}


def _pool(text: str) -> dict[str, Any]:
    state, table, errors = _STATE.search(text), _TABLE.search(text), _ERRORS.search(text)
    tree = _tree(table[1]) if table else None
    if state is None or tree is None:
        return {}
    # Without a count, as where this user may not see the list, the pool's drives are still told.
    count = "unknown" if errors is None else errors[2] or "0"
    scan = {"scan_stats": {"function": "RESILVER", "state": "SCANNING"}} if _RESILVER.search(text) else {}
    return {"state": state[1], "error_count": count} | tree | scan


def _tree(table: str) -> dict[str, Any] | None:
    """The drives below "vdevs", and below the names of other classes; None for a table of another shape."""
    pool: dict[str, Any] = {}
    section, above = "vdevs", [pool]
    for line in [line for line in table.split("\n") if line.strip()][1:]:
        if head := _CLASS.fullmatch(line):
            # The drives of a class stand one step in, below a line that is no drive.
            section, above = head["name"], [pool, pool]
            continue
        if section == "spares":
            continue  # they have other states, and no counters
        row = _ROW.fullmatch(line[:_LONGEST_ROW])
        depth = len(row["indent"]) // 2 if row else 0
        if row is None or depth >= len(above):
            return None
        parent, node = above[depth], _node(row, "root" if above[depth] is pool and section == "vdevs" else "disk")
        parent.setdefault(section if parent is pool else "vdevs", {})[node["name"]] = node
        if parent.get("vdev_type") == "disk":  # it is a group: "mirror-0", "raidz1-1", "spare-2"
            parent["vdev_type"] = parent["name"].partition("-")[0]
        above[depth + 1 :] = [node]
    return pool


def _node(row: re.Match[str], kind: str) -> dict[str, Any]:
    counters = {f"{name}_errors": row[name] for name in ("read", "write", "checksum")}
    return {"name": row["name"], "vdev_type": kind, "state": row["state"]} | counters
