"""Installed packages of Fedora, Red Hat, SUSE and their relatives, from rpm's own records, and which of them are locked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from itaudit import api
from itaudit.facts.updates import InstalledPackage, Patches
from itaudit.facts.updates.system_manager import DNF, ZYPPER, system_manager

_TAGS = ("NAME", "EPOCHNUM", "VERSION", "RELEASE", "ARCH", "INSTALLTIME", "VENDOR")
_KEYS = "gpg-pubkey"
"""rpm keeps the keys of makers as if they were packages."""
_MOST_LOCKS = 2000
_LOCKED_VERSION = re.compile(r"!?(?P<name>[^\s!]+)-(?:[0-9*]+:)?[^-\s]+-[^-\s]+")


@dataclass(frozen=True, slots=True)
class Record:
    """One installed package as rpm knows it. installed: seconds since 1970. version: "1:2.0-3" (epoch, version, release)."""

    name: str
    version: str
    architecture: str
    installed: int
    vendor: str


def _in(section: Patches, path: str) -> str:
    return f"{section.rpm_root}{path}"


def packages_question(section: Patches) -> api.Command:
    where = ("--dbpath", _in(section, "/var/lib/rpm")) if section.rpm_root else ()
    form = "\\t".join(f"%{{{tag}}}" for tag in _TAGS) + "\\n"
    return api.Command(("rpm", *where, "-qa", "--queryformat", form), timeout=20.0)


def versionlock_question(section: Patches) -> api.ReadFile:
    return api.ReadFile(_in(section, "/etc/dnf/plugins/versionlock.list"), limit_bytes=262144)


def versionlock5_question(section: Patches) -> api.ReadFile:
    return api.ReadFile(_in(section, "/etc/dnf/versionlock.toml"), limit_bytes=262144)


def settings_question(section: Patches) -> api.ReadFile:
    return api.ReadFile(_in(section, "/etc/dnf/dnf.conf"), limit_bytes=262144)


def zypper_locks_question(section: Patches) -> api.ReadFile:
    return api.ReadFile(_in(section, "/etc/zypp/locks"), limit_bytes=262144)


def parse_records(text: str) -> list[Record]:
    """Raises api.Unreadable on a record that is not as asked for, and where there is none at all."""
    records = []
    for line in text.split("\n"):
        if not line:
            continue
        parts = line.split("\t")
        if len(parts) != len(_TAGS) or not re.fullmatch(r"[0-9]{1,10}", parts[1]) or not re.fullmatch(r"[0-9]{1,12}", parts[5]):
            raise api.Unreadable(f"rpm -qa: {line[:200]!r}")
        name, epoch, version, release, architecture, installed, vendor = parts
        if name != _KEYS:
            full = full_version(epoch, version, release)
            records.append(Record(name, full, architecture, int(installed), "" if vendor == "(none)" else vendor))
    if not records:
        raise api.Unreadable("rpm knows of no installed package")
    return records


def full_version(epoch: str, version: str, release: str) -> str:
    """As rpm writes it: "1:2.0-3", and "2.0-3" without an epoch."""
    return f"{'' if epoch in ('', '0', '(none)') else epoch + ':'}{version}-{release}"


def records_of(ask: api.Ask, section: Patches) -> list[Record]:
    return parse_records(ask(packages_question(section)).checked_text)


def newest(records: Iterable[Record]) -> dict[tuple[str, str], Record]:
    """{(name, architecture): the record that came last}: several kernels are installed beside each other."""
    found: dict[tuple[str, str], Record] = {}
    for record in records:
        key = (record.name, record.architecture)
        if key not in found or record.installed >= found[key].installed:
            found[key] = record
    return found


def parse_versionlock(text: str) -> set[str]:
    """Names or patterns in the list of dnf 4: one "name-epoch:version-release.*" a line."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {match["name"] if (match := _LOCKED_VERSION.fullmatch(line)) else line.lstrip("!") for line in lines[:_MOST_LOCKS]}


def parse_versionlock5(text: str) -> set[str]:
    """Names in the list of dnf 5 (TOML, [[packages]] with a name). Raises api.Unreadable."""
    try:
        found = tomllib.loads(text).get("packages", [])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise api.Unreadable(f"versionlock.toml: {error}"[:300]) from error
    entries = found if isinstance(found, list) else []
    return {str(entry["name"]) for entry in entries[:_MOST_LOCKS] if isinstance(entry, dict) and entry.get("name")}


def parse_excludes(text: str) -> set[str]:
    """Patterns that dnf.conf leaves out for all sources (excludepkgs, exclude); names may go on in indented lines."""
    patterns: set[str] = set()
    part, going_on = "main", False
    for line in text.splitlines():
        if header := re.fullmatch(r"\s*\[([^\]]*)\]\s*", line):
            part, going_on = header[1], False
            continue
        if match := re.match(r"(?:excludepkgs|exclude)\s*=(?P<value>.*)", line):
            going_on = True
            value = match["value"]
        elif going_on and line[:1] in (" ", "\t") and line.strip():
            value = line
        else:
            going_on = False
            continue
        if part == "main":
            patterns.update(re.split(r"[\s,]+", value.strip()))
    return set(sorted(patterns - {""})[:_MOST_LOCKS])


def parse_zypper_locks(text: str) -> set[str]:
    """Patterns of packages (locks(5) of zypper: records of "name: value"). Locks on patches and patterns are others."""
    found = set()
    for record in re.split(r"\n\s*\n", text):
        fields = [line.partition(":") for line in record.splitlines() if not line.startswith("#")]
        values = {name.strip(): value.strip() for name, colon, value in fields if colon}
        if values.get("type", "package") == "package" and values.get("solvable_name"):
            found.add(values["solvable_name"])
    return set(sorted(found)[:_MOST_LOCKS])


def locked(names: Iterable[str], patterns: Iterable[str]) -> set[str]:
    """Those of the names that a pattern fits."""
    patterns = set(patterns)
    globs = [pattern for pattern in patterns if re.search(r"[*?\[]", pattern)]
    return {name for name in set(names) if name in patterns or any(fnmatchcase(name, pattern) for pattern in globs)}


def locks_of(ask: api.Ask, section: Patches, manager: str) -> set[str]:
    """Patterns of what the administrator keeps from being updated. A list that is not there locks nothing."""
    if manager == ZYPPER:
        return parse_zypper_locks(_text(ask, zypper_locks_question(section)))
    patterns = parse_versionlock(_text(ask, versionlock_question(section))) | parse_excludes(
        _text(ask, settings_question(section))
    )
    if listed := _text(ask, versionlock5_question(section)):
        patterns |= parse_versionlock5(listed)
    return patterns


def _text(ask: api.Ask, question: api.ReadFile) -> str:
    try:
        return ask(question).text
    except api.NotFound:
        return ""


def as_packages(records: Sequence[Record], held: set[str]) -> list[InstalledPackage]:
    return [InstalledPackage(r.name, r.version, r.architecture, r.vendor, r.name in held) for r in records]


@api.provider("linux", seconds=30)
def rpm_packages(ask: api.Ask, section: Patches) -> api.Facts[InstalledPackage]:
    """Every installed package; none where the system is not made of rpm packages."""
    manager = system_manager(ask, section)
    if manager in (DNF, ZYPPER):
        records = records_of(ask, section)
        yield from as_packages(records, locked({r.name for r in records}, locks_of(ask, section, manager)))
