"""Where certificates are looked for: the web sites of each name and of its www, its mail servers, its mailboxes (mail. and imap.,
where they exist), and what [targets] names besides."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from itaudit import api
from itaudit.facts.lookups import Lookups, Outcome, settled
from itaudit.facts.mail_encryption import HOSTS_AT_MOST, start_tls_question
from itaudit.facts.own_copies import world_zone_of
from itaudit.facts.targets import Targets, host_and_port, readable

START_TLS = {25: "smtp", 587: "smtp", 143: "imap", 110: "pop3"}
"""Ports on which a connection begins without protection and asks for it (RFC 3207, RFC 9051, RFC 2595)."""
MAILBOX_PORTS = (993, 143)
NOT_PUBLIC = ("local", "lan", "home", "internal", "intranet", "private", "corp", "localdomain", "home.arpa", "fritz.box")
"""Endings of networks of one's own (RFC 6762 appendix G, RFC 8375): no public issuer may vouch for names in them."""
CORRECT = "Correct its name in itaudit.toml ([targets] services), or give its address instead."


class Use(StrEnum):
    """What is reached there. The value is for people."""

    WEB = "web site"
    DELIVERY = "mail server"
    MAILBOX = "mailbox server"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to look. `guessed`: nobody said that it exists, so silence there is no finding."""

    host: str
    port: int
    use: Use
    start_tls: str = ""
    guessed: bool = False

    @property
    def subject(self) -> str:
        shown = f"[{self.host}]" if ":" in self.host else readable(self.host)
        return f"{shown}:{self.port}"

    @property
    def private(self) -> bool:
        """In a network of one's own, where no public issuer can vouch for it."""
        if api.is_address(self.host):
            return ipaddress.ip_address(self.host).is_private
        return self.host.endswith(tuple(f".{ending}" for ending in NOT_PUBLIC))

    def question(self, address: str, newest: str = "") -> api.Tls:
        if self.use is Use.DELIVERY and not newest:
            return start_tls_question(self.host, self.port, address)
        return api.Tls(self.host, self.port, address, self.start_tls, newest)


def places_given(targets: Targets) -> list[Place]:
    """Those that [targets] host_names and services name."""
    places = [Place(host, targets.https_port, Use.WEB) for host in targets.host_names]
    for host, port in map(host_and_port, targets.services):
        start_tls = "smtp" if port == targets.smtp_port else START_TLS.get(port, "")
        places.append(Place(host, port, Use.SERVICE, start_tls))
    once: dict[tuple[str, int], Place] = {}
    for place in places:
        once.setdefault((place.host, place.port), place)
    return list(once.values())


def places_of(lookups: Lookups, name: str) -> list[Place]:
    """Those of one name. Raises a Missing when the name cannot be looked up."""
    world_zone_of(lookups, name)
    targets = lookups.targets
    [exchange] = lookups.many((name, "MX"))
    # Where this one question fails, dns.mx and dns.starttls are unknown; the web site is looked at all the same.
    servers = [] if isinstance(exchange, api.Missing) else [host for host in exchange.hosts("MX") if host != "."][:HOSTS_AT_MOST]
    return [
        *(Place(host, targets.https_port, Use.WEB) for host in (name, f"www.{name}")),
        *(Place(host, targets.smtp_port, Use.DELIVERY, "smtp", guessed=True) for host in servers),
        *(
            Place(f"{label}.{name}", port, Use.MAILBOX, START_TLS.get(port, ""), guessed=True)
            for label in ("mail", "imap")
            for port in MAILBOX_PORTS
        ),
    ]


def addresses_of(lookups: Lookups, places: Sequence[Place]) -> tuple[list[tuple[Place, str]], list[api.Gap]]:
    """One IPv4 and one IPv6 address of each place, and the places whose addresses could not be looked up."""
    outcomes = lookups.addresses(place.host for place in places if not api.is_address(place.host))
    found: list[tuple[Place, str]] = []
    gaps: list[api.Gap] = []
    for place in places:
        try:
            addresses = _one_of_each_family(outcomes[place.host]) if place.host in outcomes else (place.host,)
        except api.Missing as error:
            gaps += [] if place.guessed else [api.Gap(place.subject, error)]
            continue
        if not addresses and place.use is Use.SERVICE:
            gaps.append(api.Gap(place.subject, api.NotFound(f"{place.host} has no address", unlock=CORRECT)))
        found += [(place, address) for address in addresses]
    return found, gaps


def _one_of_each_family(results: tuple[Outcome, Outcome]) -> tuple[str, ...]:
    """The first address of each family, () when it was proved that there is none. Raises the Missing otherwise."""
    replies = [
        (type_, result) for type_, result in zip(("A", "AAAA"), results, strict=True) if not isinstance(result, api.Missing)
    ]
    addresses = tuple(address for type_, reply in replies for address in reply.data(type_)[:1])
    if not addresses:
        for result in results:
            settled(result)
    return addresses
