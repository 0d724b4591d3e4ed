"""The way out of this machine: its default routes, and whether the routers they name answer."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.internet import Target
from itaudit.facts.line import echo
from itaudit.facts.network import interface_names

ROUTE_IS_UP = 0x1
ROUTE_REJECTS = 0x200
"""Flags of linux/route.h."""


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """A route to everywhere. gateway: address of the router, "" when the link itself leads out (point to point)."""

    gateway: str
    interface: str
    metric: int


@dataclass(frozen=True, slots=True)
class Router:
    """A default route, and whether its router answers: None where there is nothing to ping or this user may not."""

    route: DefaultRoute
    answers: bool | None
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class WayOut:
    """All default routes of the machine, best first; none when no way out is configured."""

    subject: str
    routers: tuple[Router, ...]
    internet_works: bool


def parse_routes(text: str) -> list[DefaultRoute]:
    """Default routes of /proc/net/route (proc(5)): addresses are hexadecimal, lowest byte first. Raises Unreadable."""
    lines = text.splitlines()
    if not lines or not lines[0].startswith("Iface"):
        raise api.Unreadable("/proc/net/route has no heading")
    routes = []
    for line in lines[1:]:
        try:
            interface, destination, gateway, flags, _, _, metric, mask = line.split()[:8]
            usable = int(flags, 16) & (ROUTE_IS_UP | ROUTE_REJECTS) == ROUTE_IS_UP
            if usable and int(destination, 16) == 0 and int(mask, 16) == 0:
                address = ipaddress.IPv4Address(int(gateway, 16).to_bytes(4, "little"))
                routes.append(DefaultRoute(str(address) if int(address) else "", interface, int(metric)))
        except (ValueError, OverflowError) as error:
            raise api.Unreadable(f"/proc/net/route: {line[:100]!r}") from error
    return routes


def parse_ipv6_routes(text: str) -> list[DefaultRoute]:
    """Default routes of /proc/net/ipv6_route: target/length, source/length, next hop, metric, counters, flags, interface."""
    routes = []
    for line in text.splitlines():
        try:
            target, length, _, _, gateway, metric, _, _, flags, interface = line.split()
            usable = int(flags, 16) & (ROUTE_IS_UP | ROUTE_REJECTS) == ROUTE_IS_UP
            if usable and int(target, 16) == 0 and int(length, 16) == 0:
                address = ipaddress.IPv6Address(int(gateway, 16))
                named = f"{address}%{interface}" if address.is_link_local else str(address)
                routes.append(DefaultRoute(named if int(address) else "", interface, int(metric, 16)))
        except (ValueError, OverflowError) as error:
            raise api.Unreadable(f"/proc/net/ipv6_route: {line[:100]!r}") from error
    return routes


def _router(route: DefaultRoute, answer: api.Answer | None) -> Router:
    if answer is None:
        return Router(route, None)
    try:
        pings = echo(answer)
    except (api.Unreachable, api.TimedOut):
        return Router(route, False)
    except api.AccessDenied:
        return Router(route, None)
    if pings.received:
        return Router(route, True, min(pings.round_trips_ms))
    return Router(route, False if pings.method == "icmp" else None)


def _routers(ask: api.Ask, routes: list[DefaultRoute]) -> tuple[Router, ...]:
    # Port 80: where pings are not allowed to us, a router's own web page is the likeliest to answer.
    questions = {route.gateway: api.Ping(route.gateway, count=3, tcp_port=80, timeout=1.5) for route in routes if route.gateway}
    answers = dict(zip(questions, ask.many(list(questions.values())), strict=True))
    return tuple(_router(route, answers.get(route.gateway)) for route in routes)


@api.provider("linux", seconds=25)
def linux_way_out(ask: api.Ask, targets: list[Target]) -> api.Facts[WayOut]:
    """The one WayOut. Raises NotApplicable on a machine with no network interface at all, Unreadable for a broken table."""
    if not interface_names(ask(api.ReadFile("/proc/net/dev")).text):
        raise api.NotApplicable("this machine has no network interface")
    routes = parse_routes(ask(api.ReadFile("/proc/net/route")).text)
    ipv6 = ask(api.ReadFile("/proc/net/ipv6_route"))
    if not isinstance(ipv6.error, api.NotFound):  # absent where IPv6 is switched off
        routes += parse_ipv6_routes(ipv6.text)
    routes.sort(key=lambda route: (":" in route.gateway, route.metric))
    yield WayOut("router", _routers(ask, routes), any(target.reached for target in targets))
