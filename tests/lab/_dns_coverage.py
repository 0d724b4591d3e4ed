"""Inside the world of _dns_world.py: ask itaudit and zonemaster-cli about zones, and write what they say as JSON.

    python tests/lab/_dns_coverage.py FOLDER OUT.json ZONE...

OUT: {zone: {"itaudit": [[check, status, severity, summary], ...], "zonemaster": [[level, test, tag], ...]}}, sorted, each once:
of itaudit what is not well (in summaries `<name>` stands for the zone), of zonemaster what is a WARNING or worse.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOGETHER = 10
SECONDS = 120
LOUD = ("CRITICAL", "ERROR", "WARNING")
BAD = ("fail", "warn", "unknown")


def zonemaster(zone: str, folder: Path) -> list[list[str]]:
    """What zonemaster-cli says of one zone."""
    argv = ["zonemaster-cli", "--hints", str(folder / "root.hints"), "--no-ipv6", "--json", "--raw", "--level", "WARNING", zone]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{zone}: {done.stderr}"
    said = {(line["level"], line["testcase"], line["tag"]) for line in json.loads(done.stdout)}
    return [list(one) for one in sorted(said, key=lambda one: (LOUD.index(one[0]), one[1:]))]


def itaudit(zones: list[str], folder: Path) -> dict[str, list[list[str]]]:
    """What itaudit says of these zones, looked at together."""
    from lab._dns_zones import RESOLVER

    configuration, out = folder / f"{zones[0]}.toml", folder / f"{zones[0]}.json"
    configuration.write_text(f'[targets]\nresolver = "{RESOLVER}"\ndomains = {json.dumps(zones)}\n')
    argv = [sys.executable, "-m", "itaudit", "scan", "--only", "dns", "--no-save"]
    done = subprocess.run(
        [*argv, "--config", str(configuration), "--json", str(out)],
        env={**os.environ, "ITAUDIT_STATE": str(folder / "state")},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, set[tuple[str, ...]]] = {zone: set() for zone in zones}
    for finding in json.loads(out.read_text())["scan"]["findings"]:
        zone, verdict = _zone_of(finding["subject"], zones), finding["verdict"]
        if zone and verdict["status"] in BAD:
            summary = verdict["summary"].replace(finding["subject"], "<name>").replace(zone, "<name>")
            found[zone].add((finding["check"], verdict["status"], finding["severity"], summary))
    return {zone: [list(one) for one in sorted(said)] for zone, said in found.items()}


def _zone_of(subject: str, zones: Iterable[str]) -> str:
    """The zone that a subject is or lies in: also of a host in it, or of its readable form with the ASCII one in brackets."""
    words = subject.replace("(", " ").replace(")", " ").split()
    return next((zone for zone in zones if any(word == zone or word.endswith("." + zone) for word in words)), "")


def main() -> None:
    """Scans wait more than they work; Zonemaster takes a processor of its own for each zone."""
    folder, out, zones = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    groups = [zones[start : start + TOGETHER] for start in range(0, len(zones), TOGETHER)]
    with ThreadPoolExecutor(1) as scans, ThreadPoolExecutor(os.cpu_count() or 1) as tests:
        ours = scans.map(lambda group: itaudit(group, folder), groups)
        of_zonemaster = dict(zip(zones, tests.map(lambda zone: zonemaster(zone, folder), zones), strict=True))
        said = {zone: findings for group in ours for zone, findings in group.items()}
    out.write_text(json.dumps({zone: {"itaudit": said[zone], "zonemaster": of_zonemaster[zone]} for zone in zones}))


if __name__ == "__main__":
    # Python put this folder first, where dns.py would hide the library of that name.
    sys.path[0] = str(Path(__file__).parent.parent)
    main()
