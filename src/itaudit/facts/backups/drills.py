"""The log of restore tests: JSON lines, one object for each test of one backup.

    {"time": "2026-11-03T09:00:00+00:00", "backup": "office", "restored": 20, "different": 0, "failed": 0, "seconds": 42.5}

time: when the test ended, ISO 8601 with offset. backup: the name (or place) of the backup as reports show it.
restored: files that came back. different: those of them whose content is not what was saved (the source is unchanged since,
and its SHA-256 is another). failed: files that could not be brought back. seconds: how long it took.
All but time, backup and restored may be left out; facts/backups/certificates.py reads what `itaudit drill` adds.
Whatever makes restore tests may append such lines. `itaudit drill` signs its own (Ed25519, RFC 8032): `key` is the public
key and `signature` is over all other fields, both hexadecimal. A line whose signature does not fit proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from itaudit import api

_LONGEST_LINE = 4000
"""Characters; itaudit's own lines have some 1,200. Of a longer one only the counts are taken."""


@dataclass(frozen=True, slots=True)
class Drill:
    """One test of one backup: files were brought back and compared. `when` is in UTC.

    altered: the line was signed, and is no longer what was signed. noted: the line as it stands in the log, "" for one too long.
    """

    when: datetime
    backup: str
    restored: int
    different: int = 0
    failed: int = 0
    seconds: float = 0.0
    altered: bool = False
    noted: str = field(default="", compare=False)

    @property
    def proven(self) -> bool:
        """Did something come back, all of it, and unchanged?"""
        return self.restored > 0 and not self.different and not self.failed and not self.altered

    def line(self) -> str:
        """The line of the log, without the newline."""
        return self.noted or json.dumps(
            {
                "time": self.when.isoformat(),
                "backup": self.backup,
                "restored": self.restored,
                "different": self.different,
                "failed": self.failed,
                "seconds": self.seconds,
            }
        )


_Count = Annotated[int, Field(ge=0, le=10**12)]


class _Line(BaseModel):
    time: AwareDatetime
    backup: str
    restored: _Count
    different: _Count = 0
    failed: _Count = 0
    seconds: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] = 0.0
    key: str = ""
    signature: str = ""


def read_drills(ask: api.Ask, path: str) -> tuple[Drill, ...] | None:
    """Return the tests noted in the log, in its order; none when there is no log; None when it could not be read."""
    answer = ask(api.ReadFile(path))
    try:
        return tuple(parse_drills(answer.text))
    except api.NotFound:
        return ()
    except api.Missing:
        return None


def parse_drills(text: str) -> Iterator[Drill]:
    """Yield the tests. A line that was cut (power failed while it was written) is passed over.

    Raises Unreadable when there is text but not one good line.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    good = 0
    for line in lines:
        try:
            read = _Line.model_validate_json(line)
            when = read.time.astimezone(UTC)
            altered = bool(read.signature) and not untouched(json.loads(line))
        except (ValidationError, OverflowError, ValueError, RecursionError):
            continue
        good += 1
        noted = line if len(line) <= _LONGEST_LINE else ""
        yield Drill(when, read.backup, read.restored, read.different, read.failed, read.seconds, altered, noted)
    if lines and not good:
        raise api.Unreadable("no line of the log of restore tests could be understood")


def signed_bytes(line: dict[str, Any]) -> bytes:
    """What a signature is made over: all fields but the signature, in the order of their names, without spaces."""
    return json.dumps({name: line[name] for name in line if name != "signature"}, sort_keys=True, separators=(",", ":")).encode()


def untouched(line: dict[str, Any]) -> bool:
    """Does the signature in the line fit all else in it?"""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key, signature = bytes.fromhex(line["key"]), bytes.fromhex(line["signature"])
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed_bytes(line))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, KeyError, TypeError):
        return False
    return True
