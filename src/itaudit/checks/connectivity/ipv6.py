"""The newer internet works where it is offered.

Your network hands out addresses of the newer kind of internet (IPv6).
When these lead nowhere, programs try them first, wait, and only then take the way that works.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.ipv6 import IPv6

FIX = api.Remedy(
    "Have the newer kind of internet addresses (IPv6) repaired in the router, or switched off there.",
    api.Effort.HOURS,
    steps=("ip -6 route get 2606:4700:4700::1111", "tracepath -6 -n 2606:4700:4700::1111", "radvdump, or the router's IPv6 page"),
    verify="ping -6 -c 4 2606:4700:4700::1111",
    if_you_wait="Some pages and programs keep starting with a delay.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("RFC 8305 (Happy Eyeballs)", "internet.nl: IPv6"))
def ipv6(ipv6: IPv6) -> api.Verdict:
    reached = sum(target.reached for target in ipv6.targets)
    return api.verdict(
        api.Status.OK if reached else api.Status.FAIL,
        f"The newer kind of internet (IPv6) works: {reached} of {len(ipv6.targets)} addresses answer."
        if reached
        else f"The newer kind of internet (IPv6) is offered, but leads nowhere: none of {len(ipv6.targets)} addresses answers.",
        detail=f"{', '.join(ipv6.addresses)}; " + "; ".join(f"{one.subject}: {one.why or 'reached'}" for one in ipv6.targets),
        fix=FIX,
    )
