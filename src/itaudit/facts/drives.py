"""The drives and what they record of their own health (SMART), asked through smartctl."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from pydantic import ValidationError

from itaudit import api
from itaudit.facts.block_devices import BlockDevice, block_devices
from itaudit.facts.drive import Drive, drive_of
from itaudit.facts.drive_contents import drive_contents
from itaudit.facts.smartctl import Report, Scan, Scanned

_SCAN = api.Command(("smartctl", "--scan-open", "--json=c"), timeout=15)
_INSTALL = "Install smartmontools."
_TOO_OLD = re.compile(r"^smartctl [0-6]\.", re.MULTILINE)
_NEWER = "Install smartmontools 7.0 or newer."


@api.provider("linux", seconds=60)
def smart_drives(ask: api.Ask, machine: api.Machine) -> api.Facts[Drive]:
    """Ask every drive that smartctl finds; each drive that the kernel knows and smartctl cannot read is a gap.

    A drive that sleeps takes up to 15 seconds to answer.
    """
    blocks = block_devices(ask)
    try:
        devices = _scanned(ask)
    except api.Missing as error:
        why = api.ToolMissing("smartctl", _INSTALL) if isinstance(error, api.ToolMissing) else error
        yield from (_gap(block, why) for block in blocks)
        return
    reports = ask.many([_question(device) for device in devices])
    contents = drive_contents(ask)
    drives: list[Drive] = []
    gaps: list[tuple[Scanned, api.Missing]] = []
    for device, answer in zip(devices, reports, strict=True):
        try:
            report = _report(answer, device, machine)
            drives.append(drive_of(report, device.label, f"-d {device.type} {device.name}", _held(device, contents)))
        except api.Missing as error:
            gaps.append((device, error))
    yield from _with_own_names(drives)
    yield from _unread(blocks, devices, gaps, machine)


def _scanned(ask: api.Ask) -> list[Scanned]:
    answer = ask(_SCAN)
    if answer.error is None and _TOO_OLD.search(answer.body):
        raise api.Unreadable("smartctl is older than 7.0 and cannot answer in JSON", _NEWER)
    try:
        return Scan.model_validate(answer.json).devices
    except ValidationError as error:
        raise api.Unreadable(f"smartctl --scan-open: {error.errors()[0]['msg']}"[:300]) from error


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


def _report(answer: api.Answer, device: Scanned, machine: api.Machine) -> Report:
    """Raises Missing for an answer without anything that tells the drive's health."""
    try:
        report = Report.model_validate(answer.json)
    except ValidationError as error:
        raise api.Unreadable(f"smartctl -a {device.name}: {error.errors()[0]['msg']}"[:300]) from error
    said = report.smart_status.passed is not None or report.smartctl.exit_status & 8
    if said or report.attributes or report.nvme_smart_health_information_log:
        return report
    if not machine.admin:
        raise api.AccessDenied(report.said or device.open_error[:300])
    if not report.smart_support.enabled and report.smart_support.available:
        raise api.Unreadable("its self-monitoring is switched off", f"smartctl -s on -d {device.type} {device.name}")
    hidden = f"a RAID controller or USB adapter may hide the drive: try smartctl -a -d TYPE {device.name}"
    raise api.Unreadable(report.said or device.open_error[:300] or "it reports no health", hidden)


def _with_own_names(drives: Sequence[Drive]) -> Iterator[Drive]:
    """Paths to one drive, and the halves of a drive with two actuators, share a serial number: tell them apart by device."""
    serials = [drive.serial for drive in drives]
    for drive in drives:
        yield drive if drive.serial and serials.count(drive.serial) == 1 else drive.named_by_device()


def _unread(
    blocks: Sequence[BlockDevice], devices: Sequence[Scanned], gaps: Sequence[tuple[Scanned, api.Missing]], machine: api.Machine
) -> Iterator[api.Gap]:
    by_name = {name: block for block in blocks for name in (block.name, block.controller)}
    read_one_by_one = any("," in device.type for device in devices) and not any("," in device.type for device, _ in gaps)
    for device, error in gaps:
        block = by_name.get(PurePosixPath(device.name).name)
        if device.type == "scsi" and read_one_by_one:
            # smartctl reached the drives behind the controller ("megaraid,0"): what is left is the volume made of them.
            yield api.Gap(device.label, api.NotApplicable("a controller's volume; its drives are read one by one"))
        else:
            yield _gap(block, error) if block else api.Gap(device.label, error)
    scanned = {PurePosixPath(device.name).name for device in devices}
    unseen: api.Missing = (api.Unreadable if machine.admin else api.AccessDenied)("smartctl does not find it")
    yield from (_gap(block, unseen) for block in blocks if not {block.name, block.controller} & scanned)


def _gap(block: BlockDevice, error: api.Missing) -> api.Gap:
    subject = f"drive {block.serial}" if block.serial else f"/dev/{block.name}"
    return api.Gap(subject, api.NotApplicable(block.excuse) if block.excuse else error)
