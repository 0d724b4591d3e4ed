"""The operating system and the day its security updates end.

The machine's own records come first (distro-info-data, then SUPPORT_END of os-release(5)): an updated machine knows more than a
table that aged inside this program or was fetched. Support that must be bought counts only where the machine shows that it was.
"""

from __future__ import annotations

import csv
import re
import shlex
from dataclasses import dataclass
from datetime import date

from itaudit import api
from itaudit.facts.lifecycle import FETCH, Support, fetched_table, parse_day, support_of, table

OS_RELEASE = api.ReadFile("/etc/os-release", limit_bytes=65536)
OS_RELEASE_OF_VENDOR = api.ReadFile("/usr/lib/os-release", limit_bytes=65536)
UBUNTU_PRO = api.ReadFile("/var/lib/ubuntu-advantage/status.json")
DISKSTATION = api.ReadFile("/etc.defaults/VERSION", limit_bytes=65536)
TRUENAS = api.ReadFile("/etc/version", limit_bytes=4096)
RASPBERRY_PI = api.FileStatus("/etc/rpi-issue")
_UNLOCK = f"{FETCH}. Or look up the end of support on the maker's page."


def distro_info(system: str) -> api.ReadFile:
    return api.ReadFile(f"/usr/share/distro-info/{system}.csv", limit_bytes=262144)


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """support_end: last day with security updates, None where its maker names none; then `ended` says whether it is over.

    basis: where that comes from. checked: the day of the table, our own or the one that was fetched.
    """

    name: str
    version: str
    support_end: date | None
    basis: str
    checked: date
    ended: bool = False

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


def _ends(ask: api.Ask, release: dict[str, str], ours: Support | None) -> list[tuple[date | None, str]]:
    """Every answer to "until when", the best first."""
    system, version = release.get("ID", ""), release.get("VERSION_ID", "")
    own = (parse_day(release.get("SUPPORT_END")), "SUPPORT_END in os-release")
    tables: list[tuple[date | None, str]] = [(ours.end, ours.basis)] if ours else []
    if system not in ("debian", "ubuntu"):
        return [own, *tables]
    row = distro_row(_text(ask, distro_info(system)), version, release.get("VERSION_CODENAME", ""))
    plain = (parse_day(row.get("eol")), "distro-info, eol")
    if system == "debian":
        # The LTS team's updates come by themselves. An old table does not know their end yet: then ours does.
        return [(parse_day(row.get("eol-lts")), "distro-info, eol-lts"), own, *tables, plain]
    free = [plain, own, *tables]
    if not _has_ubuntu_pro(ask):
        return free
    paid = ours.paid_end if ours else None
    named = parse_day(row.get("eol-esm"))
    return [(named, "distro-info, eol-esm, with Ubuntu Pro"), (paid, "our table, with Ubuntu Pro"), *free]


def _release(ask: api.Ask) -> dict[str, str]:
    """The variables of os-release; made up for a Synology device, which has none. Raises api.Missing."""
    answer = ask(OS_RELEASE)
    if not isinstance(answer.error, api.NotFound):
        return parse_os_release(answer.text)
    vendor = ask(OS_RELEASE_OF_VENDOR)
    if isinstance(vendor.error, api.NotFound) and (told := parse_os_release(_text(ask, DISKSTATION))):
        numbers = [told.get(name, "") for name in ("majorversion", "minorversion")]
        return {"ID": "synology-dsm", "NAME": "Synology DSM", "VERSION_ID": ".".join(filter(None, numbers))}
    return parse_os_release(vendor.text)


def _as_what_it_is(ask: api.Ask, release: dict[str, str]) -> dict[str, str]:
    """A system that is made from Debian and calls itself so: TrueNAS, and the Raspberry Pi's of 64 bits."""
    if release.get("ID") != "debian":
        return release
    # "25.04.2.4"; TrueNAS-SCALE-22.12.3 wrote its name in front.
    if match := re.fullmatch(r"(?:TrueNAS(?:-SCALE)?-)?(2\d\.\d\d(?:[.-]\w+)*)", _text(ask, TRUENAS).strip(), re.ASCII):
        return {"ID": "truenas", "NAME": "TrueNAS", "VERSION_ID": match[1]}
    return release if ask(RASPBERRY_PI).problem else {**release, "NAME": "Raspberry Pi OS (64 bit)"}


@api.provider("linux", seconds=15)
def linux_system(ask: api.Ask) -> api.Facts[OperatingSystem]:
    """One fact, or a gap that names the release of which nothing is known."""
    release = _as_what_it_is(ask, _release(ask))
    system, version = release.get("ID", ""), release.get("VERSION_ID", "")
    if not system:
        raise api.Unreadable("os-release names no system")
    name = release.get("NAME") or system
    if system in table().rolling:
        raise api.NotApplicable(f"{name} has no releases that end")
    line = table().system.get(system)
    ours = support_of(line, version, fetched_table(ask)) if line else None
    shown = (ours.cycle if ours else "") or version or release.get("VERSION_CODENAME", "")
    checked = ours.checked if ours else table().checked
    for end, basis in _ends(ask, release, ours):
        if end:
            yield OperatingSystem(name, shown, end, basis, checked)
            return
    if ours:
        yield OperatingSystem(name, shown, None, ours.basis, checked, ours.ended)
        return
    yield api.Gap(f"{name} {shown}".strip(), api.NotFound("no end of support is known for this release", _UNLOCK))
