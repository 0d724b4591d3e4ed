"""The internet answers quickly.

With slow answers, people on a call talk over each other and every click in an online program waits.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.line import Line, evidence, middle


class Settings(api.CheckSettings):
    round_trip_ms: api.AtMost = api.AtMost(warn=150, fail=300)
    """Median time there and back, in milliseconds, at the middle one of the targets."""


FIX = api.Remedy(
    "Find out whether something fills the line; otherwise ask the internet provider for a line with shorter delay.",
    api.Effort.HOURS,
    steps=(
        "mtr -n -r -c 50 ADDRESS (where does the delay begin?)",
        "measure again with nobody working; if it is fast, limit the uploads",
    ),
    verify="ping -c 20 ADDRESS",
    if_you_wait="Calls and online programs stay sluggish.",
    who="your IT person or the internet provider",
)


@api.check(
    severity=api.Severity.HIGH, sources=("ITU-T G.114 (150 ms one way)", "itaudit's own choice: 150 and 300 ms there and back")
)
def latency(lines: list[Line], limits: Settings) -> api.Verdict:
    delay = middle(line.delay_ms for line in lines)
    return api.verdict(
        limits.round_trip_ms.judge(delay),
        f"The internet answers after {delay:.0f} ms.",
        api.Measurement("round_trip", delay, api.Unit.MILLISECONDS),
        detail=evidence(lines),
        fix=FIX,
    )
