"""The operating system and the day its security updates end.

The machine's own records come first (distro-info-data, then SUPPORT_END of os-release(5)): an updated machine knows more than a
table that aged inside this program. Support that must be bought counts only where the machine shows that it was.
"""

from __future__ import annotations

import csv
import shlex
from dataclasses import dataclass
from datetime import date

from itaudit import api
from itaudit.facts.lifecycle import table

OS_RELEASE = api.ReadFile("/etc/os-release", limit_bytes=65536)
OS_RELEASE_OF_VENDOR = api.ReadFile("/usr/lib/os-release", limit_bytes=65536)
UBUNTU_PRO = api.ReadFile("/var/lib/ubuntu-advantage/status.json")
_UNLOCK = "Look up the end of support on the maker's page."


def distro_info(system: str) -> api.ReadFile:
    return api.ReadFile(f"/usr/share/distro-info/{system}.csv", limit_bytes=262144)


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """support_end: last day with security updates. basis: where that comes from. checked: the day of our own table."""

    name: str
    version: str
    support_end: date
    basis: str
    checked: date

    @property
    def subject(self) -> str:
        return f"{self.name} {self.version}".strip()


def parse_os_release(text: str) -> dict[str, str]:
    """Its variables (os-release(5): shell quoting, no expansion); lines that make no sense are left out."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if not equals or not name.replace("_", "").isalnum():
            continue
        try:
            found[name] = " ".join(shlex.split(value))
        except ValueError:
            continue
    return found


def parse_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def distro_row(text: str, version: str, codename: str) -> dict[str, str]:
    """The row of a release by number or code name; {} when there is none. Short rows lack the later columns."""
    try:
        for row in csv.DictReader(text.splitlines(), restval=""):
            number = row.get("version", "").removesuffix(" LTS")
            if (version and number == version) or (codename and row.get("series") == codename):
                return row
    except csv.Error:
        pass  # not a table: the other sources remain
    return {}


def _text(ask: api.Ask, question: api.ReadFile) -> str:
    try:
        return ask(question).text
    except api.Missing:
        return ""


def _has_ubuntu_pro(ask: api.Ask) -> bool:
    """Are Ubuntu's paid security updates switched on here? Not being able to see it counts as no."""
    try:
        status = ask(UBUNTU_PRO).json
        services = {str(s["name"]): s["status"] for s in status["services"]} if status["attached"] is True else {}
    except (api.Missing, KeyError, TypeError):
        return False
    return services.get("esm-infra") == "enabled"


def _ends(ask: api.Ask, release: dict[str, str]) -> list[tuple[date | None, str]]:
    """Every answer to "until when", the best first."""
    system, version = release.get("ID", ""), release.get("VERSION_ID", "")
    own = (release.get("SUPPORT_END"), "SUPPORT_END in os-release")
    line = table().system.get(system)
    cycle = line.cycle(version) if line else ""
    ours = [(line.end.get(cycle), f"{line.source}{f' ({line.note})' if line.note else ''}")] if line else []
    ends: list[tuple[date | None, str]] = [(parse_date(own[0]), own[1])]
    if system not in ("debian", "ubuntu"):
        return ends + ours
    row = distro_row(_text(ask, distro_info(system)), version, release.get("VERSION_CODENAME", ""))
    plain = (parse_date(row.get("eol")), "distro-info, eol")
    if system == "debian":
        # The LTS team's updates come by themselves. An old table does not know their end yet: then ours does.
        return [(parse_date(row.get("eol-lts")), "distro-info, eol-lts"), *ends, *ours, plain]
    free = [plain, *ends, *ours]
    if not _has_ubuntu_pro(ask):
        return free
    paid = line.paid_end.get(cycle) if line else None
    named = parse_date(row.get("eol-esm"))
    return [(named, "distro-info, eol-esm, with Ubuntu Pro"), (paid, "our table, with Ubuntu Pro"), *free]


@api.provider("linux", seconds=15)
def linux_system(ask: api.Ask) -> api.Facts[OperatingSystem]:
    """One fact, or a gap that names the release of which nothing is known."""
    answer = ask(OS_RELEASE)
    text = ask(OS_RELEASE_OF_VENDOR).text if isinstance(answer.error, api.NotFound) else answer.text
    release = parse_os_release(text)
    system, version = release.get("ID", ""), release.get("VERSION_ID", "")
    if not system:
        raise api.Unreadable("os-release names no system")
    name = release.get("NAME") or system
    if system in table().rolling:
        raise api.NotApplicable(f"{name} has no releases that end")
    line = table().system.get(system)
    shown = (line.cycle(version) if line else "") or version or release.get("VERSION_CODENAME", "")
    for end, basis in _ends(ask, release):
        if end:
            yield OperatingSystem(name, shown, end, basis, table().checked)
            return
    yield api.Gap(f"{name} {shown}".strip(), api.NotFound("no end of support is known for this release", _UNLOCK))
