"""The tables of accounts without any hash of a password, and the binary records of logins: passwd(5), shadow(5), wtmp(5).

Whatever could be a hash is replaced by one word before it leaves this module: no recording ever holds one.
"""

from __future__ import annotations

import json
import os
import re
import struct
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from itaudit.errors import AccessDenied, NotFound, Unreadable
from itaudit.evidence.live_files import file_status, read_file
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import AccountTable, FileStatus, LoginRecords, ReadFile

_HASH = re.compile(r"\$[0-9a-zA-Z_-]{1,16}\$.+|[./0-9A-Za-z]{13}|_[./0-9A-Za-z]{19}")
"""crypt(5): modular, traditional DES, BSDI."""
_LIMIT_BYTES, _MOST_NAMES, _MOST_AT_ONCE = 64 * 2**20, 100_000, 1024
_BEFORE_ANY_SECONDS = 10**9
"""2001: what was recorded as earlier was recorded before the clock was set, and does not tell since when there are records."""
_AHEAD_SECONDS = 86_400
"""What was recorded from further in the future, by a clock that was wrong, would hide what came after it."""
_USER_PROCESS = 7
# (bytes of a record, format of what is wanted): utmp.h with 32 bits for the time (x86, 32-bit Arm) and with 64 (64-bit Arm).
_WTMP = ((384, struct.Struct("<h42x32s264xi40x")), (400, struct.Struct("<h42x32s268xq48x")))
_LASTLOG = ((292, struct.Struct("<i32s256x")), (296, struct.Struct("<q32s256x")))
_DATABASES = {
    "lastlog2": "SELECT Name, max(Time) FROM Lastlog2 WHERE Time <= ? GROUP BY Name LIMIT 100000",
    "wtmpdb": "SELECT User, max(Login) / 1000000 FROM wtmp WHERE Type = 3 AND Login / 1000000 <= ? GROUP BY User LIMIT 100000",
}
"""lastlog2(8) counts in seconds, wtmpdb(8) in microseconds; there, 3 is the login of a person."""


def account_table(question: AccountTable) -> Answer:
    """Body as AccountTable says. Raises as ReadFile does."""
    answer = read_file(ReadFile(question.path, question.limit_bytes, question.timeout))
    lines = answer.text.removesuffix("\n").split("\n") if answer.text else []
    return Answer(body="".join(f"{_without_hash(line)}\n" for line in lines), problem=answer.problem)


def _without_hash(line: str) -> str:
    name, colon, rest = line.partition(":")
    field, _, others = rest.partition(":")
    if colon:
        return f"{name}:{_state(field)}:{others}"
    # A comment or a line of NIS ("+@people"): that it is one is enough.
    return line[:1] if line[:1] in ("#", "+", "-", "") else "?"


def _state(field: str) -> str:
    if not field:
        return "empty"
    if field == "x":
        return "elsewhere"
    return "set" if _HASH.fullmatch(field) else "locked"


def login_records(question: LoginRecords) -> Answer:
    """Body as LoginRecords says. Raises NotFound, AccessDenied, TimedOut; Unreadable for what is no such record."""
    # Asked first, since a dead network mount would hold us for ever.
    status = file_status(FileStatus(question.path, question.timeout)).json
    if status["kind"] != "file":
        raise Unreadable(f"{question.path} is not a regular file")
    end = time.monotonic() + question.timeout
    try:
        if question.form in _DATABASES:
            logins, since = _from_database(question, end)
        else:
            logins, since = (_from_wtmp if question.form == "wtmp" else _from_lastlog)(question.path, end)
    except FileNotFoundError as error:
        raise NotFound(question.path) from error
    except PermissionError as error:
        raise AccessDenied(question.path) from error
    return Answer(body=json.dumps({"since": since, "logins": logins}))


Logins = tuple[dict[str, int], int | None]
Layout = tuple[int, struct.Struct]
Layouts = tuple[Layout, ...]


def _from_wtmp(path: str, _: float) -> Logins:
    latest = time.time() + _AHEAD_SECONDS
    content = _read_bytes(path, _LIMIT_BYTES)
    size, form = _layout(path, content, _WTMP, lambda values: 0 <= values[0] <= 9)
    logins: dict[str, int] = {}
    moments: list[int] = []
    for kind, name, moment in form.iter_unpack(content[: len(content) // size * size]):
        if moment > _BEFORE_ANY_SECONDS:
            moments.append(moment)
        if kind == _USER_PROCESS and 0 < moment <= latest and len(logins) < _MOST_NAMES:
            text = name.split(b"\0")[0].decode(errors="replace")
            logins[text] = max(logins.get(text, 0), moment)
    return logins, min(moments, default=None)


def _read_bytes(path: str, limit_bytes: int) -> bytes:
    """Raises Unreadable for more than that: of a cut file, the newest part would be missing."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        content = file.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise Unreadable(f"{path} is longer than {limit_bytes} bytes")
    return content


def _from_lastlog(path: str, end: float) -> Logins:
    """By number, as "#1000"; the file has holes where no number has logged in, and these are skipped."""
    latest = time.time() + _AHEAD_SECONDS
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
        size, form = _layout(path, file.read(_MOST_AT_ONCE), _LASTLOG, lambda values: values[0] >= 0)
        logins: dict[str, int] = {}
        for at, piece in _data(file, _MOST_AT_ONCE * size, end):
            for number, (moment, _) in enumerate(form.iter_unpack(piece[: len(piece) // size * size]), at // size):
                if _BEFORE_ANY_SECONDS < moment <= latest and len(logins) < _MOST_NAMES:
                    logins[f"#{number}"] = moment
    return logins, min(logins.values(), default=None)


def _layout(path: str, sample: bytes, layouts: Layouts, makes_sense: Callable[[tuple[Any, ...]], bool]) -> Layout:
    """The one whose records fill the file and make sense."""
    whole = Path(path).stat().st_size
    for size, form in layouts:
        part = sample[: min(len(sample) // size, 200) * size]
        if whole % size == 0 and all(makes_sense(values) for values in form.iter_unpack(part)):
            return size, form
    raise Unreadable(f"{path}: not records of logins")


def _data(file: FileIO, piece_bytes: int, end: float) -> Iterator[tuple[int, bytes]]:
    """(place, content) of what is no hole, each place a multiple of `piece_bytes`. Raises Unreadable for too much of it."""
    at = read = 0
    while True:
        try:
            at = os.lseek(file.fileno(), at, os.SEEK_DATA) // piece_bytes * piece_bytes
        except OSError:
            return  # only a hole is left
        file.seek(at)
        piece = file.read(piece_bytes)
        read += len(piece)
        if read > _LIMIT_BYTES or time.monotonic() > end:
            raise Unreadable(f"{file.name} holds too much")
        if not piece:
            return
        yield at, piece
        at += piece_bytes


def _from_database(question: LoginRecords, end: float) -> Logins:
    import sqlite3

    address = f"{Path(question.path).absolute().as_uri()}?mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(address, uri=True)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.set_progress_handler(lambda: int(time.monotonic() > end), 10_000)
            rows = connection.execute(_DATABASES[question.form], (time.time() + _AHEAD_SECONDS,)).fetchall()
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise Unreadable(f"{question.path}: {error}"[:200]) from error
    logins = {name: when for name, when in rows if isinstance(name, str) and isinstance(when, int) and when > _BEFORE_ANY_SECONDS}
    return logins, min(logins.values(), default=None)
