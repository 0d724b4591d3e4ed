"""Whether this machine's resolvers say the same of the configured names as each other and as the name servers themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, Outcome, Reply, outcome, zone_of
from itaudit.facts.name_servers import FIRST_TRY_SECONDS
from itaudit.facts.resolvers import resolver_addresses
from itaudit.facts.targets import Targets, readable

TYPES = ("MX", "NS", "A")
SERVERS_ASKED = 2
SERVERS_AT_MOST = 8
ADDRESSES_AT_MOST = 8


Said = tuple[tuple[str, ...], tuple[str, ...], bool]


@dataclass(frozen=True, slots=True)
class View:
    """What one resolver, or the name servers themselves, say: mail servers and name servers, and whether there is an address.

    Addresses themselves are not compared: large sites give different ones to everybody.
    """

    source: str
    mail: tuple[str, ...]
    servers: tuple[str, ...]
    has_address: bool

    @property
    def said(self) -> Said:
        return self.mail, self.servers, self.has_address

    def __str__(self) -> str:
        return f"{self.source}: MX {' '.join(self.mail) or '-'}, NS {' '.join(self.servers) or '-'}, address {self.has_address}"


@dataclass(frozen=True, slots=True)
class ResolverAgreement:
    """The views of one name: of each answering resolver, and of the name servers (none when they could not be asked).

    Name servers that quarrel give one view each; more of them are asked only where the first do not explain a resolver.
    """

    subject: str
    resolvers: tuple[View, ...]
    servers: tuple[View, ...]


@api.provider("linux", "macos", seconds=40)
def resolver_agreements(ask: api.Ask, targets: Targets) -> api.Facts[ResolverAgreement]:
    """The agreement about every configured name."""
    yield from of_each_name(ask, targets, _agreement)


def _agreement(lookups: Lookups, name: str) -> ResolverAgreement:
    """One name. Raises TimedOut when no resolver answers or one does but there is nothing to compare with."""
    port = lookups.targets.resolver_port if lookups.targets.resolver else 53
    addresses = resolver_addresses(lookups.ask, lookups.targets)
    questions = [api.Dns(name, type_, address, port) for address in addresses for type_ in TYPES]
    results = [outcome(answer) for answer in lookups.ask.many(questions)]
    views = [view for index, address in enumerate(addresses) if (view := _view(address, results[3 * index : 3 * index + 3]))]
    if not views:
        unusable = api.Unreadable("no resolver gave a usable answer")
        raise next((each for each in results if isinstance(each, api.Missing)), unusable)
    try:
        servers = _servers_views(lookups, name, {view.said for view in views})
    except api.Missing:
        if len(views) < 2:
            raise  # nothing to compare with
        servers = ()
    return ResolverAgreement(readable(name), tuple(views), servers)


def _view(source: str, results: list[Outcome]) -> View | None:
    """None when any of the three answers is missing or says nothing (SERVFAIL, REFUSED): a failure is not a different answer."""
    replies = [result for result in results if isinstance(result, Reply) and result.rcode in ("NOERROR", "NXDOMAIN")]
    if len(replies) < len(TYPES):
        return None
    return View(source, replies[0].hosts("MX"), replies[1].hosts("NS"), bool(replies[2].data("A")))


def _servers_views(lookups: Lookups, name: str, wanted: set[Said]) -> tuple[View, ...]:
    """What the name servers say that answer for the zone. Raises a Missing when none could be asked directly."""
    zone = zone_of(lookups, name)
    names = lookups.many((zone, "NS"))[0]
    hosts = names.hosts("NS") if isinstance(names, Reply) else ()
    views: dict[Said, View] = {}
    for some in (hosts[:SERVERS_ASKED], hosts[SERVERS_ASKED:SERVERS_AT_MOST]):
        if not views or not wanted <= views.keys():
            views |= {view.said: view for view in _views_of(lookups, name, some)}
    if not views:
        raise api.TimedOut("there is only one resolver, and no name server could be asked directly to compare with")
    return tuple(views.values())


def _views_of(lookups: Lookups, name: str, hosts: tuple[str, ...]) -> Iterator[View]:
    found = [result for pair in lookups.addresses(hosts).values() for result in pair]
    addresses = [address for result in found if isinstance(result, Reply) for address in result.addresses][:ADDRESSES_AT_MOST]
    asked = lookups.directly([(address, name, type_, False) for address in addresses for type_ in TYPES], FIRST_TRY_SECONDS)
    for index, address in enumerate(addresses):
        results = asked[len(TYPES) * index : len(TYPES) * (index + 1)]
        authoritative = all(isinstance(result, Reply) and "AA" in result.flags for result in results)
        if authoritative and (view := _view(f"name server {address}", results)):
            yield view
