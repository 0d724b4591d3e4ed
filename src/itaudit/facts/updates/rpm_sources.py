"""The sources that dnf or zypper is told to take programs from: which were ever fetched, and which prove who made them.

A source proves nothing where its file, or the main settings, say in so many words that signatures are not looked at
(gpgcheck=0 of dnf.conf(5) and libzypp), and the list itself is not signed either (repo_gpgcheck).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from itaudit import api
from itaudit.facts.updates import Patches
from itaudit.facts.updates.dnf import LISTS, LISTS5
from itaudit.facts.updates.dnf import SOURCES as OF_DNF
from itaudit.facts.updates.rpm import settings_question
from itaudit.facts.updates.rpm_lists import (
    list_question,
    lists_question,
    overridden,
    overrides_of,
    parse_sections,
    source_of,
    sources_question,
)
from itaudit.facts.updates.sources import Source, Sources
from itaudit.facts.updates.system_manager import DNF, ZYPPER, system_manager
from itaudit.facts.updates.zypper import LISTS as LISTS_OF_ZYPPER
from itaudit.facts.updates.zypper import SOURCES as OF_ZYPPER

_MOST_FILES, _MOST, _LONGEST = 60, 300, 200
_DISCS = ("cd:", "dvd:", "hd:", "iso:", "dir:", "usb:")
_OFF, _ON = ("0", "no", "false", "off"), ("1", "yes", "true", "on")


def _is(values: Mapping[str, str], name: str, words: tuple[str, ...]) -> bool:
    return values.get(name, "").strip().lower() in words


def is_unsigned(values: Mapping[str, str], main: Mapping[str, str]) -> bool:
    """values: of the source; what it does not say, `main` says for all."""
    merged = {**main, **values}
    blind = _is(merged, "gpgcheck", _OFF) or _is(merged, "pkg_gpgcheck", _OFF)
    return blind and not _is(merged, "repo_gpgcheck", _ON)


def source(name: str, values: Mapping[str, str], main: Mapping[str, str], fetched: set[str]) -> Source | None:
    """None for one that is switched off, and for discs. An address of which nothing is said here comes from elsewhere."""
    if _is(values, "enabled", _OFF):
        return None
    written = next((values[key] for key in ("baseurl", "metalink", "mirrorlist") if values.get(key)), "")
    site = re.sub(r"//[^/]*@", "//", re.split(r"[\s,]+", written.strip())[0])[:_LONGEST]
    if site.startswith(_DISCS):
        return None
    here = "$" in name or source_of(name) in fetched
    return Source(site, name[:_LONGEST], fetched=here, unsigned=is_unsigned(values, main))


def _paths(ask: api.Ask, question: api.Glob) -> list[str]:
    found = ask(question).json
    return [str(path) for path in found] if isinstance(found, list) else []


def _main(ask: api.Ask, section: Patches) -> Mapping[str, str]:
    try:
        return parse_sections(ask(settings_question(section)).text).get("main", {})
    except api.NotFound:
        return {}


@api.provider("linux", seconds=20)
def rpm_sources(ask: api.Ask, section: Patches) -> api.Facts[Sources]:
    """One fact on systems of dnf and zypper; none elsewhere."""
    manager = system_manager(ask, section)
    if manager not in (DNF, ZYPPER):
        return
    folder, lists = (OF_DNF, (LISTS, LISTS5)) if manager == DNF else (OF_ZYPPER, LISTS_OF_ZYPPER)
    main = _main(ask, section) if manager == DNF else {}
    known = [path for one in lists for path in _paths(ask, lists_question(section, one))]
    fetched = {source_of(re.sub(r"-[0-9a-f]{16}$", "", path.split("/")[-3])) for path in known if path.count("/") >= 3}
    files = _paths(ask, sources_question(section, folder))[:_MOST_FILES]
    overrides = overrides_of(ask, section, folder)
    found: dict[str, Source] = {}
    for answer in ask.many([list_question(file) for file in files]) if files else []:
        for name, values in parse_sections("" if answer.problem else answer.body).items():
            one = source(name, overridden(name, values, overrides), main, fetched) if name != "main" else None
            if one and len(found) < _MOST:
                found[name] = one
    yield Sources(tuple(found.values()), "", manager=manager)
