"""A moment of pressure is no fault: a limit counts when it is passed at several scans that lie apart."""

from __future__ import annotations

from datetime import timedelta

from itaudit import api

SCANS = 3
_APART = timedelta(hours=1)


def sustained(limit: api.AtMost, value: float, past: api.History, measurement: str, machine: api.Machine) -> api.Status:
    """Judge the lowest value of this scan and of the two before it that lie an hour apart.

    Before there are three scans, only what fails is said, as a warning: it may be the work of this very hour.
    """
    values, newest = [value], machine.now
    for point in reversed(past.series(measurement)):
        if len(values) < SCANS and newest - point.when >= _APART:
            values.append(point.value)
            newest = point.when
    if len(values) == SCANS:
        return limit.judge(min(values))
    return api.Status.WARN if limit.judge(min(values)) is api.Status.FAIL else api.Status.OK
