"""The start of a zone (its SOA record): who is its source, which edition it is, and how long copies of it live.

Sources: RFC 1035 3.3.13 (the record), RFC 1982 (how serial numbers are compared), RFC 2308 4 (how long "no such name" is kept).
"""

from __future__ import annotations

from dataclasses import dataclass

from itaudit.facts.lookups import plain

_MODULUS = 2**32


@dataclass(frozen=True, slots=True)
class ZoneStart:
    """One SOA record. primary: the server that the zone is copied from; mailbox: of who keeps it, @ written as the first dot."""

    primary: str
    mailbox: str
    serial: int
    refresh_seconds: int
    retry_seconds: int
    expire_seconds: int
    negative_seconds: int
    """How long others may remember that a name does not exist."""

    def __str__(self) -> str:
        times = f"{self.refresh_seconds} {self.retry_seconds} {self.expire_seconds} {self.negative_seconds}"
        return f"{self.primary} {self.mailbox} {self.serial} {times}"


def zone_start(data: str) -> ZoneStart | None:
    """Read a SOA record's data in presentation format; None for what is none."""
    words = data.split()
    if len(words) != 7:
        return None
    primary, mailbox, *written = words
    # isdecimal alone would let other scripts' digits through, and a number of any length.
    if not all(number.isascii() and number.isdecimal() and len(number) <= 10 for number in written):
        return None
    numbers = [int(number) for number in written]
    if max(numbers) >= _MODULUS:
        return None
    return ZoneStart(plain(primary), plain(mailbox), *numbers)


def is_behind(one: int, other: int) -> bool:
    """Is serial `one` older than `other` (RFC 1982 3.2)? False both ways where that is undefined: half of all numbers apart."""
    return 0 < (other - one) % _MODULUS < _MODULUS // 2
