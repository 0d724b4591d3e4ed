"""Who mends an installed package: the maker of the system as long as the system, or its own maker only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from itaudit import api
from itaudit.facts.updates import InstalledPackage, PackageManager, Patches, own_cache
from itaudit.facts.updates.apt import policy_question

SYSTEM_MAKERS = frozenset(
    ("Debian", "Ubuntu", "UbuntuESM", "UbuntuESMApps", "Raspbian", "Raspberry Pi Foundation", "Devuan", "Kali", "linuxmint")
)
"""Origins of archives, as apt names them."""
_VENDORS = re.compile(
    r"fedora project(?!.*copr)|red hat|centos|almalinux|rocky|oracle america|amazon linux|opensuse|suse\b|mageia|cloudlinux",
    re.IGNORECASE,
)
"""What the packages of other systems name as their vendor, at its start: others build for them and name them too."""
_ONE_SOURCE = frozenset(("apk", "pacman"))
"""Managers of systems whose own archives hold nearly everything, and whose packages name persons or nobody."""
_CANDIDATE = re.compile(r"  Candidate: (\S+)")
_VERSION_LINE = re.compile(r" (?:\*\*\*|   ) (\S+) -?\d+.*")
_SOURCE_LINE = re.compile(r" {4,}-?\d+ (\S.*)")


def indexes_question(section: Patches, *, admin: bool) -> api.Command:
    argv = ("apt-get", *own_cache(section, admin), "indextargets", "--format", "$(ORIGIN)|$(DESCRIPTION)", "Created-By: Packages")
    return api.Command(argv, environment=section.environment)


def parse_indexes(text: str) -> set[str]:
    """Lists of a system's maker, each as `apt-cache policy` names it: "http://deb.debian.org/debian trixie/main ..."."""
    lines = (line.partition("|") for line in text.splitlines())
    return {description.strip() for origin, bar, description in lines if bar and origin in SYSTEM_MAKERS}


def parse_policy(text: str) -> dict[str, set[str]]:
    """{package: lists that hold the version which apt would install}; dpkg's own record alone means that no archive has it."""
    found: dict[str, set[str]] = {}
    name = candidate = version = ""
    for line in text.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            name, candidate, version = line[:-1], "", ""
            found[name] = set()
        elif match := _CANDIDATE.fullmatch(line):
            candidate = match[1]
        elif match := _VERSION_LINE.fullmatch(line):
            version = match[1]
        elif name and version == candidate and (match := _SOURCE_LINE.fullmatch(line)):
            found[name].add(match[1])
    return found


def kept_by_system(
    ask: api.Ask,
    machine: api.Machine,
    section: Patches,
    own: Sequence[InstalledPackage],
    packages: Sequence[InstalledPackage],
    managers: Sequence[PackageManager],
) -> Mapping[str, bool | None]:
    """{package of `own`: does the system's maker mend it?}, None where that is not told. packages: all that are installed.

    Raises api.NotFound where apt has no lists, and what its commands raise.
    """
    if any(manager.name == "apt" for manager in managers):
        return _kept_by_apt(ask, machine, section, own, managers)
    return _kept_elsewhere(own, packages, managers)


def _kept_elsewhere(
    own: Sequence[InstalledPackage], packages: Sequence[InstalledPackage], managers: Sequence[PackageManager]
) -> Mapping[str, bool | None]:
    if any(manager.name in _ONE_SOURCE for manager in managers):
        return {one.name: True for one in own}
    usual, count = Counter(package.maintainer for package in packages).most_common(1)[0]
    mostly = {usual} if count > len(packages) / 2 else set()  # a system that this program has never heard of
    return {one.name: bool(_VENDORS.match(one.maintainer)) or one.maintainer in mostly if one.maintainer else None for one in own}


def _kept_by_apt(
    ask: api.Ask, machine: api.Machine, section: Patches, own: Sequence[InstalledPackage], managers: Sequence[PackageManager]
) -> Mapping[str, bool | None]:
    """By the lists themselves, not by the names of suites: a PPA's is "noble" too, as Ubuntu's own."""
    if not any(manager.archives for manager in managers if manager.name == "apt"):
        raise api.NotFound("no package lists, so the origin of programs is not known", "sudo apt-get update")
    names = tuple(package.name for package in own)
    questions = (policy_question(section, names, admin=machine.admin), indexes_question(section, admin=machine.admin))
    policy, indexes = (answer.checked_text for answer in ask.many(list(questions)))
    lists, of_maker = parse_policy(policy), parse_indexes(indexes)
    return {name: bool(lists[name] & of_maker) if of_maker and name in lists else None for name in names}
