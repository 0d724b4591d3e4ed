"""Installed packages, from dpkg's own records."""

from __future__ import annotations

import re

from itaudit import api
from itaudit.facts.updates import NO_MANAGER_UNLOCK, InstalledPackage, Patches
from itaudit.facts.updates.system_manager import APT, is_of_another

_FIELDS = ("Package", "Version", "Architecture", "db:Status-Want", "db:Status-Status", "db:Status-Eflag", "Maintainer")
_GONE = ("not-installed", "config-files")


def records_folder(ask: api.Ask, section: Patches) -> str:
    """dpkg's folder, asked of apt so that a system in a private folder is found. Raises api.ToolMissing without apt."""
    question = api.Command(("apt-config", "shell", "STATUS", "Dir::State::status/f"), environment=section.environment)
    try:
        text = ask(question).checked_text
    except api.ToolMissing as error:
        raise api.ToolMissing("a package manager that itaudit can read", NO_MANAGER_UNLOCK) from error
    match = re.fullmatch(r"STATUS='(/[^'\n]*)/status'\n?", text)
    if not match:
        raise api.Unreadable(f"apt-config shell: {text[:200]!r}")
    return match[1]


def records_question(folder: str) -> api.Command:
    form = "\\t".join(f"${{{name}}}" for name in _FIELDS) + "\\n"
    return api.Command(("dpkg-query", f"--admindir={folder}", "--show", f"--showformat={form}"))


def parse_records(text: str) -> list[InstalledPackage]:
    """Packages that are there, whole or half. Raises api.Unreadable on a record that is not as asked for, and on none at all."""
    packages = []
    for line in text.split("\n"):
        if not line:
            continue
        parts = line.split("\t")
        if len(parts) < len(_FIELDS):
            raise api.Unreadable(f"dpkg-query: {line[:200]!r}")
        name, version, architecture, want, status, flag = parts[:6]
        if status in _GONE:
            continue
        state = "needs to be installed again" if flag == "reinstreq" else status
        packages.append(InstalledPackage(name, version, architecture, " ".join(parts[6:]), want == "hold", state))
    if not packages:
        raise api.Unreadable("dpkg knows of no installed package")
    return packages


@api.provider("linux", seconds=20)
def dpkg_packages(ask: api.Ask, section: Patches) -> api.Facts[InstalledPackage]:
    """Every installed package; none where the system is not made of Debian's packages."""
    if is_of_another(ask, section, APT):
        return
    yield from parse_records(ask(records_question(records_folder(ask, section))).checked_text)
