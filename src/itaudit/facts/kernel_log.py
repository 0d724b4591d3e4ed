"""What the kernel has logged about each drive in the last week. Sources: journalctl(1), systemd.journal-fields(7), dmesg(1)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itaudit import api
from itaudit.facts.block_devices import BlockDevice, block_devices
from itaudit.facts.storage_messages import Blame, blamed, whole

DAYS = 7
_JOURNAL = ("journalctl", "--no-pager", "-o", "json", "--output-fields=MESSAGE", "_TRANSPORT=kernel")
STORAGE = api.Command((*_JOURNAL, "-p", "4", f"--since=-{DAYS}d", "-n", "5000"))
ANYTHING = api.Command((*_JOURNAL, "-n", "1"))
RING = api.Command(("dmesg", "--json", "--level", "emerg,alert,crit,err,warn"))
BOOT = api.Psutil("boot_time")
DEVICES = api.Glob("/sys/block/*")
DRIVES = api.Glob("/sys/block/*/device")
IMAGES = api.Glob("/sys/block/loop*/loop/backing_file")
SLAVES = api.Glob("/sys/block/*/slaves/*")
"""What a volume, an encrypted part or a set of drives lies on: /sys/block/dm-0/slaves/sda3."""
PORTS = api.Glob("/sys/class/ata_port/ata*/device/host*/target*/*/block/*")
_MOST_LAYERS = 16
_NO_STORE = re.compile(r"(?:sr|fd|ram|zram|nbd)[0-9]+")
"""Discs that are scratched or empty, and memory: their errors say nothing of where data is kept."""
_NO_DRIVE = re.compile(r"(?:loop|dm-|zd)[0-9]+")
"""An image, a volume, an encrypted part: it comes and goes by a command. That it went is not that a drive did: each drive below
is told of by itself. While it is there, its errors are told too."""


@dataclass(frozen=True, slots=True)
class StorageErrors:
    """Messages about one drive in the last DAYS days. lost: of damage; failed: of requests that failed. newest: the last one.

    name: how sentences call it, by all that a person can find it by. present: False when the kernel no longer has it: a stick
    that was pulled out, or a drive that gave up; never for what is no drive. current: False when all messages are older than the
    last start of the machine: a drive that was replaced since may have left them, for the new one has its device name.
    """

    device: str
    name: str
    lost: int = 0
    failed: int = 0
    newest: str = ""
    present: bool = True
    current: bool = True

    @property
    def subject(self) -> str:
        return self.device


@api.provider("linux", seconds=30)
def storage_errors(ask: api.Ask, machine: api.Machine) -> api.Facts[StorageErrors]:
    """Every drive, with or without messages, and every other device that a message blames."""
    messages = _journal(ask, machine)
    if messages is None:
        messages = _ring(ask, machine)
    devices, drives, images, ports = (_paths(answer) for answer in ask.many([DEVICES, DRIVES, IMAGES, PORTS]))
    # Loop devices are always there; only with an image behind them is there anything to lose.
    known = {path[3] for path in devices if len(path) > 3 and not path[3].startswith("loop")}
    known |= {path[3] for path in images if len(path) > 3}
    by_port = {path[4]: path[-1] for path in ports if len(path) > 4}
    below = _only_one_below(ask)
    counts: Counter[tuple[str, Blame]] = Counter()
    newest: dict[str, str] = {}
    current: set[str] = set()
    for message, is_current in messages:
        if found := blamed(message):
            device = _resolved(found[0], known, by_port, below)
            counts[device, found[1]] += 1
            newest[device] = _shown(message)
            current |= {device} if is_current else set()
    named = newest.keys() | {whole(path[3]) for path in drives if len(path) > 3}
    blocks = {block.name: block for block in _blocks(ask)}
    gone = {name for name in named - known if _NO_DRIVE.fullmatch(name)}
    for device in sorted(name for name in named - gone if not _NO_STORE.fullmatch(name)):
        lost, failed = (counts[device, blame] for blame in (Blame.LOST, Blame.FAILED))
        name = _name(device, blocks.get(device))
        old = device in newest and device not in current
        yield StorageErrors(device, name, lost, failed, newest.get(device, ""), device in known, not old)


def _paths(answer: api.Answer) -> list[list[str]]:
    """["/sys/block/sda"] -> [["", "sys", "block", "sda"]]."""
    paths = answer.json
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise api.Unreadable("the list of devices is no list of paths")
    return [path.split("/") for path in paths]


def _blocks(ask: api.Ask) -> list[BlockDevice]:
    """They only give a drive its name: not to know it is no reason to keep quiet about errors."""
    try:
        return block_devices(ask)
    except api.Missing:
        return []


def _name(device: str, block: BlockDevice | None) -> str:
    if block is None or not block.model:
        return device
    serial = f"serial number {block.serial}, " if block.serial else ""
    return f"the drive {block.model} ({serial}{device})"


def _only_one_below(ask: api.Ask) -> Mapping[str, str]:
    """From what lies on one drive alone to that drive or part: an error of both is the same fault, told once."""
    below: dict[str, list[str]] = {}
    try:
        for path in _paths(ask(SLAVES)):
            if len(path) > 5:
                below.setdefault(path[3], []).append(path[5])
    except api.Missing:
        return {}
    return {upper: whole(lowers[0]) for upper, lowers in below.items() if len(lowers) == 1}


def _resolved(name: str, known: set[str], ports: Mapping[str, str], below: Mapping[str, str]) -> str:
    """From a partition, a volume, a port ("ata3") or a controller ("nvme0") to the drive; what leads to none keeps its name."""
    device = ports.get(name) or whole(name)
    for _ in range(_MOST_LAYERS):
        device = below.get(device, device)
    if re.fullmatch(r"nvme[0-9]+", device):
        return min((each for each in known if each.startswith(f"{device}n")), default=device)
    return device


def _journal(ask: api.Ask, machine: api.Machine) -> list[tuple[str, bool]] | None:
    """Each message, and whether it is of the present start of the machine; journalctl(1) always tells which start.

    None where the journal keeps nothing of the kernel: without the service, or in a container.
    """
    anything = ask(ANYTHING)
    newest = [] if isinstance(anything.error, api.ToolMissing) else _lines(anything, machine)
    if not newest:
        return None
    start = newest[-1].get("_BOOT_ID")
    return [(_text(entry.get("MESSAGE")), entry.get("_BOOT_ID") == start) for entry in _lines(ask(STORAGE), machine)]


def _lines(answer: api.Answer, machine: api.Machine) -> list[Mapping[str, Any]]:
    # Without the right group journalctl shows an empty list, ends well, and says so only in a hint.
    if answer.error is None and not machine.admin and "not seeing messages" in answer.errors:
        raise api.AccessDenied("the journal of the system")
    lines = [line for line in _allowed(answer, machine).split("\n") if line.strip() and not line.startswith("-- ")]
    return [_entry(line) for line in lines]


def _entry(line: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise api.Unreadable(f"a line of the journal is not JSON: {line[:80]!r}") from error
    if not isinstance(entry, dict):
        raise api.Unreadable(f"a line of the journal is no object: {line[:80]!r}")
    return entry


def _ring(ask: api.Ask, machine: api.Machine) -> list[tuple[str, bool]]:
    """The kernel's own buffer: since the start of the machine, as far back as it reaches. Its times count from that start."""
    answer, boot = ask.many([RING, BOOT])
    _allowed(answer, machine)
    log, started = answer.json, boot.json
    entries = log.get("dmesg") if isinstance(log, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not _number(started):
        raise api.Unreadable("dmesg --json: not as dmesg(1) says")
    oldest = machine.now.timestamp() - started - DAYS * 86400
    return [(_text(entry.get("msg")), True) for entry in entries if _number(entry.get("time")) and entry["time"] >= oldest]


def _allowed(answer: api.Answer, machine: api.Machine) -> str:
    refused = "not permitted" in answer.errors or "ermission" in answer.errors
    if answer.error is None and answer.exit_code and (refused or not machine.admin):
        raise api.AccessDenied(answer.errors.strip()[:200])
    return answer.checked_text


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> str:
    """The journal writes a message that is not text as a list of its bytes, and one that is too long as null."""
    if isinstance(value, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        return bytes(value).decode(errors="replace")
    return value if isinstance(value, str) else ""


def _shown(message: str) -> str:
    return "".join(c if c.isprintable() else " " for c in message[:300])
