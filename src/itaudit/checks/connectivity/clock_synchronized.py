"""Something keeps the clock right.

Every clock runs a little fast or slow. One that nothing corrects is right today and minutes off next year.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.clock import TimeKeeping

FIX = api.Remedy(
    "Let the machine set its clock by the internet.",
    steps=(
        "in a container: all of this on its host, whose clock it shares",
        "chronyc sources, if chrony is there: does any answer?",
        "timedatectl set-ntp true; where that is not there or not supported: install and start chrony",
    ),
    undo="timedatectl set-ntp false",
    verify="timedatectl (System clock synchronized: yes); chronyc tracking (Leap status: Normal)",
    if_you_wait="The clock goes further wrong until logins and secure connections are refused.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 8.4", "chronyc(1): leap status", "adjtimex(2): STA_UNSYNC"))
def clock_synchronized(keeping: TimeKeeping) -> api.Verdict:
    if keeping.kept:
        return api.verdict(api.Status.OK, "A time service keeps the clock right.", detail=keeping.reference)
    return api.verdict(
        api.Status.FAIL if keeping.certain else api.Status.WARN,
        "Nothing keeps the clock right." if keeping.certain else "Nothing seems to keep the clock right.",
        detail=keeping.reference,
        fix=FIX,
        severity=api.Severity.MEDIUM,
    )
