"""A line of 20 Mbit/s with a queue in front of it, on the loopback of a network namespace of its own (tbf), and a speed test."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from lab._running import IN_A_NETWORK_OF_ITS_OWN, run

SCRIPT = str(Path(__file__).with_name("_inside_busy_line.py"))


@pytest.fixture
def busy_line(needs: Callable[..., str], needs_root: Callable[[], None]) -> Callable[[int], dict[str, Any]]:
    """`busy_line(400)` is what the checks say of a line whose queue holds packets for up to 400 ms, see _inside_busy_line.py."""
    for program, package in (("iperf3", "iperf3"), ("tc", "iproute2"), ("unshare", "util-linux")):
        needs(program, package)
    if subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        needs_root()

    def measured(queue_ms: int) -> dict[str, Any]:
        return cast(dict[str, Any], json.loads(run(*IN_A_NETWORK_OF_ITS_OWN, SCRIPT, str(queue_ms))))

    return measured
