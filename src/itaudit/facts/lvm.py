"""Groups of drives, growing stores and mirrored volumes of the Linux volume manager.

Sources: lvmreport(7), vgs(8), lvs(8), lvmthin(7), lvmraid(7).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, NonNegativeInt, ValidationError

from itaudit import api
from itaudit.facts.arrays import Array

GROUPS = api.Command(("vgs", "--reportformat", "json", "-o", "vg_name,pv_count,vg_missing_pv_count"))
VOLUMES = api.Command(("lvs", "--reportformat", "json", "-a", "-o", "vg_name,lv_name,lv_attr,data_percent,metadata_percent"))


@dataclass(frozen=True, slots=True)
class VolumeGroup:
    """Drives whose room is shared out together. drives: how many belong to it; missing: how many of these are not there."""

    name: str
    drives: int
    missing: int

    @property
    def subject(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class GrowingStore:
    """A thin pool: it promises more room than it has, and breaks when it is full.

    data_percent, metadata_percent: used of the room for data and for its own lists; None where there is none, or is not active.
    fault: what lvs(8) says is wrong with it, else "".
    """

    name: str
    data_percent: float | None
    metadata_percent: float | None = None
    fault: str = ""

    @property
    def subject(self) -> str:
        return self.name

    @property
    def used_percent(self) -> float | None:
        """The fuller of both: either being full stops it."""
        return max((each for each in (self.data_percent, self.metadata_percent) if each is not None), default=None)


_FAULTS = {"F": "failed", "D": "out of data space", "M": "metadata read only"}
"""The ninth letter of lv_attr, of a thin pool."""
_Percent = Annotated[float | None, Field(ge=0, le=100), BeforeValidator(lambda text: None if text == "" else text)]
_Name = Annotated[str, Field(min_length=1, max_length=255)]


class _Group(BaseModel):
    vg_name: _Name
    pv_count: NonNegativeInt
    vg_missing_pv_count: NonNegativeInt


class LogicalVolume(BaseModel):
    """One row of lvs, of any kind. lv_attr: a letter at each of at least nine places, as the end of lvs(8) explains."""

    vg_name: _Name
    lv_name: _Name
    lv_attr: str = Field(min_length=9)
    data_percent: _Percent
    metadata_percent: _Percent

    @property
    def name(self) -> str:
        """Hidden volumes are told in brackets."""
        return f"{self.vg_name}/{self.lv_name.strip('[]')}"


class _Part(BaseModel):
    vg: list[_Group] = Field(default=[], max_length=10_000)
    lv: list[LogicalVolume] = Field(default=[], max_length=100_000)


class _Report(BaseModel):
    report: list[_Part] = Field(min_length=1)


@api.provider("linux", seconds=25)
def volume_groups(ask: api.Ask, machine: api.Machine) -> api.Facts[VolumeGroup]:
    """Ask vgs; no group at all where the volume manager is not installed and the kernel runs none of its volumes."""
    for part in _asked(ask, machine, GROUPS):
        for group in part.vg:
            if group.vg_missing_pv_count > group.pv_count:
                yield api.Gap(group.vg_name, api.Unreadable(f"{group.vg_name}: more drives missing than belong to it"))
                continue
            yield VolumeGroup(group.vg_name, group.pv_count, group.vg_missing_pv_count)


@api.provider("linux", seconds=25)
def growing_stores(ask: api.Ask, machine: api.Machine) -> api.Facts[GrowingStore]:
    """Every thin pool. Pools of compressed volumes (VDO) tell their fullness in the same place."""
    for volume in logical_volumes(ask, machine):
        kind, state, health = volume.lv_attr[0], volume.lv_attr[4], volume.lv_attr[8]
        if kind in "td":
            fault = "check needed" if state in "cC" else _FAULTS.get(health, "")
            yield GrowingStore(volume.name, volume.data_percent, volume.metadata_percent, fault)


@api.provider("linux", seconds=25)
def lvm_arrays(ask: api.Ask, machine: api.Machine) -> api.Facts[Array]:
    """Mirrored volumes, whose drives are all there but were not all written to ("refresh needed").

    Where a drive is missing its whole group says so (volume_groups): then its volumes are not told of once more.
    """
    for volume in logical_volumes(ask, machine):
        health = volume.lv_attr[8]
        if volume.lv_attr[0] in "rRmM" and health != "p":
            yield Array(volume.name, "lvm", degraded=health == "r")


def logical_volumes(ask: api.Ask, machine: api.Machine) -> Iterator[LogicalVolume]:
    """Ask lvs; no volume at all where the volume manager is not in use. Raises Missing."""
    for part in _asked(ask, machine, VOLUMES):
        yield from part.lv


def _asked(ask: api.Ask, machine: api.Machine, command: api.Command) -> Iterator[_Part]:
    answer = ask(command)
    if isinstance(answer.error, api.ToolMissing):
        if _in_use(ask):
            raise api.ToolMissing("lvm2")
        return
    if answer.error is None and answer.exit_code and not machine.admin:
        raise api.AccessDenied(answer.errors.strip()[:200])
    answer.checked_text  # noqa: B018 - raises for another exit code than 0, when the list may be cut short
    try:
        yield from _Report.model_validate(answer.json).report
    except ValidationError as error:
        raise api.Unreadable(f"{command.argv[0]}: {error.errors()[0]['msg']}"[:200]) from error


def _in_use(ask: api.Ask) -> bool:
    """Does the kernel run a volume of the volume manager? Each such device has an identifier that begins with its name."""
    paths = ask(api.Glob("/sys/block/dm-*/dm/uuid")).json
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise api.Unreadable("the list of mapped devices is no list of paths")
    return any(answer.error is None and answer.body.startswith("LVM-") for answer in ask.many([api.ReadFile(p) for p in paths]))
