"""The archives that apt has lists of, with the dates of their Release files.

`apt-get indextargets` (apt.conf(5), "acquire additional files") names each list; it takes some milliseconds
and honours whatever configuration apt has. The Release file lies beside the list, under the same prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from itaudit import api
from itaudit.facts.updates import Archive, Patches, own_cache

_FIELDS = 5
_QUOTED = re.compile(r"""[\\|{}\[\]<>"^~_=!@#$%&*]""")
"""What apt writes as numbers in the name of a file."""


def index_question(section: Patches, *, admin: bool = True) -> api.Command:
    form = "$(METAKEY)|$(FILENAME)|$(ORIGIN)|$(LABEL)|$(SUITE)"
    argv = ("apt-get", *own_cache(section, admin), "indextargets", "--format", form, "Created-By: Packages")
    return api.Command(argv, environment=section.environment)


def dates_question(prefixes: Iterable[str]) -> api.Command:
    """Only the date line: a Release file is up to half a megabyte of checksums."""
    files = [f"{prefix}{name}" for prefix in prefixes for name in ("InRelease", "Release")]
    return api.Command(("grep", "-s", "-H", "-m", "1", "-E", "^Date:", "--", *files))


def parse_index(text: str) -> dict[str, Archive]:
    """{prefix of its files: archive without a date}. Raises api.Unreadable on a line that is not as asked for."""
    archives: dict[str, Archive] = {}
    for line in text.splitlines():
        parts = line.split("|")
        if len(parts) != _FIELDS:
            raise api.Unreadable(f"apt-get indextargets: {line[:200]!r}")
        key, file = parts[:2]
        origin, label, suite = ("" if part.startswith("$(") else part for part in parts[2:])
        prefix, found, _ = file.rpartition(_QUOTED.sub(lambda match: f"%{ord(match[0]):02x}", key).replace("/", "_"))
        if not found or not prefix.startswith("/"):
            raise api.Unreadable(f"apt-get indextargets names a strange file: {file[:200]!r}")
        archives[prefix] = Archive(origin, label, suite)
    return archives


def parse_dates(text: str) -> dict[str, datetime]:
    """{Release file: date} from grep's output; lines without a date that can be read are left out."""
    dates = {}
    for line in text.splitlines():
        file, _, written = line.rpartition(":Date:")
        date = release_date(written)
        if file and date:
            dates[file] = date
    return dates


def release_date(written: str) -> datetime | None:
    """'Sat, 21 Nov 2026 00:53:02 UTC' (RFC 5322, as the Debian repository format asks for), or None."""
    try:
        date = parsedate_to_datetime(written.strip())
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def archives_of(ask: api.Ask, section: Patches, *, admin: bool) -> tuple[Archive, ...]:
    """Every archive whose list is on the machine; none when no list was ever fetched."""
    found = parse_index(ask(index_question(section, admin=admin)).checked_text)
    if not found:
        return ()
    dates = parse_dates(ask(dates_question(found)).text)
    return tuple(
        Archive(a.origin, a.label, a.suite, dates.get(f"{prefix}InRelease") or dates.get(f"{prefix}Release"))
        for prefix, a in sorted(found.items())
    )
