"""How quickly the internet answers while the line is busy: the pings that went out during a speed test."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from itaudit import api
from itaudit.facts.internet import Internet, Target
from itaudit.facts.internet_speed import SECONDS, loading
from itaudit.facts.speed_backends import Figures, figures

BUSY_SHARE = 0.5
"""A ping counts when the cards moved at least this share of the measured speed while it was on its way."""
ENOUGH, ENOUGH_SECONDS = 5, 5.0
"""Fewer pings under load than this say nothing, unless they took so long together: in a very long queue few fit into a test."""
LOST_MS = 2000.0
"""What a ping that did not come back took at least."""


@dataclass(frozen=True, slots=True)
class LoadedLine:
    """Median round trips to one host in ms: at rest, while downloading and while uploading (None: too few pings then)."""

    subject: str
    host: str
    rest_ms: float
    down_ms: float | None
    up_ms: float | None

    @property
    def busy_ms(self) -> float:
        """Of the direction that suffers more."""
        return max(one for one in (self.down_ms, self.up_ms) if one is not None)

    @property
    def added_ms(self) -> float:
        return max(0.0, self.busy_ms - self.rest_ms)

    @property
    def round_trips_per_minute(self) -> float:
        """Responsiveness: how many questions and answers fit into a minute, one after the other, while the line is busy."""
        return 60_000.0 / max(self.busy_ms, 0.01)


_Milliseconds = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
_Seconds = Annotated[float, Field(ge=0, le=1e5, allow_inf_nan=False)]
_Bytes = Annotated[int, Field(ge=0, le=2**64)]
Moment = tuple[_Seconds, _Milliseconds | None, _Bytes, _Bytes]
_MOMENTS = TypeAdapter(Annotated[list[Moment], Field(max_length=5000)])


def parse_moments(answer: api.Answer) -> list[Moment]:
    """Read the moments of a Speed answer. Raises the recorded Missing, or Unreadable for times that do not rise."""
    body = answer.json
    try:
        moments = _MOMENTS.validate_python(body.get("moments") if isinstance(body, dict) else None)
    except ValidationError as error:
        raise api.Unreadable(f"not the pings of a speed test: {error.errors()[0]['msg']}") from error
    if any(later[0] <= earlier[0] for earlier, later in pairwise(moments)):
        raise api.Unreadable("the times of the pings do not rise")
    return moments


def while_busy(moments: list[Moment], column: int, speed: Figures) -> float | None:
    """Median of the pings during which the bytes of this column (2: received, 3: sent) rose at half the measured speed or more.

    The other direction must not have been busier: what a fast download sends back can alone half fill a slow upload.
    One that was lost counts as slow: at rest they come back. None when they are too few.
    """
    times: list[float] = []
    busy_seconds = 0.0
    for earlier, later in pairwise(moments):
        seconds = later[0] - earlier[0]
        down = (later[2] - earlier[2]) * 8 / 1e6 / seconds / speed.down_mbps
        up = (later[3] - earlier[3]) * 8 / 1e6 / seconds / speed.up_mbps
        this = down if column == 2 else up
        if this >= BUSY_SHARE and this >= max(down, up):
            times.append(LOST_MS if later[1] is None else later[1])
            busy_seconds += seconds
    return statistics.median(times) if len(times) >= ENOUGH or busy_seconds >= ENOUGH_SECONDS else None


def loaded(host: str, rest_ms: float, moments: list[Moment], speed: Figures) -> LoadedLine:
    """Raises Unreadable when there were not enough pings under load."""
    down, up = while_busy(moments, 2, speed), while_busy(moments, 3, speed)
    if down is None and up is None:
        raise api.Unreadable(
            f"too few of {len(moments)} pings were on their way while the line was busy",
            "Run the speed test again, and let it run longer ([internet] speed_seconds).",
        )
    return LoadedLine("internet line", host, rest_ms, down, up)


@api.provider("linux", "windows", "macos", seconds=SECONDS)
def loaded_line(ask: api.Ask, internet: Internet, targets: list[Target]) -> api.Facts[LoadedLine]:
    """One LoadedLine, of the same test as the speed. Raises NotApplicable when nobody asked for it, and as `figures`."""
    load = loading(ask, internet, targets)
    if load.at_rest is None:
        raise api.Unreachable("no target answers pings, so its delay under load is not known")
    answer = ask(load.question)
    rest = statistics.median(load.at_rest.round_trips_ms)
    yield loaded(load.question.ping_host, rest, parse_moments(answer), figures(answer, internet.speed_backend))
