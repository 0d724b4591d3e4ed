"""The sources that apt is told to take programs from: which of them answer, are signed, and are made for this system.

`apt-get indextargets` names those it has lists of; with --no-release-info also those it never got one of (sources.list(5)).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from itaudit import api
from itaudit.facts.operating_system import OS_RELEASE, OS_RELEASE_OF_VENDOR, parse_os_release
from itaudit.facts.updates import Patches, own_cache
from itaudit.facts.updates.archives import release_date
from itaudit.facts.updates.system_manager import APT, is_of_another

_FIELDS = ("SITE", "RELEASE", "ORIGIN", "CODENAME", "TRUSTED", "SOURCESENTRY", "FILENAME")
_MOST_FILES = 40
_LOCAL = ("file:", "copy:", "cdrom:")
_FAULT = re.compile(r"^E: .*(?:list file|sources? list|list of sources|stanza).*$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """One archive: the address, and the release as it is written in the list of sources. origin, codename: as the archive says.

    fetched: a list of it is here. unsigned: nobody proves whose list that is, or apt is told not to ask. local: a folder or disc.
    expired: when its maker's word for the list that is here ended; None where it has no end.
    """

    site: str
    release: str
    origin: str = ""
    codename: str = ""
    fetched: bool = True
    unsigned: bool = False
    expired: datetime | None = None

    @property
    def local(self) -> bool:
        return self.site.startswith(_LOCAL)

    @property
    def shown(self) -> str:
        return f"{self.site} {self.release}"


@dataclass(frozen=True, slots=True)
class Sources:
    """All of them. fault: what apt says where the list of sources cannot be read. codename: of the Debian or Ubuntu release that
    this system is or is made from; "" where that is not known. manager: the package manager that is told of them."""

    sources: tuple[Source, ...]
    codename: str
    fault: str = ""
    manager: str = APT

    @property
    def subject(self) -> str:
        return "sources of programs"


def targets_question(section: Patches, *, admin: bool, planned: bool) -> api.Command:
    """planned: those that the list of sources names, whether a list of them is here or not."""
    form = "|".join(f"$({name})" for name in _FIELDS)
    more = ("--no-release-info",) if planned else ()
    argv = ("apt-get", *own_cache(section, admin), "indextargets", *more, "--format", form, "Created-By: Packages")
    return api.Command(argv, environment=section.environment)


def ends_question(prefixes: Iterable[str]) -> api.Command:
    files = [f"{prefix}{name}" for prefix in prefixes for name in ("InRelease", "Release")]
    return api.Command(("grep", "-s", "-H", "-m", "1", "-E", "^Valid-Until:", "--", *files))


def parse_targets(text: str) -> list[dict[str, str]]:
    """One record a list; fields that apt does not know are "". Raises api.Unreadable."""
    records = []
    for line in text.splitlines():
        parts = line.split("|")
        if len(parts) != len(_FIELDS):
            raise api.Unreadable(f"apt-get indextargets: {line[:200]!r}")
        values = ("" if part.startswith("$(") else part for part in parts)
        records.append(dict(zip(_FIELDS, values, strict=True)))
    return records


def trusts_blindly(text: str, number: int) -> bool:
    """Does the entry say that no signature is needed? `number`: its line (one-line style) or stanza (deb822 style)."""
    lines = text.splitlines()
    if re.search(r"^\s*deb(-src)?\s", text, re.MULTILINE):
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        options = re.match(r"\s*deb\s+\[([^\]]*)\]", line)
        return bool(
            options and re.search(r"(?:^|\s)(?:trusted|allow-insecure)\+?=(?:yes|true|1)(?:\s|$)", options[1], re.IGNORECASE)
        )
    without_comments = "\n".join(line for line in lines if not line.startswith("#"))
    stanzas = [stanza for stanza in re.split(r"\n\s*\n", without_comments) if stanza.strip()]
    stanza = stanzas[number - 1] if 0 < number <= len(stanzas) else ""
    return bool(re.search(r"^(?:Trusted|Allow-Insecure):\s*(?:yes|true|1)\s*$", stanza, re.MULTILINE | re.IGNORECASE))


def own_codename(release: Mapping[str, str]) -> str:
    """Of the Debian or Ubuntu release it is made from; "" for other systems, and where several could be meant."""
    if release.get("ID") in ("debian", "ubuntu", "raspbian"):
        return release.get("VERSION_CODENAME", "")
    return release.get("UBUNTU_CODENAME") or release.get("DEBIAN_CODENAME") or ""


def _codename(ask: api.Ask) -> str:
    for question in (OS_RELEASE, OS_RELEASE_OF_VENDOR):
        try:
            return own_codename(parse_os_release(ask(question).text))
        except api.Missing:
            continue
    return ""


def _blind(ask: api.Ask, entries: Iterable[str]) -> set[str]:
    """The entries ("/etc/apt/sources.list:3") that switch the proof of the maker off. A file that cannot be read says nothing."""
    files: dict[str, str] = {}
    for file in sorted({entry.rpartition(":")[0] for entry in entries})[:_MOST_FILES]:
        try:
            files[file] = ask(api.ReadFile(file, limit_bytes=262144)).text
        except api.Missing:
            continue
    found = set()
    for entry in entries:
        file, _, number = entry.rpartition(":")
        if number.isascii() and number.isdigit() and len(number) < 7 and trusts_blindly(files.get(file, ""), int(number)):
            found.add(entry)
    return found


def _ends(ask: api.Ask, records: Iterable[Mapping[str, str]]) -> dict[str, datetime]:
    """{prefix of a list's files: the day its maker's word for it ends}."""
    prefixes = sorted({prefix for record in records if (prefix := _prefix(record))})
    if not prefixes:
        return {}
    ends = {}
    for line in ask(ends_question(prefixes)).text.splitlines():
        file, _, written = line.rpartition(":Valid-Until:")
        if date := release_date(written):
            ends[re.sub(r"(?:In)?Release$", "", file)] = date
    return ends


def _prefix(record: Mapping[str, str]) -> str:
    """'/lists/host_debian_dists_bookworm_' of '/lists/host_debian_dists_bookworm_main_binary-amd64_Packages.lz4'."""
    match = re.match(r"(/.*?_dists_" + re.escape(record["RELEASE"].replace("/", "_")) + r"_)", record["FILENAME"])
    return match[1] if match else ""


def empty_question(file: str, prefix: str) -> api.Command:
    """Does the Release file say that this list is of no length? In the name of a file, apt writes "_" for "/"."""
    path = re.sub(r"[^A-Za-z0-9]", ".", file.removeprefix(prefix))
    files = (f"{prefix}InRelease", f"{prefix}Release")
    return api.Command(("grep", "-s", "-h", "-m", "1", "-E", f"^ [0-9a-f]+ +0 {path}$", "--", *files))


def _holds_nothing(ask: api.Ask, record: Mapping[str, str]) -> bool:
    """Did it answer all the same? apt keeps no list of an archive without packages, as Debian's updates are after a release."""
    prefix = _prefix(record)
    try:
        return bool(prefix and ask(empty_question(record["FILENAME"], prefix)).text.strip())
    except api.Missing:
        return False


@api.provider("linux", seconds=30)
def apt_sources(ask: api.Ask, machine: api.Machine, section: Patches) -> api.Facts[Sources]:
    """One fact; none without apt, and where it is not the system's own."""
    if is_of_another(ask, section, APT):
        return
    planned, here = ask.many([targets_question(section, admin=machine.admin, planned=planned) for planned in (True, False)])
    if planned.problem == api.ToolMissing.kind:
        return
    codename = _codename(ask)
    if planned.exit_code and (fault := _FAULT.search(planned.errors)):
        yield Sources((), codename, fault[0][:300])
        return
    yield Sources(_sources(ask, parse_targets(planned.checked_text), parse_targets(here.checked_text)), codename)


def _sources(ask: api.Ask, wanted: list[dict[str, str]], fetched: list[dict[str, str]]) -> tuple[Source, ...]:
    """One for each archive that is wanted; its lists, one for each component, are taken together."""
    entries = _blind(ask, {record["SOURCESENTRY"] for record in wanted})
    ends = _ends(ask, fetched)
    found: dict[tuple[str, str], Source] = {}
    for record in wanted:
        key = (record["SITE"], record["RELEASE"])
        lists = [one for one in fetched if (one["SITE"], one["RELEASE"]) == key]
        first = lists[0] if lists else record
        unsigned = record["SOURCESENTRY"] in entries or any(one["TRUSTED"] == "no" for one in lists)
        here = bool(lists) or (key in found and found[key].fetched) or _holds_nothing(ask, record)
        found[key] = Source(*key, first["ORIGIN"], first["CODENAME"], here, unsigned, ends.get(_prefix(first)))
    return tuple(found.values())
