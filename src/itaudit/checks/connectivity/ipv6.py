"""The newer internet works where it is offered.

Your network hands out addresses of the newer kind of internet (IPv6).
When these lead nowhere, programs try them first, wait, and only then take the way that works.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.internet import NO_ROUTE
from itaudit.facts.ipv6 import IPv6

FIX = api.Remedy(
    "Have the newer kind of internet addresses (IPv6) repaired in the router, or switched off there.",
    api.Effort.HOURS,
    steps=("ip -6 route get 2606:4700:4700::1111", "tracepath -6 -n 2606:4700:4700::1111", "radvdump, or the router's IPv6 page"),
    verify="ping -6 -c 4 2606:4700:4700::1111",
    if_you_wait="Some pages and programs keep starting with a delay.",
)

NO_WAY_OUT = api.Remedy(
    "Give the machine a router for the newer kind of internet addresses (IPv6), or leave it as it is.",
    steps=("ip -6 address show scope global; ip -6 route show default", "an address within a tunnel needs no router"),
    verify="ip -6 route show default; ping -6 -c 4 2606:4700:4700::1111",
    if_you_wait="Hardly anything: what has only addresses of the newer kind cannot be reached from here.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("RFC 8305 (Happy Eyeballs)", "internet.nl: IPv6"))
def ipv6(ipv6: IPv6) -> api.Verdict:
    reached = sum(target.reached for target in ipv6.targets)
    detail = f"{', '.join(ipv6.addresses)}; " + "; ".join(f"{one.subject}: {one.why or 'reached'}" for one in ipv6.targets)
    if all(any(words in one.why for words in NO_ROUTE) for one in ipv6.targets):
        # An address within a tunnel, or one that was written down without a router: the system refuses at once.
        words = "This machine has an address of the newer kind of internet (IPv6), but no way out for it; nothing waits for that."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=NO_WAY_OUT, severity=api.Severity.LOW)
    return api.verdict(
        api.Status.OK if reached else api.Status.FAIL,
        f"The newer kind of internet (IPv6) works: {reached} of {len(ipv6.targets)} addresses answer."
        if reached
        else f"The newer kind of internet (IPv6) is offered, but leads nowhere: none of {len(ipv6.targets)} addresses answers.",
        detail=detail,
        fix=FIX,
    )
