"""Pings while the line is at work, with rights and without."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from itaudit import api
from itaudit.evidence.live_load import watched
from itaudit.facts.loaded_line import parse_moments

# In a network of its own nobody may send pings there but root, who gives that up after everything is imported.
WITHOUT_RIGHTS = """
import json, os, socket, subprocess, time
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
from itaudit.evidence.live import Live
from itaudit.evidence.live_load import watched
from itaudit.evidence.questions_network import PathMtu
with watched("127.0.0.1", 1):
    time.sleep(0.3)
Live().ask(PathMtu("127.0.0.1"))
server = socket.create_server(("127.0.0.1", 0))
os.setgid(65534)
os.setuid(65534)
with watched("127.0.0.1", server.getsockname()[1]) as moments:
    time.sleep(0.5)
print(json.dumps({"moments": moments, "path": Live().ask(PathMtu("127.0.0.1")).problem}))
"""


def test_the_echoes_and_the_bytes_of_loopback_are_seen(needs_root: Callable[[], None]) -> None:
    needs_root()
    with watched("127.0.0.1", 1) as moments:
        time.sleep(0.5)
    assert len(moments) >= 2
    assert all(one[1] is not None and one[1] < 1000 for one in moments)
    assert moments[-1][2] > moments[0][2], "an echo of loopback moves the counters of loopback"


def test_without_the_right_to_ping_handshakes_are_timed(needs_root: Callable[[], None]) -> None:
    needs_root()
    argv = ["unshare", "-n", sys.executable, "-c", WITHOUT_RIGHTS]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert len(told["moments"]) >= 2
    assert all(one[1] is not None for one in told["moments"])
    assert told["path"] == "access_denied"


def test_without_a_host_and_with_one_that_has_no_address_nothing_is_watched() -> None:
    for host in ("", "no such host"):
        with watched(host, 443) as moments:
            time.sleep(0.05)
        assert moments == []


def test_a_host_that_does_not_answer_gives_moments_without_a_time() -> None:
    # Nobody has this address (RFC 5737), and in a network of its own nothing leads there.
    script = (
        "import json, time\nfrom itaudit.evidence.live_load import watched\n"
        "with watched('192.0.2.1', 443) as moments:\n    time.sleep(0.4)\nprint(json.dumps({'moments': moments}))"
    )
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    found = parse_moments(api.Answer(body=done.stdout))
    assert found
    assert all(one[1] is None for one in found)
