"""This machine can look up web addresses.

Every web page, message and login begins with a look-up. When the servers that answer look-ups are silent, it feels as if the
internet were gone; when one of two is, everything begins seconds late.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.resolvers import Resolver

FIX = api.Remedy(
    "Repair the look-up servers of this machine, or set others.",
    steps=(
        "See which are set: cat /etc/resolv.conf; resolvectl status",
        "Ask each: dig @ADDRESS . NS; is the router, the server or the line down?",
        "Correct the addresses in the router's DHCP settings or the network settings of this machine; set two.",
    ),
    undo="Put the former addresses back.",
    verify="dig @ADDRESS . NS answers",
    if_you_wait="Pages and programs hang or fail at random; when the last server stops, everything does.",
)


@api.check(severity=api.Severity.CRITICAL, sources=("resolv.conf(5)", "itaudit's own choice"))
def resolver_reachable(resolvers: list[Resolver]) -> api.Verdict:
    """Do all resolvers in use answer?"""
    silent = [resolver for resolver in resolvers if not resolver.answers]
    detail = "; ".join(f"{resolver.subject}: {resolver.detail}" for resolver in resolvers)
    if not silent:
        one = "The look-up server of this machine answers."
        words = one if len(resolvers) == 1 else f"All {len(resolvers)} look-up servers of this machine answer."
        return api.verdict(api.Status.OK, words, detail=detail)
    names = " and ".join(", ".join(resolver.subject for resolver in silent).rsplit(", ", 1))
    give = "gives" if len(silent) == 1 else "give"
    if len(silent) == len(resolvers):
        words = f"This machine cannot look up any web address: {names} {give} no answer."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=FIX)
    words = f"Of the {len(resolvers)} look-up servers of this machine, {names} {give} no answer, so everything starts late."
    return api.verdict(api.Status.WARN, words, detail=detail, fix=FIX, severity=api.Severity.MEDIUM)
