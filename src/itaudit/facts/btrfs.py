"""The members of a mounted btrfs file system and their error counters. Source: btrfs-device(8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel, Field, NonNegativeInt, ValidationError

from itaudit import api
from itaudit.facts.mounts import Mount


@dataclass(frozen=True, slots=True)
class Member:
    """One device of a btrfs file system. `errors`: each counter above zero."""

    device: str
    errors: tuple[tuple[str, int], ...]

    @property
    def missing(self) -> bool:
        """The tool puts "devid:2" or "<missing disk>" where the path of a device that is not there would be."""
        return not self.device.startswith("/")


class _Device(BaseModel):
    device: str
    write_io_errs: NonNegativeInt
    read_io_errs: NonNegativeInt
    flush_io_errs: NonNegativeInt
    corruption_errs: NonNegativeInt
    generation_errs: NonNegativeInt


class _Stats(BaseModel):
    devices: list[_Device] = Field(alias="device-stats", min_length=1)


def members(ask: api.Ask, machine: api.Machine, mount: Mount) -> tuple[Member, ...]:
    """Ask btrfs for the devices of the file system mounted there. Raises Missing; AccessDenied where only root may ask."""
    answer = ask(api.Command(("btrfs", "--format", "json", "device", "stats", mount.mount)))
    if answer.error is None and answer.exit_code and not machine.admin:
        raise api.AccessDenied(answer.errors.strip()[:200])
    answer.checked_text  # noqa: B018 - raises for another exit code than 0: a member that does not answer is left out of the list
    try:
        stats = _Stats.model_validate(answer.json)
    except ValidationError as error:
        raise api.Unreadable(f"btrfs device stats {mount.mount}: {error.errors()[0]['msg']}") from error
    return tuple(
        Member(each.device, tuple((name, count) for name, count in each if name != "device" and count)) for each in stats.devices
    )


def pools(ask: api.Ask, machine: api.Machine, mounts: Iterable[Mount]) -> Iterator[tuple[Mount, tuple[Member, ...]] | api.Gap]:
    """Every btrfs file system with its members, or a gap for one that could not be asked."""
    for mount in mounts:
        if mount.file_system == "btrfs":
            try:
                yield mount, members(ask, machine, mount)
            except api.Missing as error:
                yield api.Gap(mount.mount, error)
