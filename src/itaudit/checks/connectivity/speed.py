"""The line is as fast as ordered.

A line that delivers less than was paid for holds everybody up, and the provider owes the difference.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.internet_speed import LineSpeed


class Settings(api.CheckSettings):
    contract_percent: api.AtLeast = api.AtLeast(warn=80, fail=80)
    """Measured speed in percent of `[internet] down_mbps` and `up_mbps`."""
    down_mbps: api.AtLeast = api.AtLeast(warn=100, fail=25)
    """Download in Mbit/s, judged when the configuration does not tell what was ordered."""
    up_mbps: api.AtLeast = api.AtLeast(warn=20, fail=3)
    """Upload in Mbit/s, judged when the configuration does not tell what was ordered."""


CLAIM = api.Remedy(
    "Show the internet provider the measured speed and have the line brought to what was ordered.",
    api.Effort.HOURS,
    steps=("measure three times by cable, with nobody working", "speedtest-cli --secure", "note day, hour and result of each"),
    verify="itaudit scan --only connectivity --speedtest",
    if_you_wait="You keep paying for speed that does not arrive.",
    who="the internet provider",
)
FASTER = api.Remedy(
    "Ask for a faster internet line.",
    api.Effort.HOURS,
    cost=(0, 1200),
    steps=("measure three times by cable, with nobody working", "compare offers at this address"),
    verify="itaudit scan --only connectivity --speedtest",
    if_you_wait="Large files, backups and calls go on waiting for each other.",
    who="the internet provider",
    lead=api.LeadTime.SERVER_OR_LINE,
)


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("FCC broadband benchmarks: 100/20 (2024) and 25/3 (2015) Mbit/s", "itaudit's own choice: 80 % of the contract"),
)
def speed(line: LineSpeed, limits: Settings) -> api.Verdict:
    down = _judge(line.down_mbps, line.ordered_down_mbps, limits.down_mbps, limits)
    up = _judge(line.up_mbps, line.ordered_up_mbps, limits.up_mbps, limits)
    short = _short(line.down_mbps, line.ordered_down_mbps, limits) or _short(line.up_mbps, line.ordered_up_mbps, limits)
    return api.verdict(
        api.worst(down, up),
        f"The internet line moves {_figure(line.down_mbps, line.ordered_down_mbps)} Mbit/s down"
        f" and {_figure(line.up_mbps, line.ordered_up_mbps)} up.",
        api.Measurement("down", line.down_mbps, api.Unit.MEGABITS_PER_SECOND),
        api.Measurement("up", line.up_mbps, api.Unit.MEGABITS_PER_SECOND),
        detail=f"speedtest-cli moved {line.bytes_moved} bytes",
        fix=CLAIM if short else FASTER,
    )


def _judge(measured: float, ordered: float | None, otherwise: api.AtLeast, limits: Settings) -> api.Status:
    return otherwise.judge(measured) if ordered is None else limits.contract_percent.judge(100.0 * measured / ordered)


def _short(measured: float, ordered: float | None, limits: Settings) -> bool:
    return ordered is not None and limits.contract_percent.judge(100.0 * measured / ordered) is not api.Status.OK


def _figure(measured: float, ordered: float | None) -> str:
    return f"{measured:.1f}" if ordered is None else f"{measured:.1f} of {ordered:g} ordered"
