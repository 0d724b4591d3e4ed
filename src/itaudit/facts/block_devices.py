"""Which drives the machine has, told by the kernel without asking the drives, and which of them cannot have a health record.

Source: the kernel's Documentation/ABI/stable/sysfs-block and testing/sysfs-devices-*; all is readable without root.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from itaudit import api
from itaudit.facts.virtual import CONTAINER_MARKS

_NO_DRIVE = re.compile(r"(?:sr|fd|loop|ram|zram|dm-|md|nbd|rbd|zd|mtdblock|nvme[0-9]+c[0-9]+n)[0-9]+")
"""The last are hidden: one of several ways to an NVMe drive, which has a name of its own (nvme0c1n1 -> nvme0n1). mtdblock is the
chip on the mainboard that holds its firmware."""
_FILES = ("device/vendor", "device/model", "device/modalias", "device/serial", "device/vpd_pg80", "removable")
_VIRTUAL = re.compile(
    r"virtio:|xen:|qemu|vmware|vbox|virtual disk|msft|microsoft nvme direct|amazon elastic block|oracle blockvolume"
    r"|google (?:persistent|ephemeral)|nvme_card-pd"
)
_REMOTE = re.compile(r"lio-org |iet virtual-disk|(?:synology|qnap|freenas|truenas) (?:iscsi|storage)|netapp lun")
_OUTSIDE = "drive of the machine that this virtual system runs on; its health belongs there"
_LONGEST = 60
_HOST = "virtual disk; its health belongs to the host"
_ELSEWHERE = "disk on the network; its health belongs to the machine that offers it"


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """One drive as the kernel names it ("sda", "nvme0n1"). `excuse`: why it provably has no health record here, else ""."""

    name: str
    serial: str
    excuse: str
    model: str = ""

    @property
    def controller(self) -> str:
        """The name under which smartctl asks: that of an NVMe drive without its namespace (nvme0n1 -> nvme0)."""
        return re.sub(r"^(nvme[0-9]+)n[0-9]+$", r"\1", self.name)


def block_devices(ask: api.Ask) -> list[BlockDevice]:
    """Return the drives of this machine. Raises Missing when the kernel does not say."""
    everything, drives = (answer.json for answer in ask.many([api.Glob("/sys/block/*"), api.Glob("/sys/block/*/device")]))
    if not everything:
        # Even a machine without drives has loop or memory devices: here /sys is hidden, which proves nothing.
        raise api.Unreadable("/sys/block shows no device at all")
    if not isinstance(drives, list) or not all(isinstance(path, str) for path in drives):
        raise api.Unreadable("the list of block devices is no list of paths")
    names = [PurePosixPath(path).parent.name for path in drives]
    names = [name for name in names if not _NO_DRIVE.fullmatch(name)]
    # "device" is a link to another place, so "device/../removable" would not be there.
    answers = ask.many([api.ReadFile(f"/sys/block/{name}/{file}") for name in names for file in _FILES])
    texts = [answer.body if answer.error is None else "" for answer in answers]
    outside = _outside(ask, names)
    return [
        _device(name, dict(zip(_FILES, texts[start : start + len(_FILES)], strict=True)), name in outside)
        for start, name in zip(range(0, len(texts), len(_FILES)), names, strict=True)
    ]


def _outside(ask: api.Ask, names: Sequence[str]) -> frozenset[str]:
    """The drives that a container sees, and cannot reach."""
    marks = ask.many(list(CONTAINER_MARKS.values()))
    if not any(mark.error is None and mark.body.strip() not in ("", "[]") for mark in marks):
        return frozenset()
    # In /sys "!" stands for "/".
    nodes = ask.many([api.Glob(f"/dev/{name.replace('!', '/')}") for name in names])
    return frozenset(name for name, node in zip(names, nodes, strict=True) if node.error is None and node.body.strip() == "[]")


def _device(name: str, files: Mapping[str, str], outside: bool) -> BlockDevice:
    # Vital product data page 80h (SPC-4, 7.8.15): four bytes of header, then the serial number.
    serial = files["device/serial"] or files["device/vpd_pg80"][4:]
    return BlockDevice(
        name, _plain(serial), _OUTSIDE if outside else _excuse(name, files), _plain(files["device/model"])[:_LONGEST]
    )


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isprintable()).strip()


def _excuse(name: str, files: Mapping[str, str]) -> str:
    # The kernel fills vendor and model up with spaces.
    described = " ".join(" ".join(files[f"device/{file}"] for file in ("vendor", "model", "modalias")).lower().split())
    if _VIRTUAL.search(described):
        return _HOST
    if _REMOTE.match(described):
        return _ELSEWHERE
    if name.startswith("mmcblk"):
        return "memory card; it keeps no health record"
    # A SATA drive in a bay for changing while the machine runs is called removable too (drivers/ata/libata-scsi.c).
    removable = files["removable"].strip() == "1" and files["device/vendor"].strip() != "ATA"
    return "removable stick or card; it keeps no health record" if removable else ""
