"""The internet answers evenly.

When the delay swings, voices on a call chop and pictures freeze, even on a fast line.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.line import Line, evidence, middle


class Settings(api.CheckSettings):
    swing_ms: api.AtMost = api.AtMost(warn=30, fail=30)
    """Mean difference between one answer's delay and the next, in milliseconds, at the middle one of the targets."""


FIX = api.Remedy(
    "Give calls the right of way in the router, and connect telephones and desks by cable instead of Wi-Fi.",
    api.Effort.HOURS,
    steps=(
        "switch on smart queue management (fq_codel or cake) in the router",
        "ping -i 0.1 -c 100 ROUTER (uneven already? then it is Wi-Fi)",
    ),
    undo="Switch the router's queue management off again.",
    verify="ping -i 0.1 -c 100 ADDRESS",
    if_you_wait="Calls stay choppy at busy hours.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("common guidance for calls over the internet: 30 ms",))
def jitter(lines: list[Line], limits: Settings) -> api.Verdict:
    swings = [line.jitter_ms for line in lines if line.jitter_ms is not None]
    if not swings:
        raise api.Unreadable("fewer than two pings came back from every target")
    swing = middle(swings)
    return api.verdict(
        limits.swing_ms.judge(swing),
        f"The delay to the internet swings by {swing:.1f} ms from one answer to the next.",
        api.Measurement("swing", swing, api.Unit.MILLISECONDS),
        detail=evidence(lines),
        fix=FIX,
    )
