"""Which package manager this system is made of. The tools of another one may be installed beside it.

A Debian can have dnf, and a Fedora apt, to build packages for the other; such a tool knows of no package here, and says
"nothing to update". And rpm, asked on a Debian, leaves an empty database behind. So os-release(5) is asked first.
"""

from __future__ import annotations

from dataclasses import replace

from itaudit import api
from itaudit.facts.operating_system import OS_RELEASE, OS_RELEASE_OF_VENDOR, parse_os_release
from itaudit.facts.updates import Patches

APT, DNF, ZYPPER, PACMAN, APK = "apt", "dnf", "zypper", "pacman", "apk"
DPKG_RECORDS = api.FileStatus("/var/lib/dpkg/status")
RPM_RECORDS = api.Glob("/usr/lib/sysimage/rpm/*")
RPM_RECORDS_BEFORE = api.Glob("/var/lib/rpm/*")
ZYPPER_SETTINGS = api.FileStatus("/etc/zypp/zypp.conf")
_DATABASES = ("rpmdb.sqlite", "Packages", "Packages.db")
_MADE_OF = {
    "debian": APT,
    "ubuntu": APT,
    "raspbian": APT,
    "fedora": DNF,
    "rhel": DNF,
    "centos": DNF,
    "amzn": DNF,
    "mageia": DNF,
    "openmandriva": DNF,
    "suse": ZYPPER,
    "opensuse": ZYPPER,
    "sles": ZYPPER,
    "sled": ZYPPER,
    "arch": PACMAN,
    "alpine": APK,
}


def manager_named(release: dict[str, str]) -> str:
    """Of the variables of os-release: by ID, else by the first of ID_LIKE that is known; "" where none is."""
    words = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    known = [_MADE_OF.get(word, "") or (ZYPPER if word.startswith("opensuse") else "") for word in words]
    return next((manager for manager in known if manager), "")


def release_of(ask: api.Ask, section: Patches) -> dict[str, str]:
    """The variables of os-release; {} where it cannot be read."""
    root = section.rpm_root
    for question in (OS_RELEASE, OS_RELEASE_OF_VENDOR):
        question = replace(question, path=f"{root}{question.path}")
        try:
            return parse_os_release(ask(question).text)
        except api.Missing:
            continue
    return {}


def system_manager(ask: api.Ask, section: Patches) -> str:
    """Its name, or "" where that is not known. A system in a folder is what the settings say it is."""
    if section.apt_config:
        return APT
    release = release_of(ask, section)
    return manager_named(release) if release.get("ID") else _by_records(ask)


def is_of_another(ask: api.Ask, section: Patches, *own: str) -> bool:
    """Is the system surely made of another package manager than `own`?"""
    return system_manager(ask, section) not in ("", *own)


def _by_records(ask: api.Ask) -> str:
    if not ask(DPKG_RECORDS).problem:
        return APT
    for question in (RPM_RECORDS, RPM_RECORDS_BEFORE):
        try:
            found = ask(question).json
        except api.Missing:
            continue
        if isinstance(found, list) and any(str(path).rpartition("/")[2] in _DATABASES for path in found):
            return DNF if ask(ZYPPER_SETTINGS).problem else ZYPPER
    return ""
