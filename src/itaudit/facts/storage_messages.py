"""Reads one message of the Linux kernel: which device does it blame, and for what?

Sources: the messages as the kernel's block/blk-core.c, fs/buffer.c, drivers/scsi, drivers/ata/libata-eh.c, drivers/nvme/host,
drivers/md, fs/ext4, fs/jbd2, fs/xfs and fs/btrfs print them. They are no stable interface: what no pattern knows is not counted.
"""

from __future__ import annotations

import re
from enum import Enum

_NAME = r"(?P<device>[a-z][\w!-]{0,31})"
_STATE = r"(?: state \w{1,16})?"
"""btrfs adds letters to the device's name once it is in trouble: "(device sda1 state EA)"."""


class Blame(Enum):
    """LOST: something stored could not be read back, or a file system found itself damaged. FAILED: a request failed."""

    LOST = "lost"
    FAILED = "failed"


_LOST = (
    rf"medium error, dev {_NAME},",
    rf"\[{_NAME}\](?: tag#\d+)? Sense Key : (?:Medium Error|Hardware Error)\b",
    rf"EXT[234]-fs error \(device {_NAME}\)",
    rf"EXT[234]-fs \({_NAME}\): Remounting filesystem read-only",
    rf"XFS \({_NAME}\): .{{0,80}}(?:[Cc]orruption|metadata I/O error|log I/O error|[Ff]ilesystem has been shut ?down)",
    r"BTRFS (?:error|warning) \([^)]{0,60}\): .{0,200} on dev(?:ice)? (?:/dev/)?(?P<device>[a-z][\w!]{0,31})\b",
    rf"BTRFS error \([^)]{{0,60}}\): bdev /dev/{_NAME} errs: ",
    rf"BTRFS critical \(device {_NAME}{_STATE}\)",
    rf"BTRFS error \(device {_NAME}{_STATE}\): .{{0,80}}"
    r"(?:checksum|csum|corrupt|parent transid|bad tree block|read error|IO failure|lost page write|forced readonly)",
    rf"BTRFS warning \(device {_NAME}{_STATE}\): (?:csum failed|checksum (?:error|verify failed))",
    rf"md/\S{{1,40}}: Disk failure on {_NAME}, disabling device",
    rf"JBD2: .{{0,80}}I/O error.{{0,80}} on {_NAME}",
)
_FAILED = (
    # Requests that only advise the drive (3 discard, 5 secure erase, 9 write zeroes) fail on drives that do not know them.
    rf"(?:I/O|device offline|timeout|transport) error, dev {_NAME}, sector \d+(?! op 0x[359]:)\b",
    rf"Buffer I/O error on dev(?:ice)? {_NAME}, logical block",
    r"^(?P<device>ata\d{1,5})(?:\.\d{1,3})?: failed command:",
    rf"^nvme {_NAME}: (?:I/O (?:tag )?\d+ .{{0,80}}timeout|controller is down)",
    rf"\[{_NAME}\] .{{0,40}}Device offlined",
)
_PATTERNS = [(re.compile(text), blame) for blame, texts in ((Blame.LOST, _LOST), (Blame.FAILED, _FAILED)) for text in texts]
_PARTITION = re.compile(r"((?:nvme\d+(?:c\d+)?n|mmcblk|md|loop|nbd|zd)\d+)p\d+|((?:[shv]|xv)d[a-z]+)\d+")
_LONGEST = 1000


def blamed(message: str) -> tuple[str, Blame] | None:
    """The device as the message names it ("sda1", "ata3", "nvme0"), and what for; None for other messages."""
    for pattern, blame in _PATTERNS:
        if match := pattern.search(message[:_LONGEST]):
            return match["device"], blame
    return None


def whole(device: str) -> str:
    """The drive that a partition or a journal lies on: "sda1", "sda1-8" -> "sda"; "nvme0n1p2" -> "nvme0n1"; "dm-0" stays.

    Of an NVMe drive that can be reached in several ways, a message names the way: "nvme0c1n1" -> "nvme0n1".
    """
    device = re.sub(r"^(nvme\d+)c\d+(n\d+)", r"\1\2", device)
    if not re.fullmatch(r"dm-\d+", device):
        device = re.sub(r"-\d+$", "", device)
    match = _PARTITION.fullmatch(device)
    return next(group for group in match.groups() if group) if match else device
