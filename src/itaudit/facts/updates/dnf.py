"""Updates that wait, as dnf sees them (Fedora, Red Hat and relatives), from the lists that are on the machine. Changes nothing.

Plugins are left out: they may ask the network, and one of them hides what is locked. `updateinfo list --verbose` is the form of
dnf 4 that tells a day; dnf 5 writes JSON. Both tell the day of the last change of a notice: the first one is in the lists.
dnf finds no updates, and no fault, where it finds no list: so it is asked which of them it used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.updates import PackageManager, Patches, Update
from itaudit.facts.updates.advisories import Advisory, by_package, with_advisories
from itaudit.facts.updates.dnf_output import HOLE, TAGS, notices_of, parse_pending, parse_used
from itaudit.facts.updates.rpm import Record, locked, locks_of, newest, records_of
from itaudit.facts.updates.rpm_lists import Repository, issued, repositories_of, source_of
from itaudit.facts.updates.system_manager import DNF, release_of, system_manager

SOURCES = "/etc/yum.repos.d"
LISTS, LISTS5 = "/var/cache/dnf", "/var/cache/libdnf5"
IMAGE = api.FileStatus("/run/ostree-booted")
OWNER = api.Command(("rpm", "-qf", "--queryformat", "%{NAME}\\n", "/usr/bin/dnf"))
_WITHOUT_NOTICES = ("epel",)
"""Add-ons with notices of their own: they say nothing of the system's packages (CentOS Stream publishes none)."""
_BASE = re.compile(r"(?i).*baseos|base|updates")
_OWN = {
    "fedora": re.compile(r"updates|rawhide"),
    "rhel": re.compile(r"(?i)rhel-|rhui|.*baseos"),
    **dict.fromkeys(("almalinux", "rocky", "ol", "centos"), _BASE),
}
"""The sources that a system's updates come from, by its ID in os-release."""
_SECOND = ("i686", "i386")
_UNLOCK_IMAGE = "Run rpm-ostree upgrade --check, or bootc upgrade --check, by hand."
_UNLOCK_LISTS = "sudo dnf makecache"
_UNLOCK_OWN = "sudo dnf repolist names the sources; sudo subscription-manager status tells whether a Red Hat is registered."


def _command(section: Patches, *arguments: str, modern: bool = False) -> api.Command:
    root = section.rpm_root
    where = (f"--installroot={root}", "--releasever=1") if root else ()
    # dnf 4 takes the system's lists with -C for every user; dnf 5 would take the user's own.
    lists = (f"--setopt=cachedir={LISTS5}",) if modern else ()
    bare = ("--no-plugins", "--setopt=disable_excludes=main") if modern else ("--noplugins", "--disableexcludes=main")
    quiet = () if modern else ("--setopt=logfilelevel=0",)
    argv = ("dnf", "-C", *where, *lists, *bare, *quiet, "--setopt=exit_on_lock=True", *arguments)
    return api.Command(argv, timeout=30.0, environment=(("TZ", "UTC"),))


def pending_question(section: Patches, *, modern: bool) -> api.Command:
    form = "|".join(f"%{{{tag}}}" for tag in TAGS) + "\\n"
    return _command(section, "-q", "repoquery", "--upgrades", "--queryformat", form, modern=modern)


def notices_question(section: Patches, *, modern: bool, holes: bool) -> api.Command:
    """holes: with the number of each hole in place of the notice's."""
    chosen = ("--security", "--with-cve") if holes else ()
    if modern:
        return _command(section, "-q", "advisory", "list", "--updates", *chosen, "--json", modern=True)
    return _command(section, "-v", "updateinfo", "list", "--updates", *chosen)


def _said(answer: api.Answer) -> api.Answer:
    """The answer, where it can be believed: without the system's records dnf says "nothing waits", and ends with 0."""
    text = answer.text
    words = answer.errors or text
    if re.search(r"^error: .*(?:database|Packages)", answer.errors, re.MULTILINE):
        raise api.Unreadable(f"dnf cannot read the system's records: {words[:200]!r}")
    if answer.exit_code in (0, None):
        return answer
    if re.search(r"no cache for|Cache-only", words):
        raise api.NotFound("the list of some source was never fetched", _UNLOCK_LISTS)
    if answer.exit_code == 200:
        raise api.TimedOut("another program installs software right now")
    raise api.Unreadable(f"dnf: exit code {answer.exit_code}: {' '.join(words[:200].split())}")


def _with_holes(ask: api.Ask, section: Patches, notices: list[Advisory], *, modern: bool) -> list[Advisory]:
    """The notices, those of security with the numbers of their holes, where dnf tells them."""
    if not any(one.security for one in notices):
        return notices
    try:
        listed = notices_of(_said(ask(notices_question(section, modern=modern, holes=True))), modern=modern)
    except api.Missing:
        return notices
    if modern:
        named = {(one.id, one.key): one.holes for one in listed}
        return [replace(one, holes=named.get((one.id, one.key), ())) for one in notices]
    of_package: dict[tuple[tuple[str, str], datetime | None], list[str]] = {}
    for one in listed:
        if HOLE.fullmatch(one.id):
            of_package.setdefault((one.key, one.changed), []).append(one.id)
    return [replace(one, holes=tuple(of_package.get((one.key, one.changed), ()))) if one.security else one for one in notices]


def _is_modern(ask: api.Ask, section: Patches) -> bool:
    """Is "dnf" dnf 5? Asked of rpm, which is ten times faster than dnf itself."""
    answer = ask(OWNER) if not section.rpm_root else api.Answer()
    return not answer.problem and answer.body.strip() == "dnf5"


def _updates(
    found: dict[tuple[str, str], tuple[str, str]], records: list[Record], held: set[str]
) -> dict[tuple[str, str], Update]:
    """One for each package; a second one for 32 bits carries that in its name."""
    there = newest(records)
    updates = {}
    for key, (version, source) in found.items():
        name, architecture = key
        shown = f"{name}.{architecture}" if architecture in _SECOND and (name, "x86_64") in found else name
        old = there[key].version if key in there else ""
        updates[key] = Update(shown, old, version, (source,), None, held=name in held)
    return updates


@api.provider("linux", seconds=75)
def dnf(ask: api.Ask, machine: api.Machine, section: Patches) -> api.Facts[PackageManager]:
    """What dnf knows, with its waiting updates; none where the system is not made of its packages."""
    if system_manager(ask, section) != DNF:
        return
    if not section.rpm_root and not ask(IMAGE).problem:
        raise api.ToolMissing("a reader of systems that are renewed as a whole", _UNLOCK_IMAGE)
    records = records_of(ask, section)
    changed = datetime.fromtimestamp(max(record.installed for record in records), UTC)
    modern = _is_modern(ask, section)
    repositories = repositories_of(ask, section, SOURCES, (LISTS5 if modern else LISTS,), machine.now)
    install = ("sudo dnf upgrade --refresh",)
    empty = PackageManager(DNF, (), (), changed, tells_security=False, refresh=_UNLOCK_LISTS, install=install)
    if not repositories:
        yield empty
        return
    # One after the other: dnf locks its lists, against itself too.
    told = _said(ask(notices_question(section, modern=modern, holes=False)))
    listed = _said(ask(pending_question(section, modern=modern)))
    repositories = _of_the_system(repositories if modern else _used(repositories, told.text), release_of(ask, section))
    tells = any(one.notices and not one.id.startswith(_WITHOUT_NOTICES) for one in repositories)
    found = parse_pending(listed.text)
    notices = _with_holes(ask, section, notices_of(told, modern=modern), modern=modern) if found else []
    held = locked({name for name, _ in found}, locks_of(ask, section, DNF)) if found else set()
    days = issued(ask, repositories) if notices else {}
    named = by_package(notices)
    telling = {source_of(one.id) for one in repositories if one.notices}
    updates = [
        with_advisories(one, key, named, days, told=tells and source_of(one.suites[0]) in telling)
        for key, one in _updates(found, records, held).items()
    ]
    archives = tuple(one.archive for one in repositories)
    yield replace(empty, pending=tuple(updates), archives=archives, tells_security=tells)


def _of_the_system(repositories: list[Repository], release: Mapping[str, str]) -> list[Repository]:
    """All of them. Raises api.NotFound where none is of the system's own maker, as on a Red Hat without its subscription: then
    the lists of others are fresh, and never hold an update of the system itself."""
    own = _OWN.get(release.get("ID", ""))
    if own and not any(own.match(one.id) for one in repositories):
        raise api.NotFound("no list is of a source of the system's own maker", _UNLOCK_OWN)
    return repositories


def _used(repositories: list[Repository], text: str) -> list[Repository]:
    """Those that dnf 4 says it used. Raises api.NotFound where there is none: then it knows of no update either."""
    names = parse_used(text)
    used = [one for one in repositories if one.id in names]
    if not used:
        raise api.NotFound("dnf finds none of the lists that it fetched", _UNLOCK_LISTS)
    return used
