"""What a dump is: of which database, and whether it came to its end. Told by few of its bytes, for dumps hold what is private.

A small one is read to its end by the tools that belong to it (zgrep, pg_restore), which keep nothing of it; of a large one,
where that would take minutes, only the beginning counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from itaudit import api

POSTGRESQL, MYSQL = "/var/lib/postgresql", "/var/lib/mysql"
MONGODB, SQL_SERVER = "/var/lib/mongodb", "/var/opt/mssql"
INFLUXDB, FIREBIRD = "/var/lib/influxdb", "/var/lib/firebird"
SMALLEST_BYTES = 100
"""gzip of nothing has 20 bytes, xz of nothing 32; the dump of an empty database has several hundred."""
MOST_SERIES = 24
"""Series whose newest dump is looked into."""
MOST_READ_WHOLE = 4
READ_WHOLE_BYTES = 32 * 10**6
"""Packed; a second or two of work."""
_TOGETHER = timedelta(hours=48)
"""A series that ended this long before the newest dump is no longer made: that its last dump is broken concerns nobody."""
_BEING_WRITTEN = timedelta(minutes=15)
"""A program that writes a dump writes every few seconds, however long it takes in all."""
_SECONDS = 4.0

_FIRST_LINES = {
    POSTGRESQL: ("-- PostgreSQL database",),
    MYSQL: ("-- MySQL dump", "-- MariaDB dump"),
}
_FIRST_BYTES = {"PGDMP": POSTGRESQL, "TAPE": SQL_SERVER, "m\ufffd\ufffd\ufffd": MONGODB}
"""pg_dump's custom format, SQL Server's BACKUP DATABASE, mongodump --archive (its bytes 6d e2 99 81, as they are decoded)."""
_NAMES = {
    MONGODB: re.compile(r"\.bson(?:\.gz)?$", re.IGNORECASE),
    FIREBIRD: re.compile(r"\.[fg]bk(?:\.\w{2,3})?$", re.IGNORECASE),
    INFLUXDB: re.compile(r"\.bolt\.gz$", re.IGNORECASE),
}
_ONLY_BY_BYTES = re.compile(r"\.bak$", re.IGNORECASE)
"""Anything may be called so: Debian keeps passwd.bak in /var/backups, fresh every day."""
_SEARCHERS = {".gz": "zgrep", ".xz": "xzgrep", ".bz2": "bzgrep", ".zst": "zstdgrep"}
_PACKED_START = "^(PGDMP|-- PostgreSQL database|-- MySQL dump|-- MariaDB dump)"
_LAST_LINE = "^-- (PostgreSQL database (cluster )?dump complete|Dump completed)"
_CUT_OFF = re.compile(
    r"unexpected end of (?:file|input)|premature end|truncated|file ends unexpectedly|crc error|corrupt"
    r"|could not read from input file: end of file|found unexpected block ID",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class DumpFile:
    """modified: UTC. size_bytes: as it lies there."""

    path: str
    modified: datetime
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of the dumps of a folder.

    kinds: by series, the data folder of the database; "" where nothing tells. broken: dumps that did not come to their end.
    """

    kinds: Mapping[str, str]
    broken: frozenset[DumpFile]

    def kind(self, file: DumpFile) -> str:
        return self.kinds.get(series_of(file.path), "")

    def counts(self, file: DumpFile) -> bool:
        """Does it hold something, as far as can be seen?"""
        known = self.kind(file) or not _ONLY_BY_BYTES.search(file.path)
        return known and file.size_bytes >= SMALLEST_BYTES and file not in self.broken


def series_of(path: str) -> str:
    """Dumps of one database made at different times: their paths differ in digits only."""
    return _DIGITS.sub("0", path)


def told_by(ask: api.Ask, files: Sequence[DumpFile]) -> Told:
    """Look into the newest dump of each series; where that is empty the one before it tells which database it is of.

    files: newest first. A disk that does not answer ends the looking, not the scan.
    """
    series: dict[str, list[DumpFile]] = {}
    for file in files:
        series.setdefault(series_of(file.path), []).append(file)
    kinds: dict[str, str] = {}
    broken: list[DumpFile] = []
    read_whole = 0
    try:
        for name, (newest, *older) in list(series.items())[:MOST_SERIES]:
            start = _start(ask, newest)
            kinds[name] = _kind(newest.path, start) or next((_kind(one.path, _start(ask, one)) for one in older[:1]), "")
            small = newest.size_bytes <= READ_WHOLE_BYTES and read_whole < MOST_READ_WHOLE
            read_whole += small
            if _is_broken(ask, newest, start, small):
                broken.append(newest)
    except api.TimedOut:
        pass
    return Told(kinds, frozenset(broken))


def current(broken: frozenset[DumpFile], files: Sequence[DumpFile], now: datetime) -> list[DumpFile]:
    """Of the broken ones, newest first, those of series that are still made; not those that may be being written just now."""
    past = [file for file in files if file.modified <= now]
    return [
        file
        for file in past
        if file in broken and past[0].modified - file.modified <= _TOGETHER and now - file.modified > _BEING_WRITTEN
    ]


def _start(ask: api.Ask, file: DumpFile) -> str:
    """The first words that tell of which database it is, or the first bytes. Raises TimedOut."""
    if file.size_bytes < SMALLEST_BYTES:
        return ""
    if searcher := _searcher(file.path):
        # It stops at the first line that fits.
        answer = ask(_command(searcher, "-a", "-h", "-o", "-m1", "-E", _PACKED_START, file.path))
    else:
        answer = ask(_command("head", "-c", "120", "--", file.path))
    if isinstance(answer.error, api.TimedOut):
        raise answer.error
    return "" if answer.error else answer.body


def _kind(path: str, start: str) -> str:
    if by_name := next((kind for kind, pattern in _NAMES.items() if pattern.search(path)), ""):
        return by_name
    if by_bytes := next((kind for sign, kind in _FIRST_BYTES.items() if start.startswith(sign)), ""):
        return by_bytes
    return next((kind for kind, lines in _FIRST_LINES.items() if any(line in start for line in lines)), "")


def _is_broken(ask: api.Ask, file: DumpFile, start: str, small: bool) -> bool:
    """Only where that is sure: it is empty, its own tools say so, or a dump that is text lacks its last line."""
    if file.size_bytes < SMALLEST_BYTES:
        # mongodump makes an empty file of an empty collection.
        return not _NAMES[MONGODB].search(file.path) and not _ONLY_BY_BYTES.search(file.path)
    is_text = any(line in start for lines in _FIRST_LINES.values() for line in lines)
    if searcher := _searcher(file.path):
        if not small:
            return False
        answer = ask(_command(searcher, "-a", "-h", "-E", _LAST_LINE, file.path))
        if searcher == "bzgrep" and answer.exit_code:
            # It keeps to itself what bzip2 has to say.
            answer = replace(answer, errors=ask(_command("bzip2", "-t", file.path)).errors)
        without_end = is_text and answer.exit_code == 1 and not answer.errors
        return answer.error is None and (without_end or _CUT_OFF.search(answer.errors) is not None)
    if is_text:
        end = ask(_command("tail", "-c", "400", "--", file.path))
        return bool(end.body) and re.search(_LAST_LINE, end.body, re.MULTILINE) is None
    if small and start.startswith("PGDMP") and not file.path.endswith("toc.dat"):
        # It becomes text that goes nowhere. A pg_restore that is too old for the dump says nothing of its end.
        answer = ask(_command("pg_restore", "--file=/dev/null", file.path))
        return answer.error is None and bool(answer.exit_code) and _CUT_OFF.search(answer.errors) is not None
    return False


def _searcher(path: str) -> str:
    """None for a name with a newline, which old versions of these scripts take for a command (CVE-2022-1271)."""
    if not path.isprintable():
        return ""
    return next((program for ending, program in _SEARCHERS.items() if path.lower().endswith(ending)), "")


def _command(*argv: str) -> api.Command:
    return api.Command(argv, timeout=_SECONDS, limit_bytes=2**20)
