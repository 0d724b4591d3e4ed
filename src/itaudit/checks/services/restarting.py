"""No service keeps falling over, and no error keeps coming back.

A service that is started again and again looks alive and does little. An error that is written down every day is a fault
that nobody has looked at.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.repetitions import Item, Kind, Repetition


class Settings(api.CheckSettings):
    restarts_a_day: api.AtMost = api.AtMost(warn=5, fail=50)
    """How often one service was started again after it fell over, in the last 24 hours."""
    errors_a_day: api.AtMost = api.AtMost(warn=100, fail=1000)
    """How often the same error is written down on a usual day of the last seven; numbers, addresses and file names may differ."""


RESTARTS = api.Remedy(
    "Find out why the service keeps falling over, and mend it.",
    api.Effort.HOURS,
    steps=("systemctl show --property=NRestarts,Result,ExecMainStatus UNIT", "journalctl -u UNIT --since=-1d -p warning"),
    verify="journalctl --since=-1d MESSAGE_ID=5eb03494b6584870a536b337290809b3",
    if_you_wait="Whoever uses it is interrupted each time, and may lose what was not yet saved.",
)
ERRORS = api.Remedy(
    "Look into the error that keeps coming back, and mend its cause.",
    api.Effort.HOURS,
    steps=("journalctl -p err --since=-1d -t PROGRAM", "search the maker's pages for the message"),
    verify="journalctl -p err --since=-1d -t PROGRAM | wc -l",
    if_you_wait="The fault goes on, and hides other errors among its own.",
)


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("itaudit's own choice: 5 restarts and 100 equal errors a day", "CIS Controls v8.1, 8.11 (review of logs)"),
)
def restarting(repetition: Repetition, limits: Settings) -> api.Verdict:
    of_restarts = repetition.kind is Kind.RESTARTS
    limit = limits.restarts_a_day if of_restarts else limits.errors_a_day
    status = api.worst(api.Status.OK, *(limit.judge(item.a_day) for item in repetition.items))
    if status is api.Status.FAIL and not repetition.complete and not of_restarts:
        # Too many for all to be read: they may be of one bad hour.
        status = api.Status.WARN
    top = max(repetition.items, key=lambda item: item.a_day, default=None)
    return api.verdict(
        status,
        _words(repetition, status, top),
        api.Measurement("most", top.a_day if top else 0, api.Unit.COUNT),
        detail=_detail(repetition),
        fix=RESTARTS if of_restarts else ERRORS,
    )


def _words(repetition: Repetition, status: api.Status, top: Item | None) -> str:
    bad = status is not api.Status.OK and top is not None
    if repetition.kind is Kind.RESTARTS:
        if bad and top:
            return f"{top.source} fell over and was started again {_times(top.times)} in the last 24 hours."
        if top is None:
            return "No service had to be started again in the last 24 hours."
        return f"No service had to be started again and again (at most {_times(top.times)} in 24 hours)."
    if bad and top:
        return f"The same error of {top.source} comes back about {top.a_day:.0f} times a day."
    days = max(1, round(repetition.known_days))
    return f"No error keeps coming back ({repetition.total} of all kinds in {f'{days} days' if days > 1 else 'one day'})."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _detail(repetition: Repetition) -> str:
    lines = [f"{item.times} times, {item.a_day:.0f} a day, {item.source}: {item.example}" for item in repetition.items[:8]]
    lines += ["there were more than could be read: older ones are not counted"] * (not repetition.complete)
    return "\n".join([*lines, *([repetition.note] if repetition.note else [])])
