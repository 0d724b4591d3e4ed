"""Nothing gets lost on the way to the internet.

Lost data has to be sent again: calls break up, pages stall, uploads crawl.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.line import Line, evidence, middle


class Settings(api.CheckSettings):
    lost_percent: api.AtMost = api.AtMost(warn=1, fail=5)
    """Pings that never come back, in percent, at the middle one of the targets."""


FIX = api.Remedy(
    "Look for a weak Wi-Fi signal or a bad network cable first; otherwise report the losses to the internet provider.",
    api.Effort.HOURS,
    steps=("mtr -n -r -c 200 ADDRESS (the first hop that loses is the place)", "ping -i 0.2 -c 200 ROUTER"),
    verify="ping -i 0.2 -c 200 ADDRESS",
    if_you_wait="Calls keep breaking up and transfers take longer than they should.",
    who="your IT person or the internet provider",
)


@api.check(severity=api.Severity.HIGH, sources=("DSLReports line quality: 1 % is the best grade, 5 % a middling one",))
def loss(lines: list[Line], limits: Settings) -> api.Verdict:
    lost = middle(line.loss_percent for line in lines)
    return api.verdict(
        limits.lost_percent.judge(lost),
        f"{lost:.1f}% of what is sent to the internet gets lost." if lost else "Nothing sent to the internet got lost (0%).",
        api.Measurement("lost", lost, api.Unit.PERCENT),
        detail=evidence(lines),
        fix=FIX,
    )
