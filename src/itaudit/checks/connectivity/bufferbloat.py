"""The internet stays quick while the line is busy.

When somebody sends a large file, routers often let everything else wait behind it: calls stutter and pages hang for everyone,
though the line is fast enough.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.loaded_line import LoadedLine


class Settings(api.CheckSettings):
    added_ms: api.AtMost = api.AtMost(warn=60, fail=200)
    """Time there and back that a busy line adds, in milliseconds: medians, in the direction that suffers more."""


FIX = api.Remedy(
    "Have the router share the line fairly, so that large transfers do not hold everything else up.",
    api.Effort.HOURS,
    steps=(
        "switch on smart queue management (cake or fq_codel) in the router, for both directions",
        "set its rates to 85 to 95 % of the measured speeds, so that the queue is in the router and not in the modem",
        "on a Linux router, for sending: tc qdisc replace dev INTERFACE root cake bandwidth RATEmbit (of the upload)",
    ),
    undo="Switch the router's queue management off again (tc qdisc del dev INTERFACE root).",
    verify="itaudit scan --only connectivity --speedtest",
    if_you_wait="Calls and pages go on stalling whenever somebody sends or fetches a large file.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("DSLReports bufferbloat grades: 60 and 200 ms",))
def bufferbloat(line: LoadedLine, limits: Settings) -> api.Verdict:
    status = limits.added_ms.judge(line.added_ms)
    ways = (("down", line.down_ms), ("up", line.up_ms))
    shown = ", ".join(f"{name} {'not measured' if one is None else f'{one:.1f} ms'}" for name, one in ways)
    slowed = f"While the line is busy, the internet answers after {line.busy_ms:.0f} ms instead of {line.rest_ms:.0f} ms."
    return api.verdict(
        status,
        slowed if status is not api.Status.OK else _quick(line),
        api.Measurement("added", line.added_ms, api.Unit.MILLISECONDS),
        api.Measurement("round_trips_per_minute", line.round_trips_per_minute, api.Unit.COUNT),
        detail=f"{line.host}: at rest {line.rest_ms:.1f} ms, {shown}; {line.round_trips_per_minute:.0f} round trips/min (RPM)",
        fix=FIX,
    )


def _quick(line: LoadedLine) -> str:
    if line.up_ms is None:
        return f"The internet stays quick while large files arrive: {line.busy_ms:.0f} ms. While they are sent was not measured."
    if line.down_ms is None:
        return f"The internet stays quick while large files are sent: {line.busy_ms:.0f} ms. While they arrive was not measured."
    return f"The internet stays quick while the line is busy: {line.busy_ms:.0f} ms."
