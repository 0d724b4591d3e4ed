"""How long `itaudit scan` takes against the limit that no parallel scan can beat, and its CPU time against Lynis.

    python bench/scan.py [runs] [--lynis]

The limit is max(slowest probe alone, CPU of the scan / cores). A probe is one Question as it stands in a recording: a command,
a file, a ping. The slowest by their recorded seconds, which include waiting for a turn, are asked again, each alone with its
libraries loaded, and the median of three counts. CPU is that of the process and all the programs it ran, from os.wait4.

Everything asked of the internet is served on loopback; the rest (apt, disks, the router) is this machine's own, so results differ
by machine: a router that does not answer pings costs up to 2.4 s, and is then the slowest probe. So the scan is also run with
`--only` over all areas but the network's. Runs are warm; the first is thrown away.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from itaudit.plugins import discover

sys.path[0] += "/lib"  # instead of this folder, whose dns.py would hide the library of that name
from loopback import serve
from measuring import Run, run, slowest_alone

RUNS = 9


def report(name: str, runs: list[Run], probe: tuple[float, str]) -> Run:
    """Print one line; returns the median run."""
    wall = statistics.median(one.wall_seconds for one in runs)
    cpu = statistics.median(one.cpu_seconds for one in runs)
    limit = max(probe[0], cpu / (os.cpu_count() or 1))
    print(
        f"{name:<30} wall {wall:.2f} s   CPU {cpu:.2f} s   wall / limit {wall / limit:.2f}   slowest {probe[0]:.2f} s: {probe[1]}"
    )
    return Run(wall, cpu)


def against_lynis(itaudit: Run) -> None:
    lynis = shutil.which("lynis", path=f"{os.environ['PATH']}:/usr/sbin")
    if lynis is None:
        print("lynis is not installed")
        return
    # Without the network, as it would ask its maker for news; without its files in /var/log.
    argv = ["unshare", "--net", lynis, "audit", "system", "--quick", "--logfile", "/dev/null", "--report-file", "/dev/null"]
    its = run(argv, dict(os.environ), (0,))
    print(f"{'lynis --quick':<30} wall {its.wall_seconds:.1f} s   CPU {its.cpu_seconds:.1f} s")
    print(f"CPU of lynis / itaudit: {its.cpu_seconds / itaudit.cpu_seconds:.0f}")


def main() -> None:
    numbers = [word for word in sys.argv[1:] if word.isdigit()]
    runs = int(numbers[0]) if numbers else RUNS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scan = [os.fspath(Path(sys.executable).with_name("itaudit")), "scan", "--config", os.fspath(serve(folder))]
        environment = {**os.environ, "ITAUDIT_STATE": os.fspath(folder / "state")}
        areas = {found.area for found in discover().checks.values()} - {"connectivity"}
        contenders = {
            "scan --no-save": [*scan, "--no-save"],
            "scan (kept)": scan,
            "scan without the network": [*scan, "--no-save", "--only", ",".join(sorted(areas))],
        }
        probes = {}
        for name, argv in contenders.items():
            recording = folder / "scan.jsonl.gz"
            run([*argv, "--record", os.fspath(recording)], environment, (0, 1))
            probes[name] = slowest_alone(recording)
        times: dict[str, list[Run]] = {name: [] for name in contenders}
        for _ in range(runs):
            for name, argv in contenders.items():
                times[name].append(run(argv, environment, (0, 1)))
        print(f"{os.cpu_count()} cores, medians of {runs} runs")
        medians = [report(name, times[name], probes[name]) for name in contenders]
    if "--lynis" in sys.argv:
        against_lynis(medians[0])


if __name__ == "__main__":
    main()
