"""Updates and patches that wait, as zypper sees them (openSUSE and SUSE), from the lists that are on the machine.

A patch of SUSE is a notice about packages: which ones, `zypper info` tells as what the patch conflicts with (older versions).
Counted are packages, as everywhere; a patch of which no package is found counts as one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.updates import PackageManager, Patches, Update
from itaudit.facts.updates.advisories import Advisory, by_package, severity_of, with_advisories
from itaudit.facts.updates.rpm import locked, locks_of, newest, records_of
from itaudit.facts.updates.rpm_lists import Repository, day_of, issued, repositories_of, source_of
from itaudit.facts.updates.system_manager import ZYPPER, release_of, system_manager

SOURCES = "/etc/zypp/repos.d"
LISTS = ("/var/cache/zypp/raw",)
_LOCKED, _NO_RIGHTS = 7, 5
_ROLLING = ("opensuse-tumbleweed", "opensuse-slowroll", "opensuse-microos", "opensuse-aeon", "opensuse-kalpa")
"""Systems whose maker tells of no holes: each update is a new release of the whole."""
_MOST_ASKED = 400
_ELEMENT = re.compile(r"<(?P<close>/?)(?P<name>[\w-]+)(?P<attributes>(?:\s+[\w:-]+=\"[^\"<]*\")*)\s*/?>")
_ATTRIBUTE = re.compile(r"([\w:-]+)=\"([^\"<]*)\"")
_ABOUT = re.compile(r"^Information for patch (?P<name>\S+):$", re.MULTILINE)
_ARCHITECTURES = r"noarch|x86_64|aarch64|ppc64le|s390x|i[3-6]86|armv\w+|riscv64"
_CONFLICT = re.compile(rf"(?P<name>[A-Za-z0-9][\w.+-]*?)(?:\.(?:{_ARCHITECTURES}))? < \S+")
_HOLE = re.compile(r"CVE-\d{4}-\d{4,12}")


def _command(section: Patches, *arguments: str, xml: bool = True) -> api.Command:
    where = ("--root", section.rpm_root) if section.rpm_root else ()
    form = ("--xmlout",) if xml else ()
    argv = ("zypper", *where, "--non-interactive", "--quiet", "--no-refresh", *form, *arguments)
    return api.Command(argv, timeout=30.0, environment=(("TZ", "UTC"),))


def packages_question(section: Patches, *, all_of_them: bool = False) -> api.Command:
    """all_of_them: also what zypper would not install now, such as what is locked."""
    return _command(section, "list-updates", *(("--all",) if all_of_them else ()))


def patches_question(section: Patches) -> api.Command:
    return _command(section, "list-patches")


def contents_question(section: Patches, names: Iterable[str]) -> api.Command:
    return _command(section, "info", "--type", "patch", "--", *names, xml=False)


def parse_elements(text: str) -> list[tuple[str, dict[str, str]]]:
    """(name, attributes) of every element, in order; ends as "/name". Raises api.Unreadable where the whole is cut short."""
    if "<stream>" not in text or "</stream>" not in text:
        raise api.Unreadable(f"zypper: {text[:200]!r}")
    found = []
    for match in _ELEMENT.finditer(text):
        values = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(match["attributes"])}
        found.append((match["close"] + match["name"], values))
    return found


def parse_packages(text: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    """{(name, architecture): (installed, new version, source)}. Raises api.Unreadable."""
    found: dict[tuple[str, str], tuple[str, str, str]] = {}
    last: tuple[str, str] | None = None
    for element, values in parse_elements(text):
        if element == "update":
            last = None
            if values.get("kind") != "package":
                continue
            if not values.get("name") or not values.get("edition"):
                raise api.Unreadable(f"zypper names no package: {values}"[:200])
            last = (values["name"], values.get("arch", ""))
            found[last] = (values.get("edition-old", ""), values["edition"], "")
        elif element == "source" and last:
            found[last] = (*found[last][:2], values.get("alias", ""))
    return found


def parse_patches(text: str) -> dict[str, Advisory]:
    """{name: patch} of those that this system needs, not yet with the package each is about. Raises api.Unreadable."""
    found: dict[str, Advisory] = {}
    patch, changed = "", None
    holes: list[str] = []
    values: dict[str, str] = {}
    for element, own in parse_elements(text):
        if element == "update":
            patch = own.get("name", "") if own.get("kind") == "patch" and own.get("status", "needed") == "needed" else ""
            values, holes, changed = own, [], None
        elif element == "issue-date":
            changed = day_of(own.get("time_t", ""))
        elif element == "issue" and _HOLE.fullmatch(own.get("id", "")):
            holes.append(own["id"])
        elif element == "/update" and patch:
            security = values.get("category") == "security"
            grade = severity_of(values.get("severity", "")) if security else ""
            found[patch[:200]] = Advisory(patch[:200], ("", ""), security, grade, changed, tuple(holes))
    return found


def parse_contents(text: str) -> dict[str, set[str]]:
    """{patch: names of the packages it mends}."""
    found: dict[str, set[str]] = {}
    heads = list(_ABOUT.finditer(text))
    for number, head in enumerate(heads):
        block = text[head.end() : heads[number + 1].start() if number + 1 < len(heads) else len(text)]
        for line in block.partition("\nConflicts")[2].splitlines():
            match = _CONFLICT.fullmatch(line.lstrip(" :").rstrip())
            if match:
                found.setdefault(head["name"], set()).add(match["name"])
    return found


def _said(ask: api.Ask, question: api.Command) -> str:
    answer = ask(question)
    text = answer.text
    if answer.exit_code == _LOCKED:
        raise api.TimedOut("another program installs software right now")
    if answer.exit_code == _NO_RIGHTS:
        raise api.AccessDenied("zypper wants to be root")
    return text if answer.exit_code in (100, 101, 102, 103) else answer.checked_text


def _patches(ask: api.Ask, section: Patches) -> list[Advisory]:
    """One for each package of each patch that is needed; those whose packages are not told have none."""
    patches = parse_patches(_said(ask, patches_question(section)))
    names = sorted(patches, key=lambda name: not patches[name].security)[:_MOST_ASKED]
    contents = parse_contents(_said(ask, contents_question(section, names))) if names else {}
    return [
        Advisory(one.id, (package, ""), one.security, one.severity, one.changed, one.holes)
        for one in patches.values()
        for package in sorted(contents.get(one.id, {""}))
    ]


def _packages(ask: api.Ask, section: Patches) -> tuple[dict[tuple[str, str], tuple[str, str, str]], set[str]]:
    """What waits, and the names among it that are locked."""
    found = parse_packages(_said(ask, packages_question(section)))
    locks = locks_of(ask, section, ZYPPER)
    if not locks:
        return found, set()
    hidden = parse_packages(_said(ask, packages_question(section, all_of_them=True)))
    held = locked({name for name, _ in hidden}, locks)
    return {**found, **{key: value for key, value in hidden.items() if key[0] in held}}, held


def updates_of(
    packages: Mapping[tuple[str, str], tuple[str, str, str]],
    held: set[str],
    patches: list[Advisory],
    days: Mapping[str, datetime],
    *,
    telling: set[str],
) -> list[Update]:
    """Packages with what their patches say; then the patches of which no package waits, each by its own name.

    telling: the sources that say which updates mend holes.
    """
    named = by_package(patches)
    updates = [
        with_advisories(
            Update(key[0], old, new, (source,), None, held=key[0] in held), key, named, days, told=source_of(source) in telling
        )
        for key, (old, new, source) in packages.items()
    ]
    placed = {one.id for name, _ in packages for one in named.get(name, ())}
    alone = {one.id: one for one in patches if one.id not in placed}
    for one in alone.values():
        update = Update(one.id, "", one.id, (), one.security)
        updates.append(with_advisories(update, ("", ""), {"": [replace(one, key=("", ""))]}, days, told=True))
    return updates


@api.provider("linux", seconds=90)
def zypper(ask: api.Ask, machine: api.Machine, section: Patches) -> api.Facts[PackageManager]:
    """What zypper knows, with its waiting updates; none where the system is not made of its packages."""
    if system_manager(ask, section) != ZYPPER:
        return
    records = newest(records_of(ask, section)).values()
    repositories = repositories_of(ask, section, SOURCES, LISTS, machine.now)
    changed = datetime.fromtimestamp(max(record.installed for record in records), UTC)
    system = release_of(ask, section).get("ID", "")
    rolling = system in _ROLLING
    told = not rolling and any(one.notices for one in repositories)
    updates = _waiting(ask, section, repositories, told=told) if repositories else []
    yield PackageManager(
        ZYPPER,
        tuple(updates),
        tuple(one.archive for one in repositories),
        changed,
        tells_security=told,
        refresh="sudo zypper refresh",
        install=_install(system),
    )


def _install(system: str) -> tuple[str, ...]:
    if system in ("opensuse-microos", "opensuse-aeon", "opensuse-kalpa"):
        return ("sudo transactional-update", "sudo systemctl reboot")
    return ("sudo zypper refresh", "sudo zypper dist-upgrade" if system in _ROLLING else "sudo zypper update")


def _waiting(ask: api.Ask, section: Patches, repositories: list[Repository], *, told: bool) -> list[Update]:
    packages, held = _packages(ask, section)
    patches = _patches(ask, section) if told else []
    telling = {source_of(one.id) for one in repositories if one.notices} if told else set()
    return updates_of(packages, held, patches, issued(ask, repositories) if patches else {}, telling=telling)
