"""The machine's clock: how far it is off, and whether anything keeps it right."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.internet import Internet, endpoint


@dataclass(frozen=True, slots=True)
class Clock:
    """offset_seconds: positive when the machine is slow, None when nothing could be compared with.

    kept: whether a time service keeps it right, None when not known. reference: what it was compared with.
    """

    subject: str
    offset_seconds: float | None
    kept: bool | None
    reference: str


@dataclass(frozen=True, slots=True)
class Tracking:
    """What chronyd says of itself. offset_seconds as in Clock."""

    offset_seconds: float
    synchronised: bool
    server: str


def parse_tracking(text: str) -> Tracking:
    """Read one line of `chronyc -c tracking` (chronyc(1)): 14 fields, the fifth the system time, the last the leap status.

    Raises Unreadable.
    """
    rows = [row for row in csv.reader(text[:4096].splitlines()) if row]
    if len(rows) != 1 or len(rows[0]) != 14:
        raise api.Unreadable(f"chronyc tracking: {text[:100]!r}")
    try:
        # Positive is slow, as in NTP: seen on chronyd 4.3 following a server that is fast.
        offset = float(rows[0][4])
    except ValueError as error:
        raise api.Unreadable(f"chronyc tracking: {text[:100]!r}") from error
    if not math.isfinite(offset):
        raise api.Unreadable(f"chronyc tracking: {text[:100]!r}")
    return Tracking(offset, rows[0][13] != "Not synchronised", rows[0][1])


def parse_kept(text: str) -> bool | None:
    """NTPSynchronized of `timedatectl show`: the kernel's own mark, whichever time service set it. None when it is not shown."""
    return {"yes": True, "no": False}.get(dict(line.partition("=")[::2] for line in text.splitlines()).get("NTPSynchronized", ""))


def _tracking(answer: api.Answer) -> Tracking | None:
    """None where chrony is not in charge: not installed, not running, or not a word that makes sense."""
    try:
        return parse_tracking(answer.checked_text)
    except api.Missing:
        return None


def _kept(answer: api.Answer) -> bool | None:
    try:
        return parse_kept(answer.checked_text)
    except api.Missing:
        return None


def _reading(answer: api.Answer) -> tuple[float, float]:
    """(delay, offset) in seconds of a NetworkTime answer. Raises the recorded Missing, or Unreadable."""
    body = answer.json
    delay, offset = (body.get("delay_seconds"), body.get("offset_seconds")) if isinstance(body, dict) else (None, None)
    # Below 1e11: three thousand years, and false for what is not a number at all.
    if isinstance(delay, int | float) and isinstance(offset, int | float) and abs(delay) < 1e11 and abs(offset) < 1e11:
        return float(delay), float(offset)
    raise api.Unreadable(f"not the answer of a time server: {answer.body[:100]!r}")


def _asked(ask: api.Ask, servers: list[str]) -> tuple[float, str]:
    """Offset and name of the time server that answered soonest (least delay, least error: RFC 5905 10). Raises Missing."""
    readings: list[tuple[float, float, str]] = []
    error: api.Missing = api.Unreachable("no time server is named")
    for server, answer in zip(servers, ask.many([api.NetworkTime(*endpoint(name, 123)) for name in servers]), strict=True):
        try:
            readings.append((*_reading(answer), server))
        except api.Missing as one:
            error = one
    if not readings:
        raise error
    _, offset, server = min(readings)
    return offset, server


@api.provider("linux", seconds=20)
def linux_clock(ask: api.Ask, internet: Internet) -> api.Facts[Clock]:
    """The clock by chrony where it is synchronised, else compared with the time servers of [internet] time_servers.

    Raises what the last time server raised when nothing at all is known.
    """
    chrony, timedatectl = ask.many([api.Command(("chronyc", "-c", "-n", "tracking")), api.Command(("timedatectl", "show"))])
    tracking = _tracking(chrony)
    if tracking and tracking.synchronised:
        yield Clock("clock", tracking.offset_seconds, True, f"chrony, following {tracking.server}")
        return
    kept = False if tracking else _kept(timedatectl)
    try:
        offset, server = _asked(ask, internet.time_servers)
    except api.Missing:
        if kept is None:
            raise
        yield Clock("clock", None, kept, "the operating system's own word")
    else:
        yield Clock("clock", offset, kept, server)


@api.provider("windows", "macos", seconds=15)
def other_clock(ask: api.Ask, internet: Internet) -> api.Facts[Clock]:
    """The clock compared with a time server. Raises Missing when none answers."""
    offset, server = _asked(ask, internet.time_servers)
    yield Clock("clock", offset, None, server)
