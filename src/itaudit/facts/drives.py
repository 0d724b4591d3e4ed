"""The drives and what they record of their own health (SMART), asked through smartctl."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError

from itaudit import api
from itaudit.facts.block_devices import BlockDevice, block_devices
from itaudit.facts.drive import Drive, drive_of
from itaudit.facts.drive_contents import drive_contents
from itaudit.facts.smartctl import DEVICE, Report, Scan, Scanned

_SCAN = api.Command(("smartctl", "--scan-open", "--json=c"), timeout=15)
_HOSTS = api.Glob("/sys/class/scsi_host/host*/device/target*/*/block/*")
_INSTALL = "Install smartmontools."
_TOO_OLD = re.compile(r"^smartctl [0-6]\.", re.MULTILINE)
_FAILING = 8
"""Bit 3 of smartctl's exit status."""
_NEWER = "Install smartmontools 7.0 or newer."


@api.provider("linux", seconds=75)
def smart_drives(ask: api.Ask, machine: api.Machine) -> api.Facts[Drive]:
    """Ask every drive that smartctl finds; each drive that the kernel knows and smartctl cannot read is a gap.

    A drive that sleeps takes up to 15 seconds to answer.
    """
    blocks = block_devices(ask)
    try:
        devices = _scanned(ask)
    except api.TimedOut:
        # One drive that hangs holds up the look for all. Asked by its name, it holds up only itself.
        names = dict.fromkeys(f"/dev/{block.controller}" for block in blocks if not block.excuse)
        devices = [Scanned(name=name, type="auto") for name in names if re.fullmatch(DEVICE, name, re.ASCII)]
    except api.Missing as error:
        why = api.ToolMissing("smartctl", _INSTALL) if isinstance(error, api.ToolMissing) else error
        yield from (_gap(block, why) for block in blocks)
        return
    reports = ask.many([_question(device) for device in devices])
    contents = drive_contents(ask)
    drives: list[tuple[Drive, str]] = []
    gaps: list[tuple[Scanned, api.Missing]] = []
    for device, answer in zip(devices, reports, strict=True):
        try:
            report = _report(answer, device, machine)
            drive = drive_of(report, device.label, f"-d {device.type} {device.name}", _held(device, contents))
            drives.append((drive, report.unit))
        except api.Missing as error:
            gaps.append((device, error))
    yield from _with_own_names(_once(drives))
    yield from _unread(blocks, devices, gaps, _volumes(ask, devices) if gaps else frozenset(), machine)


def _scanned(ask: api.Ask) -> list[Scanned]:
    answer = ask(_SCAN)
    if answer.error is None and _TOO_OLD.search(answer.body):
        raise api.Unreadable("smartctl is older than 7.0 and cannot answer in JSON", _NEWER)
    try:
        devices = Scan.model_validate(answer.json).devices
    except ValidationError as error:
        raise api.Unreadable(f"smartctl --scan-open: {error.errors()[0]['msg']}"[:300]) from error
    return list({(device.name, device.type): device for device in devices}.values())


def _question(device: Scanned) -> api.Command:
    return api.Command(("smartctl", "-a", "--json=c", "-d", device.type, device.name), timeout=25)


def _held(device: Scanned, contents: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What is mounted from a device. An NVMe drive's file systems hang on its namespaces (nvme0 -> nvme0n1)."""
    name = PurePosixPath(device.name).name
    places = {
        place
        for block, held in contents.items()
        if block == name or re.fullmatch(rf"{re.escape(name)}n[0-9]+", block)
        for place in held
    }
    return tuple(sorted(places)) if "," not in device.type else ()


def read_report(answer: Any) -> Report:
    """Raises ValidationError where a value makes no sense, unless the drive says that it is failing: that is not lost with it."""
    try:
        return Report.model_validate(answer)
    except ValidationError:
        if isinstance(answer, dict):
            bare = Report.model_validate({key: answer[key] for key in ("smartctl", "smart_status") if key in answer})
            if bare.smartctl.exit_status & _FAILING or bare.smart_status.passed is False:
                return bare.model_copy(update={key: _text(answer.get(key)) for key in ("model_name", "serial_number")})
        raise


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _report(answer: api.Answer, device: Scanned, machine: api.Machine) -> Report:
    """Raises Missing for an answer without anything that tells the drive's health."""
    try:
        report = read_report(answer.json)
    except ValidationError as error:
        raise api.Unreadable(f"smartctl -a {device.name}: {error.errors()[0]['msg']}"[:300]) from error
    # Some adapters without a health record call every drive well.
    well = report.smart_status.passed and report.smart_support.available
    said = well or report.smart_status.passed is False or report.smartctl.exit_status & _FAILING
    if said or report.attributes or report.nvme_smart_health_information_log:
        return report
    if not machine.admin:
        raise api.AccessDenied(report.said or device.open_error[:300])
    if not report.smart_support.enabled and report.smart_support.available:
        raise api.Unreadable("its self-monitoring is switched off", f"smartctl -s on -d {device.type} {device.name}")
    hidden = f"a RAID controller or USB adapter may hide the drive: try smartctl -a -d TYPE {device.name}"
    raise api.Unreadable(report.said or device.open_error[:300] or "it reports no health", hidden)


def _once(found: Sequence[tuple[Drive, str]]) -> list[tuple[Drive, str]]:
    """Each drive once, also where several ways lead to it: two cables, or past its controller. Where it is in use comes first.

    Ways that say something else of its health are all kept, so that no fault is left out.
    """
    kept: list[tuple[Drive, str]] = []
    for drive, unit in sorted(found, key=lambda each: not each[0].holds):
        if not (unit and any(unit == other and drive.health == known.health for known, other in kept)):
            kept.append((drive, unit))
    return [each for each in found if each in kept]


def _with_own_names(found: Sequence[tuple[Drive, str]]) -> Iterator[Drive]:
    """Cheap drives, and the halves of a drive with two actuators, share a serial number: tell them apart."""
    serials, units = [drive.serial for drive, _ in found], [unit for _, unit in found]
    for drive, unit in found:
        own = drive.serial and serials.count(drive.serial) == 1
        yield drive if own else drive.named_apart(unit if units.count(unit) == 1 else "")


def _volumes(ask: api.Ask, devices: Sequence[Scanned]) -> frozenset[str]:
    """Names of block devices on a controller whose drives smartctl reaches one by one ("/dev/bus/0 megaraid,3")."""
    hosts = {f"host{PurePosixPath(device.name).name}" for device in devices if device.name.startswith("/dev/bus/")}
    try:
        listed = ask(_HOSTS).json if hosts else []
    except api.Missing:
        return frozenset()
    parts = [path.split("/") for path in listed if isinstance(path, str)] if isinstance(listed, list) else []
    return frozenset(part[-1] for part in parts if len(part) > 4 and part[4] in hosts)


def _unread(
    blocks: Sequence[BlockDevice],
    devices: Sequence[Scanned],
    gaps: Sequence[tuple[Scanned, api.Missing]],
    volumes: frozenset[str],
    machine: api.Machine,
) -> Iterator[api.Gap]:
    by_name = {name: block for block in blocks for name in (block.name, block.controller)}
    for device, error in gaps:
        name = PurePosixPath(device.name).name
        block = by_name.get(name)
        if device.type == "scsi" and name in volumes:
            yield api.Gap(device.label, api.NotApplicable("a controller's volume; its drives are read one by one"))
        else:
            yield _gap(block, error) if block else api.Gap(device.label, error)
    scanned = {PurePosixPath(device.name).name for device in devices}
    unseen: api.Missing = (api.Unreadable if machine.admin else api.AccessDenied)("smartctl does not find it")
    yield from (_gap(block, unseen) for block in blocks if not {block.name, block.controller} & scanned)


def _gap(block: BlockDevice, error: api.Missing) -> api.Gap:
    subject = f"drive {block.serial}" if block.serial else f"/dev/{block.name}"
    return api.Gap(subject, api.NotApplicable(block.excuse) if block.excuse else error)
