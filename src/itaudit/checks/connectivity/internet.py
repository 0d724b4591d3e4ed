"""The internet can be reached.

Email, payments, shared files and updates all need it.
We knock at several well-known addresses, so that the trouble of one of them is not taken for yours.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.internet import Target


class Settings(api.CheckSettings):
    answering_percent: api.AtLeast = api.AtLeast(warn=60, fail=50)
    """Addresses that answer, in percent of `[internet] targets`: two of three are enough, one is not."""


FIX = api.Remedy(
    "Restart the router; if that does not help, call the internet provider.",
    steps=("ip route get ADDRESS", "tracepath -n ADDRESS", "nft list ruleset", "the router's own status page"),
    verify="itaudit scan --only connectivity",
    if_you_wait="Email, payments and shared files stay out of reach. A second line, or a mobile one, would carry you over.",
    who="your IT person or the internet provider",
)


@api.check(severity=api.Severity.CRITICAL, sources=("itaudit's own choice: two of three addresses complete a TCP handshake",))
def internet(targets: list[Target], limits: Settings) -> api.Verdict:
    reached = sum(target.reached for target in targets)
    percent = 100.0 * reached / len(targets)
    return api.verdict(
        limits.answering_percent.judge(percent),
        _words(reached, len(targets)),
        api.Measurement("answering", percent, api.Unit.PERCENT),
        detail="; ".join(f"{one.subject}: {', '.join(filter(None, (_time(one), one.why)))}" for one in targets),
        fix=FIX,
    )


def _time(target: Target) -> str:
    return "" if target.milliseconds is None else f"{target.milliseconds:.1f} ms"


def _words(reached: int, asked: int) -> str:
    if asked == 1:
        return f"The internet {'can' if reached else 'cannot'} be reached (1 well-known address was tried)."
    if not reached:
        return f"The internet cannot be reached: none of {asked} well-known addresses answers."
    if reached == 1:
        return f"Only 1 of {asked} well-known internet addresses answers."
    return f"The internet can be reached: {reached} of {asked} well-known addresses answer."
