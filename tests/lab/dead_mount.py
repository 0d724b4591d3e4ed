"""A file system in a program that never answers, like a dead NFS server: as a private mount, seen by one process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_MOUNT = """
import ctypes, json, os, sys
from pathlib import Path

dead = Path(sys.argv[1])
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
if ctypes.CDLL(None, use_errno=True).mount(b"nobody", os.fsencode(dead), b"fuse", 0, options):
    sys.exit(os.strerror(ctypes.get_errno()))
"""


@pytest.fixture
def beside_a_dead_mount(needs: Callable[..., str], needs_root: Callable[[], None], tmp_path: Path) -> Callable[[str], Any]:
    """Runs lines of Python that know the path `dead`, in `tmp_path`, and returns the JSON that they print."""
    needs_root()
    unshare = needs("unshare", "util-linux")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("this machine has no FUSE")
    dead = tmp_path / "dead"
    dead.mkdir()

    def run(script: str) -> Any:
        argv = (unshare, "--mount", sys.executable, "-c", _MOUNT + script, str(dead))
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
