"""Run inside a network namespace: shape the loopback, run a speed test over it, print the verdicts and figures as JSON.

Argument: how long the queue holds a packet back at most, in ms.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from itaudit import api
from itaudit.checks.connectivity import bufferbloat, speed
from itaudit.evidence.bundle import Bundle, Recorder
from itaudit.evidence.live import Live
from itaudit.evidence.questions import Source
from itaudit.facts.internet import Internet, Target
from itaudit.facts.internet_speed import LineSpeed, line_speed
from itaudit.facts.loaded_line import LoadedLine, loaded_line
from lab._running import run
from lab.iperf3 import start_iperf3

STANDSTILL_SECONDS = 0.25
ENOUGH_SECONDS = 50


def judged(port: int) -> dict[str, object]:
    """{"bufferbloat", "speed": statuses, "rest_ms", "busy_ms", "per_minute", "down_mbps", "up_mbps", "asked": speed
    tests, "replayed": the recording gives the same facts}."""
    internet = Internet(
        speedtest=True,
        speed_backend="iperf3",
        iperf3_server=f"127.0.0.1:{port}",
        speed_seconds=3,
        down_mbps=20,
        up_mbps=20,
        ping_count=5,
    )
    source = Recorder(Live())
    found = [Target("127.0.0.1:443", 0.1)]
    fast, busy = _facts(source, internet, found)
    assert isinstance(fast, LineSpeed)
    assert isinstance(busy, LoadedLine)
    return {
        "bufferbloat": bufferbloat.bufferbloat(busy, bufferbloat.Settings()).status,
        "speed": speed.speed(fast, api.History(), source.machine, speed.Settings()).status,
        "rest_ms": busy.rest_ms,
        "busy_ms": busy.busy_ms,
        "per_minute": busy.round_trips_per_minute,
        "down_mbps": fast.down_mbps,
        "up_mbps": fast.up_mbps,
        "replayed": _facts(_replay(source), internet, found) == [fast, busy],
        "asked": sum('"kind":"Speed"' in line for line in source.lines({})),
    }


def _facts(source: Source, internet: Internet, found: list[Target]) -> list[object]:
    return [
        *line_speed.function(api.Ask(source), internet, found),
        *loaded_line.function(api.Ask(source), internet, found),
    ]


def _replay(recorder: Recorder) -> Bundle:
    with tempfile.TemporaryDirectory() as folder:
        visit = Path(folder) / "visit.jsonl"
        visit.write_text("".join(recorder.lines({})))
        return Bundle.open(visit)


class Watch(threading.Thread):
    """Notes for how long this machine kept everybody waiting."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest_seconds = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        last = time.monotonic()
        while not self.ended.wait(0.02):
            now = time.monotonic()
            self.longest_seconds, last = max(self.longest_seconds, now - last), now


def undisturbed(port: int) -> dict[str, object]:
    """What is measured while the machine stands still says nothing of the line: then measure again, as long as there is time."""
    end = time.monotonic() + ENOUGH_SECONDS
    while True:
        watch = Watch()
        watch.start()
        result = judged(port)
        watch.ended.set()
        watch.join()
        if watch.longest_seconds < STANDSTILL_SECONDS or time.monotonic() > end:
            return result


def main(queue_ms: int) -> None:
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "set", "lo", "mtu", "1500")
    run("tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "20mbit", "burst", "16kb", "latency", f"{queue_ms}ms")
    with ExitStack() as stack:
        result = undisturbed(start_iperf3(stack))
    print(json.dumps(result))


if __name__ == "__main__":
    main(int(sys.argv[1]))
