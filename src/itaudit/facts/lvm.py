"""Groups of drives and growing stores of the Linux volume manager. Sources: lvmreport(7), vgs(8), lvs(8), lvmthin(7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, NonNegativeInt, ValidationError

from itaudit import api

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
    """A thin pool, or a snapshot that keeps old blocks: it promises more than it has, and breaks when it is full.

    data_percent, metadata_percent: used of the room for data and for its own lists; None where there is none, or is not active.
    """

    name: str
    snapshot: bool
    data_percent: float | None
    metadata_percent: float | None = None
    invalid: bool = False

    @property
    def subject(self) -> str:
        return self.name

    @property
    def used_percent(self) -> float | None:
        """The fuller of both: either being full stops it."""
        return max((each for each in (self.data_percent, self.metadata_percent) if each is not None), default=None)


_Percent = Annotated[float | None, Field(ge=0, le=100), BeforeValidator(lambda text: None if text == "" else text)]
_Name = Annotated[str, Field(min_length=1, max_length=255)]


class _Group(BaseModel):
    vg_name: _Name
    pv_count: NonNegativeInt
    vg_missing_pv_count: NonNegativeInt


class _Volume(BaseModel):
    vg_name: _Name
    lv_name: _Name
    lv_attr: str = Field(min_length=5)
    data_percent: _Percent
    metadata_percent: _Percent


class _Part(BaseModel):
    vg: list[_Group] = Field(default=[], max_length=10_000)
    lv: list[_Volume] = Field(default=[], max_length=100_000)


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
    """Ask lvs for thin pools and old-style snapshots; the first letter of lv_attr tells which, the fifth the state (lvs(8))."""
    for part in _asked(ask, machine, VOLUMES):
        for volume in part.lv:
            kind, state = volume.lv_attr[0], volume.lv_attr[4]
            if kind in "tsS":
                name = f"{volume.vg_name}/{volume.lv_name.strip('[]')}"
                yield GrowingStore(name, kind != "t", volume.data_percent, volume.metadata_percent, invalid=state in "IS")


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
