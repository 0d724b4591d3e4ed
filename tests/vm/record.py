"""The slow lane: a real machine with real trouble, in QEMU. It records what itaudit saw, then judges that as the fast lane does.

    make test-vm                       boots the machine and judges its fresh recordings, in build/vm/bundles
    cp build/vm/bundles/* tests/bundles/      keeps them for the fast lane

Needs root, QEMU, debootstrap and e2fsprogs; where one is missing it says so and ends well. It emulates the processor, which
takes some five minutes; ACCELERATOR=kvm is faster where that works.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "build" / "vm"
BUNDLES = FOLDER / "bundles"
JUDGED_BY = PROJECT / "tests" / "evidence" / "test_recorded_machine.py"
SECONDS = 2400
ACCELERATOR = os.environ.get("ACCELERATOR", "tcg")
PROGRAMS = {"qemu-system-x86_64": "qemu-system-x86", "debootstrap": "debootstrap", "mke2fs": "e2fsprogs"}
MEGABYTES = {"left": 128, "right": 128, "weak": 128, "nvme": 64, "room": 128, "archive": 512, "stick": 64}
UNREADABLE_SECTOR = 100_000


def missing() -> str:
    """Why the lane cannot run here; "" when it can."""
    lacking = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if lacking:
        return f"Debian packages {' '.join(lacking)} are not installed"
    return "" if os.geteuid() == 0 else "debootstrap needs root"


def drives() -> Iterator[str]:
    """Three ATA drives, of which one has a sector that cannot be read, an NVMe drive, two SCSI drives and a USB stick."""
    for name, megabytes in MEGABYTES.items():
        with (FOLDER / f"{name}.img").open("wb") as file:
            file.truncate(megabytes * 2**20)
    yield from ("-device", "ahci,id=ahci", "-device", "virtio-scsi-pci", "-device", "qemu-xhci")
    devices = {
        "left": "ide-hd,bus=ahci.0,model=LAB HDD",
        "right": "ide-hd,bus=ahci.1,model=LAB HDD",
        "weak": "ide-hd,bus=ahci.2,model=LAB HDD",
        "nvme": "nvme,id=nvme",
        "room": "scsi-hd,vendor=LAB,product=SAS",
        "archive": "scsi-hd",
        "stick": "usb-storage,id=stick,removable=on",
    }
    for name, device in devices.items():
        image: dict[str, object] = {"driver": "file", "filename": str(FOLDER / f"{name}.img")}
        if name == "weak":
            fault = {"event": "none", "iotype": "read", "sector": UNREADABLE_SECTOR, "once": False}
            image = {"driver": "blkdebug", "image": image, "inject-error": [fault]}
        yield from ("-blockdev", json.dumps({"driver": "raw", "node-name": name, "file": image}))
        yield from ("-device", f"{device},drive={name},serial={name.upper()}1")


def command() -> list[str]:
    # The clock is set, so that recordings do not differ by it.
    return [
        *("nice", "qemu-system-x86_64", "-accel", ACCELERATOR, "-m", "1024", "-rtc", "base=2026-11-23T09:00:00"),
        *("-display", "none", "-no-reboot", "-nic", "none", "-qmp", f"unix:{FOLDER / 'qmp'},server=on,wait=off"),
        *("-serial", f"file:{FOLDER / 'console.log'}", "-serial", "stdio"),
        *("-kernel", str(FOLDER / "vmlinuz"), "-initrd", str(FOLDER / "initrd.img")),
        *("-append", "root=/dev/vda rw console=ttyS0 quiet panic=-1 modprobe.blacklist=virtio_scsi,usb_storage,uas"),
        *("-drive", f"file={FOLDER / 'root.img'},if=virtio,format=raw,snapshot=on"),
        *drives(),
    ]


class Monitor:
    """QEMU's own control line (QEMU Machine Protocol)."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(30)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rw")
        self._lines.readline()  # its greeting
        self.do('{"execute": "qmp_capabilities"}')

    def do(self, command: str) -> None:
        """Raises SystemExit when QEMU refuses."""
        self._lines.write(command + "\n")
        self._lines.flush()
        while "return" not in (answer := json.loads(self._lines.readline())):  # events come in between
            if "error" in answer:
                sys.exit(f"QEMU refuses {command}: {answer['error']}")


def converse(lines: Iterable[str]) -> list[Path]:
    """Do what the guest asks for, until it is done; returns the bundles it sent. Raises SystemExit when it is not well."""
    monitor, kept = None, []
    waiting = iter(lines)
    for line in waiting:
        word, _, rest = line.strip().partition(" ")
        if word == "qmp":
            monitor = monitor or Monitor(FOLDER / "qmp")
            monitor.do(rest)
        elif word == "bundle":
            path = BUNDLES / f"{Path(rest).name}.jsonl.gz"
            path.write_bytes(base64.b64decode("".join(takewhile(lambda each: each.strip() != "end", waiting))))
            print(f"recorded {path.name}", flush=True)
            kept.append(path)
        elif word == "failed":
            sys.exit(f"The test machine failed {rest}; see {FOLDER / 'console.log'}")
        elif word == "done":
            return kept
    sys.exit(f"The test machine ended early or took more than {SECONDS} s; see {FOLDER / 'console.log'}")


def main() -> int:
    if why := missing():
        print(f"test-vm is skipped: {why}")
        return 0
    if subprocess.run(["sh", str(Path(__file__).parent / "image.sh"), str(FOLDER)], check=False).returncode:
        sys.exit("The disk of the test machine could not be made: see above.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that the machine is ended too
    shutil.rmtree(BUNDLES, ignore_errors=True)
    BUNDLES.mkdir()
    with subprocess.Popen(command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace") as machine:
        end = threading.Timer(SECONDS, machine.kill)
        end.start()
        try:
            assert machine.stdout is not None
            converse(machine.stdout)
        finally:
            end.cancel()
            machine.kill()
    os.environ["ITAUDIT_BUNDLES"] = str(BUNDLES)
    return pytest.main(["-n0", str(JUDGED_BY)])


if __name__ == "__main__":
    sys.exit(main())
