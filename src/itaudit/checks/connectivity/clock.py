"""The clock is right.

With a wrong clock, logins and secure connections are refused, and records of what happened when cannot be trusted.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.clock import Clock


class Settings(api.CheckSettings):
    off_seconds: api.AtMost = api.AtMost(warn=1, fail=5)
    """Difference from the reference, in seconds, either way."""
    critical_seconds: float = 300
    """Difference, in seconds, from which a failure is critical: logins (Kerberos) are refused then."""


FIX = api.Remedy(
    "Let the machine set its clock by the internet.",
    steps=(
        "in a container: all of this on its host, whose clock it shares",
        "at a quiet hour: the clock may jump, and databases and mail servers may stop when it jumps back",
        "timedatectl set-ntp true; where that is not there or not supported: install and start chrony",
        "where chrony runs and the clock is still minutes off: chronyc makestep",
    ),
    undo="timedatectl set-ntp false",
    verify="timedatectl; chronyc tracking",
    if_you_wait="The clock goes further wrong until logins and secure connections are refused.",
)


@api.check(
    severity=api.Severity.HIGH,
    sources=("CIS v8.1 8.4", "RFC 4120 (Kerberos: 5 minutes)", "itaudit's own choice: 1 and 5 seconds"),
)
def clock(clock: Clock, limits: Settings) -> api.Verdict:
    if clock.offset_seconds is None:
        return api.verdict(api.Status.OK, "The clock is right, says the time service that keeps it.", detail=clock.reference)
    off = abs(clock.offset_seconds)
    status = limits.off_seconds.judge(off)
    side = "slow" if clock.offset_seconds > 0 else "fast"
    summary = (
        f"The clock is {_readable(off)} {side}." if status is not api.Status.OK else f"The clock is right to {_readable(off)}."
    )
    return api.verdict(
        status,
        summary,
        api.Measurement("offset", clock.offset_seconds, api.Unit.SECONDS),
        detail=f"offset {clock.offset_seconds:+.6f} s, compared with {clock.reference}",
        fix=FIX,
        severity=api.Severity.CRITICAL if off > limits.critical_seconds else None,
    )


def _readable(seconds: float) -> str:
    """0.0123 -> "12 ms", 7.2 -> "7.2 seconds", 5400 -> "1.5 hours"."""
    for size, unit in ((86400.0, "days"), (3600.0, "hours"), (120.0, "minutes")):
        if seconds >= size:
            return f"{seconds / (60.0 if unit == 'minutes' else size):.1f} {unit}"
    return f"{seconds:.1f} seconds" if seconds >= 0.95 else f"{seconds * 1000:.0f} ms"
