"""Running the programs that build a lab."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = str(Path(__file__).parent.parent)
_PATH = os.pathsep.join(filter(None, (TESTS, os.environ.get("PYTHONPATH"))))
IN_A_NETWORK_OF_ITS_OWN = ("unshare", "-rn", "env", f"PYTHONPATH={_PATH}", sys.executable)
"""Runs a script of the labs in user and network namespaces of its own: root there, and nothing leaves it."""


def run(*argv: str) -> str:
    """Run a program, bounded; fail with what it printed."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout
