"""How long `itaudit scan --only dns,connectivity` takes for ten domains, against its slowest single one and against the peers.

    python bench/dns.py [runs] [--checkdmarc PATH]

Everything is real and on this machine: the laboratory of tests/lab at port 53, in a network namespace of its own
(tests/lab/_dns_world.py), with mail servers and web pages; the internet's targets are bench/lib/loopback.py. Needs nsd, unbound,
unshare and the packages of the tests. The peers are zonemaster-cli (Debian) and checkdmarc, asked about the same domains.

Ten domains are measured: all with name servers that answer; with one whose second name server never answers; and both once more
with name servers and a resolver whose answers come 20 ms later, as from a real network (tests/lab/_dns_delay.py): loopback has no
delay at all, so there nothing but our own work is seen.
The limit is that of bench/scan.py: max(slowest question asked alone, CPU / cores).
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[0] += "/lib"  # instead of this folder, where this file would hide the library of its name
from loopback import serve
from measuring import Run, run, slowest_alone

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5
ANSWERING = ("good", "plain", "single", "mismatch", "eleven", "watch", "everyone", "signs", "stsgood", "healthyunsigned")
WITH_A_SILENT_ONE = (*ANSWERING[:-1], "silent")
RESOLVER = "11.53.8.1"
DELAY, FAR_MILLISECONDS = "ITAUDIT_LAB_DELAY", "20"
SAID = (0, 1)
"""Exit codes of a scan that went well."""


def scan_argv(configuration: Path, names: tuple[str, ...]) -> list[str]:
    """The command that scans these domains; writes its configuration."""
    base = configuration.with_name("itaudit.toml").read_text().partition("[targets]")[0]
    domains = json.dumps([f"{name}.test" for name in names])
    configuration.write_text(f'{base}[targets]\nresolver = "{RESOLVER}"\ndomains = {domains}\n')
    program = os.fspath(Path(sys.executable).with_name("itaudit"))
    return [program, "scan", "--only", "dns,connectivity", "--no-save", "--config", os.fspath(configuration)]


def median(runs: list[Run]) -> Run:
    return Run(statistics.median(one.wall_seconds for one in runs), statistics.median(one.cpu_seconds for one in runs))


def measure(folder: Path, names: tuple[str, ...], runs: int, title: str) -> Run:
    """Each alone, then all together; prints the figures and returns the median of all together."""
    environment = {**os.environ, "ITAUDIT_STATE": os.fspath(folder / "state")}
    alone = {name: scan_argv(folder / f"{name}.toml", (name,)) for name in names}
    together = scan_argv(folder / "together.toml", names)
    run(together, environment, SAID)
    times: dict[str, list[Run]] = {name: [] for name in ("", *names)}
    for _ in range(runs):
        for name, argv in {"": together, **alone}.items():
            times[name].append(run(argv, environment, SAID))
    medians = {name: median(each) for name, each in times.items()}
    all_ten = medians.pop("")
    slowest = max(medians, key=lambda name: medians[name].wall_seconds)
    recording = folder / "together.jsonl.gz"
    run([*together, "--record", os.fspath(recording)], environment, SAID)
    probe, words = slowest_alone(recording)
    limit = max(probe, all_ten.cpu_seconds / (os.cpu_count() or 1))
    print(f"\n{title}")
    for name, one in medians.items():
        print(f"  {name + '.test':<22} wall {one.wall_seconds:.2f} s   CPU {one.cpu_seconds:.2f} s")
    print(f"  {'all ten':<22} wall {all_ten.wall_seconds:.2f} s   CPU {all_ten.cpu_seconds:.2f} s")
    print(f"  ten / slowest single ({slowest}.test): {all_ten.wall_seconds / medians[slowest].wall_seconds:.2f}")
    print(f"  slowest question alone: {probe:.2f} s ({words})   ten / limit: {all_ten.wall_seconds / limit:.2f}")
    return all_ten


def zonemaster(folder: Path, names: tuple[str, ...], at_once: int) -> float:
    """Wall seconds for all of them."""

    def ask(name: str) -> None:
        argv = ["zonemaster-cli", "--hints", os.fspath(folder / "root.hints"), "--no-ipv6", "--json", "--raw", f"{name}.test"]
        subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)

    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(ask, names))
    return time.perf_counter() - started


def checkdmarc(program: str, names: tuple[str, ...]) -> float:
    """Wall seconds for all of them in one run."""
    argv = [program, *(f"{name}.test" for name in names), "--nameserver", RESOLVER, "--check-mx-tls"]
    started = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def against_peers(folder: Path, names: tuple[str, ...], ours: Run, program: str) -> None:
    if not shutil.which("zonemaster-cli"):
        print("  zonemaster-cli is not installed")
        return
    one, all_cores = (zonemaster(folder, names, at_once) for at_once in (1, os.cpu_count() or 1))
    print(f"  zonemaster-cli one after the other {one:.1f} s, {os.cpu_count()} at once {all_cores:.1f} s")
    if not shutil.which(program):
        print("  checkdmarc is not installed: name it with --checkdmarc PATH")
        return
    its = checkdmarc(program, names)
    print(f"  checkdmarc {its:.1f} s; zonemaster-cli ({os.cpu_count()} at once) + checkdmarc {all_cores + its:.1f} s")
    print(f"  (zonemaster-cli + checkdmarc) / itaudit: {(all_cores + its) / ours.wall_seconds:.1f}")


def inside(folder: Path, runs: int, program: str) -> None:
    """In the world: measure everything."""
    serve(folder)
    delay = os.environ.get(DELAY, "no")
    for title, names in (("all name servers answer", ANSWERING), ("one never answers", WITH_A_SILENT_ONE)):
        ours = measure(folder, names, runs, f"{title}, {delay} ms away".replace("no ms", "no time"))
        against_peers(folder, names, ours, program)


def main() -> None:
    """Enter the world, or, once there, measure."""
    arguments = sys.argv[1:]
    program = arguments[arguments.index("--checkdmarc") + 1] if "--checkdmarc" in arguments else "checkdmarc"
    runs = next((int(word) for word in arguments if word.isdigit()), RUNS)
    if "--inside" in arguments:
        inside(Path(arguments[arguments.index("--inside") + 1]), runs, program)
        return
    world = os.fspath(ROOT / "tests" / "lab" / "_dns_world.py")
    print(f"{os.cpu_count()} cores, medians of {runs} runs")
    for delay in ({}, {DELAY: FAR_MILLISECONDS}):
        with tempfile.TemporaryDirectory() as name:
            again = [sys.executable, os.fspath(Path(__file__).resolve()), str(runs), "--checkdmarc", program, "--inside", name]
            subprocess.run([sys.executable, world, name, *again], env={**os.environ, **delay}, check=True)


if __name__ == "__main__":
    main()
