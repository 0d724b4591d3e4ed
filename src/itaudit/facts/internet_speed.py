"""The measured speed of the line to the internet. It moves much data, so it is measured only when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from itaudit import api
from itaudit.facts.internet import Internet


@dataclass(frozen=True, slots=True)
class LineSpeed:
    """Measured and ordered speeds in Mbit/s; an ordered one is None when the configuration does not tell."""

    subject: str
    down_mbps: float
    up_mbps: float
    ordered_down_mbps: float | None
    ordered_up_mbps: float | None
    bytes_moved: int


class _Body(BaseModel):
    """The JSON of speedtest-cli: bit/s and bytes."""

    download: Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
    upload: Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
    bytes_received: Annotated[int, Field(ge=0)]
    bytes_sent: Annotated[int, Field(ge=0)]


def parse_speed(answer: api.Answer, internet: Internet) -> LineSpeed:
    """Read the answer of a Speed question. Raises the recorded Missing, or Unreadable when nothing was really transferred.

    speedtest-cli 2.1.3 ends well even when every transfer failed, with a download of 0 and an invented upload (it counts what it
    handed to the network). So both sums must be more than nothing before either figure is believed.
    """
    try:
        body = _Body.model_validate(answer.json)
    except ValidationError as error:
        raise api.Unreadable(f"not the result of a speed test: {error.errors()[0]['msg']}") from error
    if not (body.bytes_received and body.bytes_sent and body.download and body.upload):
        raise api.Unreadable(
            f"the speed test moved {body.bytes_received} bytes down and {body.bytes_sent} up",
            "Run the speed test again later, or name a server of your own in [internet] speedtest_mini_url.",
        )
    return LineSpeed(
        "internet line",
        body.download / 1e6,
        body.upload / 1e6,
        internet.down_mbps,
        internet.up_mbps,
        body.bytes_received + body.bytes_sent,
    )


@api.provider("linux", "windows", "macos", seconds=75)
def line_speed(ask: api.Ask, internet: Internet) -> api.Facts[LineSpeed]:
    """One LineSpeed. Raises NotApplicable when nobody asked for the test, else as parse_speed."""
    if not internet.speedtest:
        raise api.NotApplicable("not asked for (--speedtest)")
    yield parse_speed(ask(api.Speed(mini_url=internet.speedtest_mini_url)), internet)
