"""The machine's clock: how far it is off, and whether anything keeps it right."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from itaudit import api
from itaudit.facts.internet import Internet, endpoint

CHRONY = api.Command(("chronyc", "-c", "-n", "tracking"))
LOCAL_REFERENCE = "7F7F0101"
"""127.127.1.1 stands for the machine's own clock (chronyc(1)); chronyd calls that state normal."""
STALE_SECONDS = 3 * 86400.0
"""A time service asks every half hour at least, so one that heard nothing for a long weekend has lost its server."""
LATEST = 2.0**33
"""In seconds since 1970: the year 2242."""
AGREEING_SECONDS = 1.0
"""Time servers that differ by more cannot both be right; those that spread a leap second differ by half a second at most."""


@dataclass(frozen=True, slots=True)
class Clock:
    """offset_seconds: positive when the machine is slow, None when it could not be compared, but a time service keeps it.

    reference: what it was compared with.
    """

    subject: str
    offset_seconds: float | None
    reference: str


@dataclass(frozen=True, slots=True)
class TimeKeeping:
    """Whether a time service keeps the clock right, and who says so.

    certain: the service itself says it. The kernel's mark can be absent on a virtual machine that its host sets.
    """

    subject: str
    kept: bool
    certain: bool
    reference: str


@dataclass(frozen=True, slots=True)
class Tracking:
    """What chronyd says of itself. offset_seconds as in Clock. heard_at: when it last heard of its server, in seconds since 1970.

    follows_itself: "local" in its settings, and nobody to follow.
    """

    offset_seconds: float
    synchronised: bool
    server: str
    heard_at: float
    follows_itself: bool = False

    def keeps(self, now: datetime) -> bool:
        """It calls itself synchronised for ever, however long its server has been silent."""
        return self.synchronised and now.timestamp() - self.heard_at <= STALE_SECONDS

    def words(self, now: datetime) -> str:
        if self.follows_itself:
            return "following nothing but its own clock"
        if self.synchronised and not self.keeps(now):
            return f"which last heard on {datetime.fromtimestamp(self.heard_at, UTC):%Y-%m-%d} from {self.server}"
        return f"following {self.server}" if self.synchronised else "not synchronised with any server"


def parse_tracking(text: str) -> Tracking:
    """Read one line of `chronyc -c tracking` (chronyc(1)): 14 fields, the fourth the time of the last update, the fifth the
    system time, the last the leap status.

    Raises Unreadable.
    """
    rows = [row for row in csv.reader(text[:4096].splitlines()) if row]
    if len(rows) != 1 or len(rows[0]) != 14:
        raise api.Unreadable(f"chronyc tracking: {text[:100]!r}")
    try:
        # Positive is slow, as in NTP: seen on chronyd 4.3 following a server that is fast.
        heard_at, offset = float(rows[0][3]), float(rows[0][4])
    except ValueError as error:
        raise api.Unreadable(f"chronyc tracking: {text[:100]!r}") from error
    if not math.isfinite(offset) or not 0 <= heard_at < LATEST:
        raise api.Unreadable(f"chronyc tracking: {text[:100]!r}")
    itself = rows[0][0] == LOCAL_REFERENCE
    return Tracking(offset, rows[0][13] != "Not synchronised" and not itself, rows[0][1], heard_at, itself)


def _tracking(answer: api.Answer) -> Tracking | None:
    """None where chrony is not in charge: not installed, not running, or not a word that makes sense."""
    try:
        return parse_tracking(answer.checked_text)
    except api.Missing:
        return None


def _marked(answer: api.Answer) -> bool:
    """The kernel's own mark, whichever time service set it. Raises the recorded Missing, or Unreadable."""
    body = answer.json
    mark = body.get("synchronised") if isinstance(body, dict) else None
    if not isinstance(mark, bool):
        raise api.Unreadable(f"not the state of the kernel's clock: {answer.body[:100]!r}")
    return mark


def _reading(answer: api.Answer) -> tuple[float, float]:
    """(delay, offset) in seconds of a NetworkTime answer. Raises the recorded Missing, or Unreadable."""
    body = answer.json
    delay, offset = (body.get("delay_seconds"), body.get("offset_seconds")) if isinstance(body, dict) else (None, None)
    # Below 1e11: three thousand years, and false for what is not a number at all.
    if isinstance(delay, int | float) and isinstance(offset, int | float) and abs(delay) < 1e11 and abs(offset) < 1e11:
        return float(delay), float(offset)
    raise api.Unreadable(f"not the answer of a time server: {answer.body[:100]!r}")


def _asked(ask: api.Ask, servers: list[str]) -> tuple[float, str]:
    """Offset and name of the time server that answered soonest (least delay, least error: RFC 5905 10). Raises Missing, also
    when the servers contradict each other: one of them lies, and nobody knows which."""
    readings: list[tuple[float, float, str]] = []
    error: api.Missing = api.Unreachable("no time server is named")
    for server, answer in zip(servers, ask.many([api.NetworkTime(*endpoint(name, 123)) for name in servers]), strict=True):
        try:
            readings.append((*_reading(answer), server))
        except api.Missing as one:
            error = one
    if not readings:
        raise error
    offsets = [offset for _, offset, _ in readings]
    if max(offsets) - min(offsets) > AGREEING_SECONDS:
        words = ", ".join(f"{name} {offset:+.3f} s" for _, offset, name in readings)
        raise api.Unreadable(f"the time servers contradict each other: {words}", "Name others in [internet] time_servers.")
    _, offset, server = min(readings)
    return offset, server


@api.provider("linux", seconds=20)
def linux_clock(ask: api.Ask, machine: api.Machine, internet: Internet) -> api.Facts[Clock]:
    """The clock by chrony where it is synchronised, else compared with the time servers of [internet] time_servers.

    Raises what the last time server raised when none answers and the kernel does not vouch for the clock either.
    """
    tracking = _tracking(ask(CHRONY))
    if tracking and tracking.keeps(machine.now):
        yield Clock("clock", tracking.offset_seconds, f"chrony, following {tracking.server}")
        return
    try:
        offset, server = _asked(ask, internet.time_servers)
    except api.Missing:
        if tracking or not _marked(ask(api.KernelClock())):
            raise
        yield Clock("clock", None, "the kernel's own word")
    else:
        yield Clock("clock", offset, server)


@api.provider("linux", seconds=15)
def linux_time_keeping(ask: api.Ask, machine: api.Machine) -> api.Facts[TimeKeeping]:
    """One TimeKeeping: by chrony where it runs, else by the mark that every time service sets in the kernel. Raises Missing."""
    chrony, kernel = ask.many([CHRONY, api.KernelClock()])
    if tracking := _tracking(chrony):
        yield TimeKeeping("clock", tracking.keeps(machine.now), True, f"chrony, {tracking.words(machine.now)}")
        return
    kept = _marked(kernel)
    yield TimeKeeping("clock", kept, False, f"the kernel says that the clock is {'' if kept else 'not '}synchronised (adjtimex)")


@api.provider("windows", "macos", seconds=15)
def other_clock(ask: api.Ask, internet: Internet) -> api.Facts[Clock]:
    """The clock compared with a time server. Raises Missing when none answers."""
    offset, server = _asked(ask, internet.time_servers)
    yield Clock("clock", offset, server)
