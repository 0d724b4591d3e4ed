"""Opens what can be opened: lists of archives, databases of SQLite, dumps of PostgreSQL; told by their first bytes."""

from __future__ import annotations

import contextlib
import sqlite3
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import Command

Look = Callable[[Command], Answer]

_SECONDS = 60.0
_ZIP_END_BYTES = 2**16 + 22 + 20
_LONGEST_LIST_BYTES = 16 * 2**20
"""Some 200,000 names."""
_CANNOT_SAY = ("unsupported version", "not supported", "no such module", "unknown tokenizer", "expected format")
"""Of another version, or with a part that this program lacks, or (the last) the list of a dump that is a folder."""


def opens(path: Path, ask: Look) -> tuple[str, str]:
    """Return (what it is, what is wrong): ("", "") for files of other kinds, and no fault where none could be looked for."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        return "file", f"cannot be read: {error.strerror}"
    if start.startswith(b"PK\x03\x04"):
        return "ZIP archive", _zip(path)
    if start[257:262] == b"ustar":
        return "tar archive", _tar(path)
    if start.startswith(b"SQLite format 3\0"):
        return "SQLite database", _sqlite(path)
    if start.startswith(b"PGDMP"):
        return "PostgreSQL dump", _dump(path, ask)
    if start.startswith(b"\x1f\x8b"):
        return "gzip file", _gzip(path)
    return "", ""


def _zip(path: Path) -> str:
    if not _short_list(path):
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
        return f"its list cannot be read: {error}"
    except NotImplementedError:
        return ""
    return ""


def _short_list(path: Path) -> bool:
    """Is the list at its end (PKWARE APPNOTE 4.3.16) short enough to be held in memory? Long ones are not looked at."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _ZIP_END_BYTES))
        end = file.read(_ZIP_END_BYTES)
    place = end.rfind(b"PK\x05\x06")
    length = int.from_bytes(end[place + 12 : place + 16], "little") if place >= 0 else 0
    # The 64-bit form may tell another length.
    return size <= _LONGEST_LIST_BYTES or (length <= _LONGEST_LIST_BYTES and b"PK\x06\x07" not in end)


def _tar(path: Path) -> str:
    until = time.monotonic() + _SECONDS
    try:
        with tarfile.open(path, "r:") as archive:
            while archive.next() is not None and time.monotonic() < until:
                # It would keep them all: a million empty files take a gigabyte of memory.
                archive.members.clear()  # type: ignore[attr-defined]  # typeshed leaves it out
    except (tarfile.TarError, ValueError, OSError, EOFError, OverflowError) as error:
        return f"its list cannot be read: {error}"
    return ""


def _gzip(path: Path) -> str:
    """Unpack into nothing, in small pieces and for a limited time, so that the sum at its end is checked."""
    until = time.monotonic() + _SECONDS
    unpacker = zlib.decompressobj(wbits=31)
    try:
        with path.open("rb") as file:
            while not unpacker.eof and time.monotonic() < until:
                piece = unpacker.unconsumed_tail or file.read(2**16)
                if not piece:
                    return "it ends too early"
                unpacker.decompress(piece, 2**20)
    except (zlib.error, OSError) as error:
        return f"cannot be unpacked: {error}"
    return ""


def _sqlite(path: Path) -> str:
    until = time.monotonic() + _SECONDS
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
            connection.execute("PRAGMA trusted_schema = OFF")
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        sure = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
        return f"integrity check: {error}" if sure else ""
    return "" if said == ("ok",) else f"integrity check: {str(said[0] if said else 'no answer')[:200]}"


def _dump(path: Path, ask: Look) -> str:
    """Read to the end, as SQL into nothing: the list alone (-l) is whole in a dump that lost half of its rows."""
    answer = ask(Command(("pg_restore", "-f", "/dev/null", str(path)), timeout=_SECONDS))
    if answer.problem or answer.exit_code in (0, None):
        return ""
    said = " ".join(answer.errors.split())[:200]
    return "" if any(words in said for words in _CANNOT_SAY) else f"pg_restore: {said}"
