"""Pings while the line is at work, with rights and without."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from itaudit import api
from itaudit.evidence.live_load import watched
from itaudit.facts.loaded_line import parse_moments

PATIENCE_SECONDS = 60
# In a network of its own nobody may send pings there but root, who gives that up after everything is imported.
WITHOUT_RIGHTS = """
import json, os, socket, subprocess, time
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
from itaudit.evidence.live import Live
from itaudit.evidence.live_load import watched
from itaudit.evidence.questions_network import PathMtu
def answered(moments):
    # Two echoes that came back; a machine that stops for a moment loses some.
    end = time.monotonic() + 25
    while len(found := [one for one in list(moments) if one[1] is not None]) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    return found
with watched("127.0.0.1", 1) as moments:
    answered(moments)
Live().ask(PathMtu("127.0.0.1"))
server = socket.create_server(("127.0.0.1", 0))
os.setgid(65534)
os.setuid(65534)
with watched("127.0.0.1", server.getsockname()[1]) as moments:
    answered(moments)
print(json.dumps({"moments": moments, "path": Live().ask(PathMtu("127.0.0.1")).problem}))
"""


def answered(moments: Sequence[Any]) -> list[Any]:
    """Those with a time; a machine that stops for a moment loses an echo, and that is no fault."""
    return [one for one in list(moments) if one[1] is not None]


def test_the_echoes_and_the_bytes_of_loopback_are_seen(needs_root: Callable[[], None]) -> None:
    needs_root()
    with watched("127.0.0.1", 1) as moments:
        end = time.monotonic() + PATIENCE_SECONDS
        while len(answered(moments)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
    first, *_, last = answered(moments)
    assert last[2] > first[2], "an echo of loopback moves the counters of loopback"


def test_without_the_right_to_ping_handshakes_are_timed(needs_root: Callable[[], None]) -> None:
    needs_root()
    argv = ["unshare", "-n", sys.executable, "-c", WITHOUT_RIGHTS]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert len(answered(told["moments"])) >= 2
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
        "with watched('192.0.2.1', 443) as moments:\n"
        "    end = time.monotonic() + 40\n    while len(moments) < 2 and time.monotonic() < end:\n        time.sleep(0.05)\n"
        "print(json.dumps({'moments': moments}))"
    )
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    found = parse_moments(api.Answer(body=done.stdout))
    assert found
    assert all(one[1] is None for one in found)
