"""A real group of two drives of the volume manager on loop devices. Only its records are made: that needs no device mapper."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lab.disks import DiskLab

SECONDS = 60


@dataclass(frozen=True)
class LvmLab:
    """`name` of the group, and the loop devices that it consists of."""

    name: str
    devices: tuple[str, ...]
    lab: DiskLab

    def lose(self) -> None:
        """Take the second drive away."""
        self.lab.detach(self.devices[1])


def _lvm(devices: tuple[str, ...], *argv: str) -> None:
    """Run one of its programs so that it sees these devices and nothing else of the machine."""
    seen = "".join(f'"a|^{device}$|",' for device in devices)
    settings = f'devices {{ filter=[{seen}"r|.*|"] use_devicesfile=0 }} backup {{ backup=0 archive=0 }}'
    command = (argv[0], "--config", settings, *argv[1:])
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"


@pytest.fixture
def lvm_lab(needs: Callable[..., str], disk_lab: DiskLab) -> LvmLab:
    """A group of two drives; needs root, loop devices and lvm2."""
    needs("vgcreate", "lvm2")
    devices = tuple(disk_lab.attach(disk_lab.image(name, 32)) for name in ("lvm-first", "lvm-second"))
    _lvm(devices, "pvcreate", "-q", "-y", *devices)
    # Another test process may have a group too: two of one name are none that lvm2 speaks of.
    name = f"itaudit_lab_{uuid.uuid4().hex}"
    _lvm(devices, "vgcreate", "-q", name, *devices)
    return LvmLab(name, devices, disk_lab)
