"""What dnf prints, read strictly: tables of dnf 4, JSON of dnf 5."""

from __future__ import annotations

import re

from itaudit import api
from itaudit.facts.updates.advisories import Advisory, severity_of
from itaudit.facts.updates.rpm import full_version
from itaudit.facts.updates.rpm_lists import day_of

TAGS = ("name", "epoch", "version", "release", "arch", "repoid")
HOLE = re.compile(r"CVE-\d{4}-\d{4,12}")
_NOTICE = re.compile(
    r"(?P<id>\S{1,200})\s+(?P<kind>\S+(?:/Sec\.)?)\s+(?P<package>\S+)\s+(?P<day>\d{4}-\d\d-\d\d)(?: \d\d:\d\d:\d\d)?"
)
_PACKAGE = re.compile(r"(?P<name>\S+)-(?:(?P<epoch>\d+):)?(?P<version>[^-\s]+)-(?P<release>[^-\s]+)\.(?P<arch>[^.\s]+)")


def parse_pending(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    """{(name, architecture): (new version, source)}. Raises api.Unreadable on a line that is not as asked for."""
    found = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        parts = line.split("|")
        if len(parts) != len(TAGS) or not all(parts) or not re.fullmatch(r"[0-9]{1,10}|\(none\)", parts[1]):
            raise api.Unreadable(f"dnf repoquery: {line[:200]!r}")
        name, epoch, version, release, architecture, source = parts
        found[name, architecture] = (full_version(epoch, version, release), source)
    return found


def parse_used(text: str) -> set[str]:
    """The sources whose lists dnf 4 says it used."""
    return {match[1] for match in re.finditer(r"^(\S+): using metadata from ", text, re.MULTILINE)}


def parse_notices(text: str) -> list[Advisory]:
    """Of dnf 4. What it tells of itself in other lines is left out. Raises api.Unreadable on half a line about a notice."""
    found = []
    for line in text.splitlines():
        if match := _NOTICE.fullmatch(line.strip()):
            security = match["kind"].endswith("/Sec.")
            severity = severity_of(match["kind"].removesuffix("/Sec.")) if security else ""
            found.append(Advisory(match["id"], _key(match["package"]), security, severity, day_of(match["day"])))
        elif re.search(r"/Sec\.(?:\s|$)", line):
            raise api.Unreadable(f"dnf updateinfo: {line[:200]!r}")
    return found


def parse_notices5(found: object) -> list[Advisory]:
    """Of dnf 5: a list of {name, type, severity, nevra, buildtime}; with holes, the names begin with "advisory_" and there are
    references. Raises api.Unreadable."""
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise api.Unreadable("dnf advisory list: not a list of notices")
    return [_notice5({str(name).removeprefix("advisory_"): value for name, value in one.items()}) for one in found]


def _notice5(entry: dict[str, object]) -> Advisory:
    references = entry.get("references")
    names = (
        [str(one.get("reference_id", "")) for one in references if isinstance(one, dict)] if isinstance(references, list) else []
    )
    return Advisory(
        str(entry.get("name", ""))[:200],
        _key(str(entry.get("nevra", ""))),
        str(entry.get("type", "")).lower() == "security",
        severity_of(str(entry.get("severity", ""))),
        day_of(str(entry.get("buildtime", ""))[:19]),
        tuple(name for name in names if HOLE.fullmatch(name)),
    )


def _key(written: str) -> tuple[str, str]:
    match = _PACKAGE.fullmatch(written)
    if not match:
        raise api.Unreadable(f"dnf names a strange package: {written[:200]!r}")
    return match["name"], match["arch"]


def notices_of(answer: api.Answer, *, modern: bool) -> list[Advisory]:
    """modern: of dnf 5, which prints nothing at all where there are none. Raises api.Missing."""
    if modern:
        return parse_notices5(answer.json) if answer.text.strip() else []
    return parse_notices(answer.text)
