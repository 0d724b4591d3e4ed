"""Programs whose makers name a last day of support: which are installed, and who keeps them safe.

Found by their packages, and WordPress by its own file, since it is mostly unpacked by hand (software_listening.py finds what
listens and has no package). A program that came with the system
is mended by the system's maker, also after its own maker's last day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from itaudit import api
from itaudit.facts.lifecycle import Fetched, Line, fetched_table, support_of, table
from itaudit.facts.software_makers import kept_by_system
from itaudit.facts.software_names import RUNTIMES, numbers_of, recognise
from itaudit.facts.updates import InstalledPackage, PackageManager, Patches

WORDPRESS = tuple(
    api.Glob(f"{folder}/wp-includes/version.php", most=50)
    for folder in ("/var/www/*", "/var/www/*/*", "/srv/www/*", "/srv/www/*/*", "/usr/share/nginx/html")
)
_WORDPRESS_VERSION = re.compile(r"^\s*\$wp_version\s*=\s*'([0-9.]{1,20})", re.MULTILINE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Program:
    """support_end: by its own maker, None when no day is told; then `ended` says whether it is over, and `known` whether any
    table has this release. with_system: the system's maker mends it as long as the system; None where that cannot be seen.

    rapid: each release is mended until the next one only. place: the folder, for what is no package. checked: day of the table.
    """

    name: str
    cycle: str
    package: str
    version: str
    with_system: bool | None
    support_end: date | None
    source: str
    ended: bool = False
    known: bool = True
    rapid: bool = False
    place: str = ""
    checked: date | None = None

    @property
    def subject(self) -> str:
        return f"{self.name} {self.cycle}{f' in {self.place}' if self.place else ''}"


@dataclass(frozen=True, slots=True)
class Runtime(Program):
    """A database or programming language: other programs stand on it."""


@dataclass(frozen=True, slots=True)
class Software(Program):
    """Any other program."""


Kind = TypeVar("Kind", Runtime, Software)


def wordpress_version(text: str) -> str:
    """Of its file version.php. Raises api.Unreadable."""
    if match := _WORDPRESS_VERSION.search(text):
        return match[1]
    raise api.Unreadable("its file version.php names no version")


@api.provider("linux", seconds=30)
def linux_programs(
    ask: api.Ask, machine: api.Machine, section: Patches, packages: list[InstalledPackage], managers: list[PackageManager]
) -> api.Facts[Runtime | Software]:
    """One for each product and release. Raises api.NotFound where no archive is known: then nobody can say who mends them."""
    known = {package.name: (package, *found) for package in packages if (found := recognise(package))}
    # mariadb-server and mariadb-server-10.11 are one thing: the first of them stands for both.
    known = {entry[0].name: entry for entry in {entry[1:]: entry for _, entry in sorted(known.items(), reverse=True)}.values()}
    if not known:
        return
    fetched = fetched_table(ask)
    own = [entry[0] for _, entry in sorted(known.items())]
    kept = kept_by_system(ask, machine, section, own, packages, managers)
    for name, (package, product, cycle) in sorted(known.items()):
        if product in RUNTIMES:
            yield program_of(Runtime, product, cycle, package.name, package.version, kept[name], fetched)
        else:
            yield program_of(Software, product, cycle, package.name, package.version, kept[name], fetched)


def program_of(
    kind: type[Kind],
    product: str,
    cycle: str,
    package: str,
    version: str,
    with_system: bool | None,
    fetched: Fetched | None,
    place: str = "",
) -> Kind:
    """package: its name, or the file of what is no package."""
    line = table().product[product]
    support = support_of(line, cycle, fetched)
    return kind(
        line.name,
        (support.cycle if support else "") or cycle or "of an unknown version",
        package,
        version,
        with_system,
        support.end if support else None,
        line.source,
        ended=bool(support and support.ended),
        known=support is not None or _newer_than_known(line, cycle),
        rapid=line.rapid,
        place=place,
        checked=support.checked if support else (fetched.day if fetched else table().checked),
    )


def _newer_than_known(line: Line, cycle: str) -> bool:
    """A release that came out after the table was made, of a program whose maker replaces each by the next."""
    newest = max((_as_numbers(release) for release in line.releases), default=())
    return line.rapid and bool(numbers_of(cycle)) and _as_numbers(cycle) > newest


def _as_numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in numbers_of(release).split(".") if part)


@api.provider("linux", seconds=15)
def unpacked_sites(ask: api.Ask) -> api.Facts[Software]:
    """WordPress where web servers keep their sites: one for each."""
    paths: list[str] = []
    for answer in ask.many(list(WORDPRESS)):
        try:
            found = answer.json
        except api.Missing as error:
            yield api.Gap("WordPress", error)
            return
        paths += [str(path) for path in found] if isinstance(found, list) else []
    texts = ask.many([api.ReadFile(path, limit_bytes=65536) for path in paths])
    fetched = fetched_table(ask) if paths else None
    for path, answer in zip(paths, texts, strict=True):
        place = path.removesuffix("/wp-includes/version.php")
        try:
            version = wordpress_version(answer.text)
        except api.Missing as error:
            yield api.Gap(f"WordPress in {place}", error)
            continue
        cycle = table().product["wordpress"].cycle(version) or ".".join(version.split(".")[:2])
        yield program_of(Software, "wordpress", cycle, path, version, False, fetched, place)
