"""Which drives the machine has, told by the kernel without asking the drives, and which of them cannot have a health record.

Source: the kernel's Documentation/ABI/stable/sysfs-block and testing/sysfs-devices-*; all is readable without root.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from itaudit import api

_NO_DRIVE = re.compile(r"(?:sr|fd|loop|ram|zram|dm-|md|nbd|rbd|zd)[0-9]+")
_FILES = ("device/vendor", "device/model", "device/modalias", "device/serial", "device/vpd_pg80", "removable")
_VIRTUAL = re.compile(r"virtio:|xen:|qemu|vmware|vbox|virtual disk|msft|amazon elastic block|google persistent|nvme_card-pd")
_HOST = "virtual disk; its health belongs to the host"


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """One drive as the kernel names it ("sda", "nvme0n1"). `excuse`: why it provably has no health record here, else ""."""

    name: str
    serial: str
    excuse: str

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
    return [
        _device(name, dict(zip(_FILES, texts[start : start + len(_FILES)], strict=True)))
        for start, name in zip(range(0, len(texts), len(_FILES)), names, strict=True)
    ]


def _device(name: str, files: Mapping[str, str]) -> BlockDevice:
    # Vital product data page 80h (SPC-4, 7.8.15): four bytes of header, then the serial number.
    serial = files["device/serial"] or files["device/vpd_pg80"][4:]
    return BlockDevice(name, "".join(c for c in serial if c.isascii() and c.isprintable()).strip(), _excuse(name, files))


def _excuse(name: str, files: Mapping[str, str]) -> str:
    described = " ".join(files[f"device/{file}"] for file in ("vendor", "model", "modalias")).lower()
    if _VIRTUAL.search(described):
        return _HOST
    if name.startswith("mmcblk"):
        return "memory card; it keeps no health record"
    return "removable stick or card; it keeps no health record" if files["removable"].strip() == "1" else ""
