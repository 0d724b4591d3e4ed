"""The log of restore tests: JSON lines, one object for each test of one backup.

    {"time": "2026-11-03T09:00:00+00:00", "backup": "office", "restored": 20, "different": 0, "failed": 0, "seconds": 42.5}

time: when the test ended, ISO 8601 with offset. backup: the name (or place) of the backup as reports show it.
restored: files that came back. different: those of them whose content is not what was saved (the source is unchanged since,
and its SHA-256 is another). failed: files that could not be brought back. seconds: how long it took.
All but time, backup and restored may be left out.
Whatever makes restore tests may append such lines. `itaudit drill` signs its own (Ed25519, RFC 8032): `key` is the public
key and `signature` is over all other fields, both hexadecimal. A line whose signature does not fit is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, NonNegativeFloat, NonNegativeInt, ValidationError

from itaudit import api


@dataclass(frozen=True, slots=True)
class Drill:
    """One test of one backup: files were brought back and compared. `when` is in UTC."""

    when: datetime
    backup: str
    restored: int
    different: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def proven(self) -> bool:
        """Did something come back, all of it, and unchanged?"""
        return self.restored > 0 and not self.different and not self.failed

    def line(self) -> str:
        """The line of the log, without the newline."""
        return json.dumps(
            {
                "time": self.when.isoformat(),
                "backup": self.backup,
                "restored": self.restored,
                "different": self.different,
                "failed": self.failed,
                "seconds": self.seconds,
            }
        )


class _Line(BaseModel):
    time: AwareDatetime
    backup: str
    restored: NonNegativeInt
    different: NonNegativeInt = 0
    failed: NonNegativeInt = 0
    seconds: NonNegativeFloat = 0.0
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
            if read.signature and not _untouched(json.loads(line), read):
                continue
        except (ValidationError, OverflowError, ValueError, RecursionError):
            continue
        good += 1
        yield Drill(when, read.backup, read.restored, read.different, read.failed, read.seconds)
    if lines and not good:
        raise api.Unreadable("no line of the log of restore tests could be understood")


def signed_bytes(line: dict[str, Any]) -> bytes:
    """What a signature is made over: all fields but the signature, in the order of their names, without spaces."""
    return json.dumps({name: line[name] for name in line if name != "signature"}, sort_keys=True, separators=(",", ":")).encode()


def _untouched(line: dict[str, Any], read: _Line) -> bool:
    """Raises ValueError for a key or signature that is none."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(read.key)).verify(bytes.fromhex(read.signature), signed_bytes(line))
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
