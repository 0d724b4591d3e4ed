"""Databases and language runtimes that came as packages, and who keeps them safe: the system's maker, or only their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from itaudit import api
from itaudit.facts.lifecycle import table
from itaudit.facts.updates import InstalledPackage, PackageManager, Patches, own_cache

SYSTEM_MAKERS = ("Debian", "Ubuntu", "Raspbian")
# {product of lifecycle.toml: names of its packages}; the release is in the name, or else in the package's version.
_PACKAGES = {
    "php": re.compile(r"php(?P<cycle>\d+\.\d+)-common"),
    "python": re.compile(r"python(?P<cycle>\d+\.\d+)-minimal"),
    "postgresql": re.compile(r"postgresql-(?P<cycle>\d+(?:\.\d+)?)"),
    "mariadb": re.compile(r"mariadb-server(?:-\d+\.\d+)?"),
    "mysql": re.compile(r"mysql-(?:community-)?server(?:-\d+\.\d+)?"),
    "nodejs": re.compile(r"nodejs"),
}
_LISTED = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]*)/(?P<suites>\S+) \S+ \S+ \[(?:installed|upgradable).*\]")


@dataclass(frozen=True, slots=True)
class Runtime:
    """support_end: by its own maker, None when not known. with_system: the system's maker mends it as long as the system."""

    name: str
    cycle: str
    package: str
    version: str
    with_system: bool
    support_end: date | None
    source: str

    @property
    def subject(self) -> str:
        return f"{self.name} {self.cycle}"


def recognise(package: InstalledPackage) -> tuple[str, str] | None:
    """(product, release) of a package, or None: postgresql-13 -> ("postgresql", "13"), nodejs 18.20.4 -> ("nodejs", "18")."""
    for product, pattern in _PACKAGES.items():
        if match := pattern.fullmatch(package.name):
            version = package.version.rpartition(":")[2]
            numbers = re.match(r"\d+(?:\.\d+)*", version)
            named = match.groupdict().get("cycle") or (numbers[0] if numbers else "")
            return product, table().product[product].cycle(named) or named
    return None


def suites_question(section: Patches, names: tuple[str, ...], *, admin: bool) -> api.Command:
    argv = ("apt", "list", *own_cache(section, admin), "--", *names)
    return api.Command(argv, timeout=20.0, environment=section.environment)


def parse_suites(text: str) -> dict[str, set[str]]:
    """{package: suites that hold its newest version} of the installed ones; "now" alone means that no archive has it."""
    return {match["name"]: set(match["suites"].split(",")) for match in map(_LISTED.fullmatch, text.splitlines()) if match}


@api.provider("linux", seconds=30)
def package_runtimes(
    ask: api.Ask, machine: api.Machine, section: Patches, packages: list[InstalledPackage], managers: list[PackageManager]
) -> api.Facts[Runtime]:
    """One for each product and release. Raises api.NotFound where no archive is known: then nobody can say who mends them."""
    known = {package.name: (package, *found) for package in packages if (found := recognise(package))}
    # mariadb-server and mariadb-server-10.11 are one thing: the first of them stands for both.
    known = {entry[0].name: entry for entry in {entry[1:]: entry for _, entry in sorted(known.items(), reverse=True)}.values()}
    if not known:
        return
    archives = [archive for manager in managers for archive in manager.archives]
    if not archives:
        raise api.NotFound("no package lists, so the origin of programs is not known", "sudo apt-get update")
    of_maker = {archive.suite for archive in archives if archive.origin in SYSTEM_MAKERS}
    suites = parse_suites(ask(suites_question(section, tuple(sorted(known)), admin=machine.admin)).checked_text)
    for name, (package, product, cycle) in sorted(known.items()):
        line = table().product[product]
        with_system = bool(suites.get(name, set()) & of_maker)
        yield Runtime(line.name, cycle, name, package.version, with_system, line.end.get(cycle), line.source)
