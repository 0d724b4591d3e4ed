"""The router answers.

All that leaves this machine goes through the router.
When it does not answer, email, payments, telephone and backups to other places stop.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.routes import Router, WayOut

NO_WAY_OUT = api.Remedy(
    "Connect the machine to the network and set the router it should use.",
    steps=("ip address", "ip route", "networkctl status (or nmcli device)"),
    verify="ip route show default",
    if_you_wait="Nothing outside this network can be reached, and updates and outside backups do not happen.",
)
SILENT = api.Remedy(
    "Check that the router has power and that its cable or Wi-Fi works, then restart it.",
    steps=("ip neigh", "ping -c 4 ROUTER", "ethtool INTERFACE"),
    verify="ping -c 4 ROUTER",
    if_you_wait="Nothing outside this network can be reached until it answers.",
)


@api.check(severity=api.Severity.CRITICAL, sources=("itaudit's own choice: a default route whose router answers",))
def gateway(way: WayOut) -> api.Verdict:
    detail = "; ".join(_words(router) for router in way.routers) or "no default route in /proc/net/route or /proc/net/ipv6_route"
    answering = [router for router in way.routers if router.answers]
    if answering:
        fastest = min(router.round_trip_ms or 0.0 for router in answering)
        return api.verdict(api.Status.OK, f"The router answers, within {fastest:.1f} ms.", detail=detail)
    if way.internet_works:
        return api.verdict(api.Status.OK, "The router keeps silent when asked, but the internet works through it.", detail=detail)
    if not way.routers:
        return api.verdict(
            api.Status.FAIL, "This machine knows no way to the internet, because no router is set.", detail=detail, fix=NO_WAY_OUT
        )
    if not any(router.route.gateway for router in way.routers):
        return api.verdict(
            api.Status.UNKNOWN,
            "The way to the internet is a direct line or a tunnel, so there is no router here to ask.",
            detail=detail,
            unlock="Look at the finding about the internet: it is asked beyond the line.",
        )
    if all(router.answers is None for router in way.routers):
        return api.verdict(
            api.Status.UNKNOWN,
            "The router could not be asked by this user.",
            detail=detail,
            unlock="Run itaudit as root (sudo itaudit scan).",
        )
    return api.verdict(api.Status.FAIL, _silent(len(way.routers)), detail=detail, fix=SILENT)


def _silent(count: int) -> str:
    return "The router does not answer." if count == 1 else f"None of the {count} ways to a router gives an answer."


def _words(router: Router) -> str:
    route = router.route
    answer = {True: "answers", False: "silent", None: "not asked"}[router.answers]
    return f"default via {route.gateway or 'the link'} dev {route.interface} metric {route.metric}: {answer}"
