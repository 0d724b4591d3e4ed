"""Updates that wait, as apk sees them (Alpine Linux). Changes nothing, needs no rights and no network.

`apk version` compares what is installed with the lists that were fetched last. Nobody tells which of these updates close holes.
"""

from __future__ import annotations

import re
from datetime import datetime

from itaudit import api
from itaudit.facts.updates import ARCHIVE, Archive, InstalledPackage, PackageManager, Update
from itaudit.facts.updates.listed import dated_lists, exists, modified

# apk-tools 3 keeps its records below /usr on a system whose /lib is a link to /usr/lib.
DATABASES = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
WORLD = api.ReadFile("/etc/apk/world")
PENDING = api.Command(("apk", "--no-network", "version", "-l", "<"), timeout=20.0)
LISTS = ("/var/cache/apk/APKINDEX.*.tar.gz", "/etc/apk/cache/APKINDEX.*.tar.gz")
_NAME = r"[A-Za-z0-9._+][A-Za-z0-9._+-]{0,199}"
_LINE = re.compile(rf"(?P<name>{_NAME})-(?P<old>\d[^-\s]{{0,100}}(?:-r\d{{1,9}})?)\s+<\s+(?P<new>\d\S{{0,100}})(?: @\S+)?\s*")
_HEAD = "Installed:"
# A package that is only a name for others has the moment of its making for a version: it holds nothing.
_FIXED = re.compile(rf"^(?!\.)({_NAME})=(?!\d{{8}}\.\d{{6}}$)", re.MULTILINE)
_BROKEN = {"f": "some of its files are missing", "s": "its installation script failed"}


def parse_pending(answer: api.Answer) -> list[tuple[str, str, str]]:
    """(name, installed, candidate) of each. Raises api.Missing; also where nothing is said to wait although a list is missing."""
    text = answer.checked_text
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines and _HEAD not in answer.errors:
        raise api.Unreadable("apk version says nothing")
    found = []
    for line in lines:
        if line.startswith(_HEAD):
            continue
        match = _LINE.fullmatch(line)
        if not match:
            raise api.Unreadable(f"apk version: {line[:200]!r}")
        found.append((match["name"], match["old"], match["new"]))
    if not found and re.search(r"^(WARNING|ERROR)", answer.errors, re.MULTILINE):
        raise api.Unreadable(f"apk version: {answer.errors[:200]!r}", unlock="sudo apk update")
    return found


def parse_installed(text: str, fixed: frozenset[str]) -> list[InstalledPackage]:
    """The records of apk's own database. Raises api.Unreadable where there is none."""
    packages = []
    for record in text.split("\n\n"):
        fields = dict(reversed([(line[0], line[2:]) for line in record.split("\n") if line[1:2] == ":"]))
        name, version = fields.get("P", ""), fields.get("V", "")
        if not name or not version:
            continue
        state = next((words for flag, words in _BROKEN.items() if flag in fields.get("f", "")), "installed")
        packages.append(InstalledPackage(name, version, fields.get("A", ""), fields.get("m", ""), name in fixed, state))
    if not packages:
        raise api.Unreadable("apk knows of no installed package")
    return packages


def _fixed(ask: api.Ask) -> frozenset[str]:
    """Packages that /etc/apk/world holds at one version ("name=1.2-r3")."""
    try:
        return frozenset(_FIXED.findall(ask(WORLD).text))
    except api.NotFound:
        return frozenset()


def _database(ask: api.Ask) -> str:
    return next((file for file in DATABASES if exists(ask, file)), "")


def _lists(ask: api.Ask) -> tuple[Archive, ...]:
    # A cache that was set up by hand holds the lists instead; then /var/cache/apk may keep old ones.
    pattern = LISTS[1] if exists(ask, LISTS[1]) else LISTS[0]
    return dated_lists(ask, pattern, "apk", lambda file: file.name.removesuffix(".tar.gz"))


@api.provider("linux", seconds=45)
def apk(ask: api.Ask) -> api.Facts[PackageManager]:
    """What apk knows. Nothing where it has no records."""
    database = _database(ask)
    if not database:
        return
    archives = _lists(ask)
    # Which list holds an update is not told: the newest date is certainly not too early.
    dates: list[datetime] = [archive.published for archive in archives if archive.published]
    since = max(dates) if dates and len(dates) == len(archives) else None
    fixed = _fixed(ask)
    updates = tuple(
        Update(name, old, new, (), None, name in fixed, released_by=since, released_from=ARCHIVE if since else "")
        for name, old, new in parse_pending(ask(PENDING))
    )
    yield PackageManager(
        "apk",
        updates,
        archives,
        modified(ask, database),
        tells_security=False,
        refresh="sudo apk update",
        install=("sudo apk update", "sudo apk upgrade --available"),
    )


@api.provider("linux", seconds=20)
def apk_packages(ask: api.Ask) -> api.Facts[InstalledPackage]:
    """Every installed package; read from a file, so a disk that does not run tells it too."""
    if database := _database(ask):
        yield from parse_installed(ask(api.ReadFile(database, limit_bytes=32 * 2**20)).text, _fixed(ask))
