"""The lists of packages that dnf and zypper fetched: of which sources, how old, and whether notices of holes come with them.

Both keep repomd.xml of each source as its maker wrote it: the newest <timestamp> in it is when the lists were made.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from itaudit import api
from itaudit.facts.updates import Archive, Patches

_MOST = 60
_FOLDER = re.compile(r"/(?P<id>[^/]+?)(?:-[0-9a-f]{16})?/repodata/repomd\.xml")
_TIME = re.compile(r"<timestamp>\s*(?P<seconds>[0-9]{1,12})(?:\.[0-9]+)?\s*</timestamp>")
_NOTICES = re.compile(r"<data\s+type=\"updateinfo(?:_zck)?\"")
_NOTICE_DATE = re.compile(r"<id>(?P<id>[^<]{1,200})</id>|<issued date=\"(?P<date>[^\"]{1,40})\"")
_OVERRIDES = {"/etc/yum.repos.d": ("/usr/share/dnf5/repos.override.d", "/etc/dnf/repos.override.d")}
Overrides = Sequence[tuple[str, Mapping[str, str]]]
"""(pattern of names of sources, settings) of dnf5.conf(5), in the order in which they count: the last one does."""
_NOTICE_PATTERN = '<id>[^<]{1,200}</id>|<issued date="[^"]{1,40}"'


@dataclass(frozen=True, slots=True)
class Repository:
    """One source whose list is here. folder: where its files lie. notices: does it tell which updates mend holes?"""

    id: str
    folder: str
    made: datetime | None
    notices: bool

    @property
    def archive(self) -> Archive:
        return Archive(self.id, self.id, self.id, self.made)


def sources_question(section: Patches, folder: str) -> api.Glob:
    """The files that name the sources: "*.repo" in /etc/yum.repos.d or /etc/zypp/repos.d."""
    return api.Glob(f"{section.rpm_root}{folder}/*.repo", most=200)


def lists_question(section: Patches, folder: str) -> api.Glob:
    return api.Glob(f"{section.rpm_root}{folder}/*/repodata/repomd.xml", most=200)


def list_question(path: str) -> api.ReadFile:
    return api.ReadFile(path, limit_bytes=262144)


def notices_question(folder: str) -> api.Glob:
    return api.Glob(f"{folder}/repodata/*updateinfo.xml*", most=10)


def dates_question(files: Iterable[str]) -> api.Command:
    """Only the numbers and days of the notices: a list of them is up to forty megabytes. Reads packed files too (xz-utils)."""
    return api.Command(("xzgrep", "-a", "-h", "-o", "-E", _NOTICE_PATTERN, "--", *files), timeout=15.0)


def parse_sections(text: str) -> dict[str, dict[str, str]]:
    """{name: {setting: value}} of a .repo file or dnf.conf; only the first line of a value that goes on in others."""
    found: dict[str, dict[str, str]] = {}
    values: dict[str, str] = {}
    for line in text.splitlines():
        if header := re.fullmatch(r"\[([^\]]{1,200})\]\s*", line):
            values = found.setdefault(header[1], {})
        elif match := re.fullmatch(r"([A-Za-z_]{1,60})\s*[=:]\s*(.*)", line):
            values[match[1].lower()] = match[2].strip()
    return found


def parse_enabled(text: str, overrides: Overrides = ()) -> set[str]:
    """The sources that a .repo file names and does not switch off."""
    sections = {name: overridden(name, values, overrides) for name, values in parse_sections(text).items() if name != "main"}
    off = ("0", "no", "false", "off")
    return {name for name, values in sections.items() if values.get("enabled", "1").lower() not in off}


def overridden(name: str, values: Mapping[str, str], overrides: Overrides) -> Mapping[str, str]:
    """What counts for the source of that name."""
    for pattern, later in overrides:
        if fnmatchcase(name, pattern):
            values = {**values, **later}
    return values


def overrides_of(ask: api.Ask, section: Patches, sources: str) -> Overrides:
    """What dnf 5 was told later (`dnf config-manager setopt`), which leaves the files in `sources` as they are.

    By the names of the files; of two with one name, the administrator's.
    """
    files: dict[str, str] = {}
    for folder in _OVERRIDES.get(sources, ()):
        with contextlib.suppress(api.Missing):
            files |= {path.rpartition("/")[2]: path for path in _paths(ask, sources_question(section, folder))}
    questions = [list_question(files[name]) for name in sorted(files)[:_MOST]]
    answers = ask.many(questions) if questions else []
    return [one for answer in answers if not answer.problem for one in parse_sections(answer.body).items()]


def source_of(name: str) -> str:
    """A name by which a source and the folder of its list are the same: both managers put "_" in place of "/", but keep ":"."""
    return re.sub(r"[/:$]", "_", name)


def parse_list(text: str, now: datetime) -> tuple[datetime | None, bool]:
    """(when it was made, are there notices) of a repomd.xml. A day in the future is none. Raises api.Unreadable."""
    if "<repomd" not in text or "</repomd>" not in text:
        raise api.Unreadable(f"repomd.xml: {text[:200]!r}")
    moments = [moment for match in _TIME.finditer(text) if (moment := moment_of(match["seconds"]))]
    made = max(moments, default=None)
    return (made if made and made <= now + timedelta(days=1) else None), bool(_NOTICES.search(text))


def moment_of(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def day_of(written: str) -> datetime | None:
    """'2026-01-02 00:00:00', '2026-01-02', '2026-01-02T00:00:00Z' or seconds since 1970, in UTC; None for all else."""
    written = written.strip()
    if re.fullmatch(r"[0-9]{6,12}", written):
        return moment_of(written)
    try:
        moment = datetime.fromisoformat(written.removesuffix(" UTC"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_dates(text: str) -> dict[str, datetime]:
    """{notice: the day it was issued}; of one that several lists hold, the first day."""
    days: dict[str, datetime] = {}
    name = ""
    for match in _NOTICE_DATE.finditer(text):
        if match["id"]:
            name = match["id"].strip()
        elif name and (day := day_of(match["date"])):
            days[name] = min(day, days.get(name, day))
            name = ""
    return days


def repositories_of(ask: api.Ask, section: Patches, sources: str, lists: Iterable[str], now: datetime) -> list[Repository]:
    """Those that are switched on and whose list is here. lists: the folders in which the manager keeps them."""
    paths = [path for folder in lists for path in _paths(ask, lists_question(section, folder))]
    enabled = _enabled(ask, section, sources)
    found = []
    wanted = [path for path in paths if (match := _FOLDER.search(path)) and source_of(match["id"]) in enabled][:_MOST]
    for path, answer in zip(wanted, ask.many([list_question(path) for path in wanted]) if wanted else [], strict=True):
        made, notices = parse_list(answer.text, now)
        match = _FOLDER.search(path)
        found.append(Repository(match["id"] if match else "", path.removesuffix("/repodata/repomd.xml"), made, notices))
    return found


def _enabled(ask: api.Ask, section: Patches, sources: str) -> set[str]:
    files = _paths(ask, sources_question(section, sources))[:_MOST]
    answers = ask.many([list_question(file) for file in files]) if files else []
    overrides = overrides_of(ask, section, sources)
    return {source_of(name) for answer in answers if not answer.problem for name in parse_enabled(answer.body, overrides)}


def _paths(ask: api.Ask, question: api.Glob) -> list[str]:
    found = ask(question).json
    return [str(path) for path in found] if isinstance(found, list) else []


def issued(ask: api.Ask, repositories: Iterable[Repository]) -> dict[str, datetime]:
    """{notice: the day it was issued}, of the lists as they are on the disk; {} where they cannot be read.

    dnf and zypper themselves tell only the day on which a notice was last changed, which may be weeks later.
    """
    try:
        files = [file for one in repositories if one.notices for file in _paths(ask, notices_question(one.folder))]
        return parse_dates(ask(dates_question(files[:_MOST])).text) if files else {}
    except api.Missing:
        return {}
