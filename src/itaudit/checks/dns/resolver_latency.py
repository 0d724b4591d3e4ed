"""Look-ups of web addresses are quick.

One page needs dozens of look-ups. When each is slow, the whole internet seems slow, however fast the line is.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.resolvers import ResolverConduct

FIX = api.Remedy(
    "Use a faster look-up server.",
    steps=(
        "Compare: dig @ADDRESS . NS, several times, against the router and the provider's resolver",
        "Set the fastest two in the router's DHCP settings.",
    ),
    undo="Put the former addresses back.",
    verify="dig shows Query time below 100 msec",
    if_you_wait="Pages and programs keep starting slowly.",
)


class Settings(api.CheckSettings):
    """Limits of the time that look-ups take."""

    median_milliseconds: api.AtMost = api.AtMost(warn=100, fail=500)
    """Median of five look-ups, in milliseconds."""


@api.check(severity=api.Severity.LOW, sources=("itaudit's own choice",))
def resolver_latency(conduct: ResolverConduct, limits: Settings) -> api.Verdict:
    """How long does a look-up take?"""
    return api.verdict(
        limits.median_milliseconds.judge(conduct.median_milliseconds),
        f"Look-ups at {conduct.subject} take {conduct.median_milliseconds:.0f} ms.",
        api.Measurement("median", conduct.median_milliseconds, api.Unit.MILLISECONDS),
        detail="median of 5 questions, one after the other",
        fix=FIX,
    )
