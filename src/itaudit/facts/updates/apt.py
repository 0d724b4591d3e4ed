"""Updates that wait, as apt sees them. Changes nothing and needs no rights.

`apt list --upgradable` is four times faster than a simulated upgrade, and it names held updates too. Its output is declared
unstable: it is parsed strictly, and what does not fit is asked of `apt-get --simulate`, whose "Inst" lines are stable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from itaudit import api
from itaudit.facts.updates import ARCHIVE, Archive, PackageManager, Patches, Update, is_security, own_cache
from itaudit.facts.updates.archives import archives_of
from itaudit.facts.updates.changelogs import with_notes
from itaudit.facts.updates.dpkg import parse_records, records_folder, records_question
from itaudit.facts.updates.listed import modified
from itaudit.facts.updates.system_manager import APT, is_of_another

_LISTED = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9+.-]*)/(?P<suites>\S+) (?P<new>\S+) (?P<architecture>[a-z0-9-]+) \[upgradable from: (?P<old>\S+)\]"
)
_INSTALLED = re.compile(
    r"Inst (?P<name>\S+?)(?::\S+)? \[(?P<old>[^\]\s]+)\] \((?P<new>\S+) (?P<origins>.+?) \[(?P<architecture>[a-z0-9-]+)\]\)"
)
_VERSION = re.compile(r" (?P<installed>\*\*\*|   ) (?P<version>\S+) -?\d+(?: \(phased \d{1,3}%\))?")
_FROM_SECURITY = re.compile(r" +-?\d+ \S+ \S+-security/\S+ ")
_UNSORTED = ("testing", "unstable")
"""Archives of Debian that get most fixes among all else, although there is one for security beside them."""
_PHASED = re.compile(r" (?:\*\*\*|   ) (?P<version>\S+) -?\d+ \(phased (?P<percent>\d{1,3})%\)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A newer version, with the (label, suite) of each archive that holds it; the label is "" where apt did not say."""

    name: str
    architecture: str
    installed: str
    version: str
    origins: tuple[tuple[str, str], ...]


def list_question(section: Patches, *, admin: bool) -> api.Command:
    argv = ("apt", "list", "--upgradable", *own_cache(section, admin))
    return api.Command(argv, timeout=20.0, environment=section.environment)


def simulation_question(section: Patches, *, admin: bool) -> api.Command:
    argv = ("apt-get", "--simulate", "--ignore-hold", "-o", "Debug::NoLocking=1", *own_cache(section, admin), "dist-upgrade")
    return api.Command(argv, timeout=30.0, environment=section.environment)


def policy_question(section: Patches, names: tuple[str, ...], *, admin: bool) -> api.Command:
    argv = ("apt-cache", *own_cache(section, admin), "policy", "--", *names)
    return api.Command(argv, timeout=20.0, environment=section.environment)


def parse_list(text: str) -> list[Candidate]:
    """Raises api.Unreadable on any line that does not fit."""
    candidates = []
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or not lines[0].startswith("Listing..."):
        raise api.Unreadable(f"apt list: {text[:200]!r}")
    for line in lines[1:]:
        match = _LISTED.fullmatch(line)
        if not match:
            raise api.Unreadable(f"apt list: {line[:200]!r}")
        origins = tuple(("", suite) for suite in match["suites"].split(",") if suite != "now")
        candidates.append(Candidate(match["name"], match["architecture"], match["old"], match["new"], origins))
    return candidates


def parse_simulation(text: str) -> list[Candidate]:
    """Upgrades among the "Inst" lines; new packages have no old version and are no updates. Raises api.Unreadable."""
    if "Reading package lists..." not in text:
        raise api.Unreadable(f"apt-get --simulate: {text[:200]!r}")
    candidates = []
    for line in text.splitlines():
        if not line.startswith("Inst ") or re.match(r"Inst \S+ \(", line):
            continue
        match = _INSTALLED.match(line)
        if not match:
            raise api.Unreadable(f"apt-get --simulate: {line[:200]!r}")
        origins = tuple(_origin(origin) for origin in match["origins"].split(", "))
        candidates.append(Candidate(match["name"], match["architecture"], match["old"], match["new"], origins))
    return candidates


def _origin(written: str) -> tuple[str, str]:
    """'Debian-Security:12/oldstable-security', or 'Debian-Security:oldstable-security' without a version -> (label, suite)."""
    label, _, release = written.partition(":")
    return label, release.rpartition("/")[2]


def parse_phases(text: str) -> dict[tuple[str, str], int]:
    """{(package, version): percent of the machines that are offered it}, from `apt-cache policy`."""
    phases, package = {}, ""
    for line in text.splitlines():
        if not line.startswith(" "):
            package = line.removesuffix(":")
        elif match := _PHASED.fullmatch(line):
            phases[package, match["version"]] = int(match["percent"])
    return phases


def parse_mended(text: str) -> set[str]:
    """Packages of which a security archive holds a version above the installed one, up to the candidate, from `apt-cache policy`.

    apt names the archives of the candidate only, and that may have been mended once more in an ordinary one.
    """
    found, package, candidate, newer = set(), "", "", False
    for line in text.splitlines():
        if not line.startswith(" "):
            package, candidate, newer = line.removesuffix(":"), "", False
        elif line.startswith("  Candidate: "):
            candidate = line.removeprefix("  Candidate: ")
        elif match := _VERSION.fullmatch(line):
            newer = not match["installed"].strip() and (newer or match["version"] == candidate)
        elif newer and _FROM_SECURITY.match(line):
            found.add(package)
    return found


def released_by(candidate: Candidate, archives: tuple[Archive, ...]) -> datetime | None:
    """The day by which it was certainly out: the oldest date of an archive that holds it.

    Where several archives share the name of a suite, the newest of them counts: never claim an update older than it is.
    """
    days = []
    for _, suite in candidate.origins:
        dates = [archive.published for archive in archives if archive.suite == suite]
        if dates and all(dates):
            days.append(max(date for date in dates if date))
    return min(days, default=None)


def _ambiguous(archives: tuple[Archive, ...]) -> bool:
    """Does a security archive share its suite's name with another, as on Debian 10? Then only the simulation tells them apart."""
    return bool({a.suite for a in archives if a.security} & {a.suite for a in archives if not a.security})


def _candidates(ask: api.Ask, machine: api.Machine, section: Patches, archives: tuple[Archive, ...]) -> list[Candidate]:
    if not _ambiguous(archives):
        try:
            return parse_list(ask(list_question(section, admin=machine.admin)).checked_text)
        except (api.Unreadable, api.ToolMissing):
            pass  # the simulation below says the same, slowly
    return parse_simulation(ask(simulation_question(section, admin=machine.admin)).checked_text)


def _is_told(found: Candidate, archives: tuple[Archive, ...]) -> bool:
    """Does each archive that may be meant keep its fixes apart? Its maker has an archive for them, and sends them there."""
    tellers = {archive.origin for archive in archives if archive.security}
    meant = [a for label, suite in found.origins for a in archives if a.suite == suite and label in ("", a.label)]
    return bool(meant) and all(archive.origin in tellers and archive.suite not in _UNSORTED for archive in meant)


def _update(found: Candidate, native: str, held: set[str], archives: tuple[Archive, ...]) -> Update:
    # Where apt named no label, the suite decides: it is no other archive's (see _ambiguous).
    suites = {archive.suite for archive in archives if archive.security}
    since = released_by(found, archives)
    security = any(is_security(label, suite) or (not label and suite in suites) for label, suite in found.origins)
    return Update(
        package=found.name if found.architecture in (native, "all") or not native else f"{found.name}:{found.architecture}",
        installed=found.installed,
        candidate=found.version,
        suites=tuple(suite for _, suite in found.origins),
        security=security or (False if _is_told(found, archives) else None),
        held=found.name in held,
        released_by=since,
        released_from=ARCHIVE if since else "",
    )


def _by_policy(ask: api.Ask, machine: api.Machine, section: Patches, updates: list[Update]) -> list[Update]:
    """With what only the table of versions tells: which of them are also security updates, and which are phased (Ubuntu, and
    never those of its security archive)."""
    names = tuple(sorted({update.package for update in updates if not update.security}))
    if not names:
        return updates
    try:
        text = ask(policy_question(section, names, admin=machine.admin)).checked_text
    except api.NotRecorded:
        return updates  # recorded when only an Ubuntu was asked
    mended, phases = parse_mended(text), parse_phases(text)
    updates = [replace(update, security=True) if update.package in mended else update for update in updates]
    return [u if u.security else replace(u, phased_percent=phases.get((u.package, u.candidate))) for u in updates]


@api.provider("linux", seconds=60)
def apt(ask: api.Ask, machine: api.Machine, section: Patches) -> api.Facts[PackageManager]:
    """What apt knows, with its waiting updates; none where the system is not made of Debian's packages."""
    if is_of_another(ask, section, APT):
        return
    folder = records_folder(ask, section)
    packages = parse_records(ask(records_question(folder)).checked_text)
    held = {package.name for package in packages if package.held}
    native = next((package.architecture for package in packages if package.name == "dpkg"), "")
    archives = archives_of(ask, section, admin=machine.admin)
    updates = [_update(found, native, held, archives) for found in _candidates(ask, machine, section, archives)]
    updates = _by_policy(ask, machine, section, updates)
    updates = with_notes(ask, section, updates, admin=machine.admin)
    tells = any(archive.security for archive in archives)
    yield PackageManager("apt", tuple(updates), archives, modified(ask, f"{folder}/status"), tells)
