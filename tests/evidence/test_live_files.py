"""A mount that nobody answers for: a real FUSE file system without its program, in a mount namespace of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_ASK_A_DEAD_MOUNT = """
import ctypes, json, os, sys
from itaudit.evidence.live import Live
from itaudit.evidence.questions_machine import FileStatus, FileSystemUsage

place = sys.argv[1]
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"nobody", os.fsencode(place), b"fuse", 0, options):
    sys.exit(os.strerror(ctypes.get_errno()))
questions = [FileSystemUsage(place, timeout=0.5), FileStatus(place + "/file", timeout=0.5), FileSystemUsage("/", timeout=5)]
print(json.dumps([Live().ask(question).problem for question in questions]))
"""


def test_a_mount_that_never_answers_is_given_up_and_does_not_keep_us_from_ending(
    needs: Callable[..., str], needs_root: Callable[[], None], tmp_path: Path
) -> None:
    needs_root()
    unshare = needs("unshare", "util-linux")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("this machine has no FUSE")
    argv = (unshare, "--mount", sys.executable, "-c", _ASK_A_DEAD_MOUNT, str(tmp_path))
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["timed_out", "timed_out", ""]
