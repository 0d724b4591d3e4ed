"""docs/dns-coverage.md is true: every zone of the laboratory, asked of itaudit and of zonemaster-cli, at port 53 in a namespace.

To write the page anew: ITAUDIT_WRITE_DOCS=1 .venv/bin/python -m pytest tests/test_dns_coverage.py
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lab import _zones_healthy
from lab._dns_faults import FAULTS
from lab._dns_world import argv_for, possible
from lab._dns_zones import all_zones

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "dns-coverage.md"
WRITE = "ITAUDIT_WRITE_DOCS"
PLAIN = "plain.test"
UNSIGNED = "healthyunsigned.test"
KINDS = {
    "BASIC": {"dns.resolve", "dns.delegation"},
    "ADDRESS": {"dns.delegation"},
    "CONNECTIVITY": {"dns.delegation", "dns.server_networks"},
    "CONSISTENCY": {"dns.delegation", "dns.zone_start"},
    "DELEGATION": {"dns.delegation"},
    "DNSSEC": {"dns.dnssec"},
    "NAMESERVER": {"dns.delegation", "dns.open_recursion", "dns.zone_transfer"},
    "SYNTAX": {"dns.delegation", "dns.zone_start"},
    "ZONE": {"dns.zone_start", "dns.mx"},
    "UNSPECIFIED": {"dns.resolve"},
}
"""Zonemaster's test cases by their first word, and the checks of ours that look at the same."""
OF_THE_LABORATORY: dict[str, str] = {}
"""Tags of Zonemaster that only the laboratory's own shape causes, with the reason. There are none: it looks like the internet."""
MANY = 5
LEVELS = ("CRITICAL", "ERROR", "WARNING")

Said = Mapping[str, Mapping[str, list[list[str]]]]

HEAD = f"""<!-- Made by tests/test_dns_coverage.py. To write it anew:
{WRITE}=1 .venv/bin/python -m pytest tests/test_dns_coverage.py -->

# What is seen of faulty zones

Every zone of the laboratory (`tests/lab/_dns_zones.py`, `tests/lab/_zones_*.py`) is served by real name servers at port 53, and
asked of `itaudit scan --only dns` and of `zonemaster-cli --level WARNING`. Tests keep this page true, and fail when

- Zonemaster calls something ERROR or CRITICAL of which itaudit does not warn, or
- either of them warns of a zone that is healthy in every way (only `{UNSIGNED}` is told that it is not signed).

What itaudit says of `{PLAIN}` in the same words is not repeated for the others.
Zonemaster looks at name servers and signatures; it does not judge email.

"""
NOTHING = "-"
SHOUTED = re.compile(r"(?:CRITICAL|ERROR) ([^;|]+)")


@pytest.fixture
def ask(needs: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str]], Said]:
    """Asks both programs about zones, in a world of its own."""
    for program in ("zonemaster-cli", "nsd", "unbound"):
        needs(program)
    needs("unshare", "util-linux")
    needs("ip", "iproute2")
    if reason := possible():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no network namespace here: {reason}")

    def asked(zones: list[str]) -> Said:
        folder = tmp_path_factory.mktemp("world")
        out = folder / "said.json"
        script = str(HERE / "lab" / "_dns_coverage.py")
        done = subprocess.run(
            argv_for(folder, sys.executable, script, folder, out, *zones),
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said: Said = json.loads(out.read_text())
        return said

    return asked


@pytest.fixture
def said(ask: Callable[[list[str]], Said]) -> Said:
    """What both say of every zone. A zone that does not look as on the page is asked again alone: this machine may have been
    so busy that a good server seemed silent, and only what stays is a difference."""
    zones = list(FAULTS)
    found = dict(ask(zones))
    on_page = set(lines_of_page())
    for _ in range(2):
        other = [zone for zone in zones if row(zone, found) not in on_page]
        if not other or len(other) > len(zones) // 2:
            break
        found |= ask(other)
    return found


def row(zone: str, said: Said) -> str:
    """One line of the table."""
    return f"| {zone} | {FAULTS[zone]} | {ours(zone, said)} | {theirs(said[zone]['zonemaster'])} |"


def ours(zone: str, said: Said) -> str:
    """check status severity, without what is said of the plain zone in the same words; many unknown ones as their number."""
    plain = [] if zone == PLAIN else said[PLAIN]["itaudit"]
    left = [one for one in said[zone]["itaudit"] if one not in plain]
    unknown = [check for check, status, *_ in left if status == "unknown"]
    shown = [one for one in left if one[1] != "unknown" or len(unknown) < MANY]
    words = [f"{check} {status}" + ("" if status == "unknown" else f" {severity}") for check, status, severity, _ in shown]
    return ", ".join([*words, *(["the rest unknown"] if len(unknown) >= MANY else [])]) or NOTHING


def theirs(lines: list[list[str]]) -> str:
    """Test case and tag, by level."""
    by_level = {level: [f"{case} {tag}" for each, case, tag in lines if each == level] for level in LEVELS}
    return "; ".join(f"{level} {', '.join(tags)}" for level, tags in by_level.items() if tags) or NOTHING


def lines_of_page() -> list[str]:
    return PAGE.read_text(encoding="utf-8").splitlines() if PAGE.exists() else []


def cells() -> dict[str, tuple[str, str]]:
    """Zone -> what itaudit and what Zonemaster says, as the page has it."""
    rows = [line.strip("| ").split(" | ") for line in lines_of_page() if line.startswith("| ")]
    return {zone: (its, zonemasters) for zone, _, its, zonemasters in rows[1:]}


def page(said: Said) -> str:
    head = "| zone | its fault | itaudit says | Zonemaster says |\n|---|---|---|---|\n"
    return HEAD + head + "".join(row(zone, said) + "\n" for zone in FAULTS)


def test_every_zone_of_the_laboratory_has_its_fault_in_words() -> None:
    assert sorted(FAULTS) == sorted(all_zones())


@pytest.mark.timeout(3600)
def test_the_page_is_what_the_two_programs_say(said: Said) -> None:
    if os.environ.get(WRITE) == "1":
        PAGE.write_text(page(said), encoding="utf-8")
    assert page(said).splitlines() == lines_of_page(), f"write it anew with {WRITE}=1"


def test_nothing_that_zonemaster_calls_an_error_is_missed() -> None:
    missed = []
    for zone, (its, zonemasters) in cells().items():
        warned = {part.split()[0] for part in its.split(", ") if part.split()[1:2] in (["fail"], ["warn"])}
        for case, tag in errors(zonemasters):
            if tag not in OF_THE_LABORATORY and not warned & KINDS[case.rstrip("0123456789")]:
                missed.append(f"{zone}: {case} {tag}; itaudit warns of {sorted(warned)}")
    assert missed == []


def test_zonemaster_finds_errors_at_all() -> None:
    assert sum(bool(errors(zonemasters)) for _, zonemasters in cells().values()) >= 25


def errors(zonemasters: str) -> list[tuple[str, str]]:
    """(test case, tag) of what it calls ERROR or CRITICAL."""
    return [(case, tag) for part in SHOUTED.findall(zonemasters) for case, tag in (one.split() for one in part.split(", "))]


@pytest.mark.parametrize("zone", sorted(_zones_healthy.ZONES))
def test_a_healthy_zone_gets_no_warning(zone: str) -> None:
    expected = "dns.dnssec warn low" if zone == UNSIGNED else NOTHING
    if zone == UNSIGNED and cells()[PLAIN][0].count(expected):
        expected = NOTHING  # not repeated
    assert cells()[zone] == (expected, NOTHING)
