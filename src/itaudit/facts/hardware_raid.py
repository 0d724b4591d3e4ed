"""Sets of drives behind a RAID controller, told by the maker's own program.

Broadcom's storcli (Dell's perccli is the same program) and HPE's ssacli. The shape of their answers is known from output shown in
public projects; it has not been tried on a controller. A state that is not known counts as not whole.
storcli speaks JSON with `J`; ssacli only text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from itaudit import api
from itaudit.facts.arrays import Array

STORCLI = tuple(
    api.Command((name, "/call", "show", "J", "nolog"), timeout=30.0)
    for name in (
        *("storcli64", "storcli", "perccli64", "perccli"),
        # Where the makers' packages put it, which is on nobody's path.
        *("/opt/MegaRAID/storcli/storcli64", "/opt/MegaRAID/perccli/perccli64"),
    )
)
SSACLI = tuple(api.Command((name, "ctrl", "all", "show", "config"), timeout=30.0) for name in ("ssacli", "hpssacli"))
MEGARAID = api.Glob("/sys/bus/pci/drivers/megaraid_sas/0*")
SMART_ARRAY = api.Glob("/sys/bus/pci/drivers/hpsa/0*")
"""Drivers of controllers that hide the drives. mpt3sas also drives plain adapters, which hide nothing."""
SMART_STORAGE = api.Glob("/sys/bus/pci/drivers/smartpqi/0*")
"""The driver of the newer controllers, and of plain adapters: whether drives are hidden, each block device tells."""
LEVELS = api.Glob("/sys/block/*/device/raid_level")

_WELL, _REBUILDING = frozenset(("Optl", "Optimal")), frozenset(("Rec",))
_OPEN = frozenset(("Dgrd", "Pdgd", "Cac", "Trans", "Rec", *_WELL))
"""States of a set whose data can be reached; "OfLn" and "Fail" are the others."""
_BAD_DRIVE = frozenset(("Failed", "Offln", "UBad", "Msng", "F", "Fld"))
_CONTROLLER = re.compile(r"^\S.* in Slot (\w+)", re.MULTILINE)
_SET = re.compile(r"^ +logicaldrive (\d+) \([^,()]+, ([^,]+), ([^,()]+)(?:, [^()]+)?\)$")
_DRIVE = re.compile(r"^ +physicaldrive (\S+) \((.*)\)$")
_WHOLE = ("OK", "Expanding", "Queued for Expansion", "Transforming", "Queued for Transformation", "Rapid Parity Initialization")
"""A set that grows or changes its kind is whole all the while."""
_BAD_WORDS = frozenset(("Failed", "Predictive Failure"))


@api.provider("linux", seconds=75)
def controller_arrays(ask: api.Ask) -> api.Facts[Array]:
    """Ask the program of each maker whose controller is here. Raises ToolMissing where a controller has none."""
    if _here(ask, MEGARAID):
        try:
            yield from _storcli(ask)
        except api.Missing as error:
            yield api.Gap("RAID controller", error)
    if _here(ask, SMART_ARRAY) or (_here(ask, SMART_STORAGE) and _hides(ask)):
        try:
            yield from _ssacli(ask)
        except api.Missing as error:
            yield api.Gap("Smart Array controller", error)


def _here(ask: api.Ask, driver: api.Glob) -> bool:
    paths = ask(driver).json
    if not isinstance(paths, list):
        raise api.Unreadable("the list of controllers is no list")
    return bool(paths)


def _hides(ask: api.Ask) -> bool:
    """Whether a block device is a set of HPE's. drivers/scsi/smartpqi: raid_level is "N/A" for a drive that is passed through."""
    levels = ask(LEVELS).json
    paths = [path for path in levels if isinstance(path, str)] if isinstance(levels, list) else []
    answers = ask.many(
        [api.ReadFile(path.removesuffix("raid_level") + name) for path in paths for name in ("raid_level", "vendor")]
    )
    words = ["" if answer.error else answer.body.strip() for answer in answers]
    return any(
        level not in ("", "N/A") and vendor in ("HP", "HPE") for level, vendor in zip(words[::2], words[1::2], strict=True)
    )


def _first(ask: api.Ask, questions: Iterable[api.Command], name: str) -> api.Answer:
    """The answer of the first program that is installed. Raises ToolMissing."""
    for question in questions:
        answer = ask(question)
        if not isinstance(answer.error, api.ToolMissing):
            return answer
    raise api.ToolMissing(name)


def _storcli(ask: api.Ask) -> list[Array]:
    answer = _first(ask, STORCLI, "storcli")
    report = answer.json
    controllers = report.get("Controllers") if isinstance(report, dict) else None
    if not isinstance(controllers, list) or not controllers:
        raise api.Unreadable("storcli names no controller")
    return [array for number, each in enumerate(controllers) for array in _controller(number, each)]


def _controller(number: int, controller: Any) -> Iterator[Array]:
    status = controller.get("Command Status") if isinstance(controller, dict) else None
    if not isinstance(status, dict) or status.get("Status") != "Success":
        raise api.Unreadable(f"storcli: controller {number} did not answer")
    data = controller.get("Response Data")
    sets, drives = (_rows(data, key) for key in ("VD LIST", "PD LIST"))
    for one in sets:
        group, state, kind = (str(one.get(key, ""))[:40] for key in ("DG/VD", "State", "TYPE"))
        if not group or not state:
            raise api.Unreadable(f"storcli: a set of controller {number} has no state")
        # A drive that failed and whose place a spare has taken belongs to no set: it is told of with the first.
        own = (group.partition("/")[0], "-") if one is sets[0] else (group.partition("/")[0],)
        members = [drive for drive in drives if str(drive.get("DG")) in own]
        bad = tuple(str(drive.get("EID:Slt"))[:40] for drive in members if str(drive.get("State")) in _BAD_DRIVE)
        rebuilding = state in _REBUILDING or any(drive.get("State") == "Rbld" for drive in members)
        progress = "recovery" if rebuilding else ""
        yield Array(f"controller {number} set {group}", kind, state in _OPEN, None, None, bad, progress, state not in _WELL)


def _rows(data: Any, key: str) -> list[dict[str, Any]]:
    """A table of the answer; a controller without a set has none."""
    rows = data.get(key, []) if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise api.Unreadable(f"storcli: {key} is no table")
    return rows


def _ssacli(ask: api.Ask) -> list[Array]:
    text = _first(ask, SSACLI, "ssacli").checked_text
    if not _CONTROLLER.search(text):
        raise api.Unreadable("ssacli names no controller")
    slot = ""
    found: list[tuple[str, str, str, str]] = []
    bad: list[tuple[str, str]] = []
    for line in text.splitlines():
        if head := _CONTROLLER.match(line):
            slot = head[1]
        elif one := _SET.match(line):
            found.append((slot, one[1], one[2], one[3]))
        elif "logicaldrive" in line:
            raise api.Unreadable(f"ssacli: {line.strip()[:100]!r} is not as expected")
        elif (drive := _DRIVE.match(line)) and not _BAD_WORDS.isdisjoint(drive[2].split(", ")):
            bad.append((slot, drive[1]))
    return [_smart_array(*each, tuple(name for slot, name in bad if slot == each[0])) for each in found]


def _smart_array(slot: str, number: str, kind: str, state: str, bad: tuple[str, ...]) -> Array:
    progress = "recovery" if state.startswith(("Recovering", "Ready for Rebuild")) else ""
    reachable = not state.startswith(("Failed", "Disabled", "Unavailable"))
    return Array(f"slot {slot} set {number}", kind, reachable, None, None, bad, progress, not state.startswith(_WHOLE))
