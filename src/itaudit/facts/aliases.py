"""The aliases (CNAME) under each configured name, and where they lead: to something that is there, or to nothing.

Looked at are the names that most businesses have, and those in [targets] host_names. Only name look-ups are made: what a web
server behind an alias says is not asked. Sources: RFC 1034 3.6.2, RFC 1912 2.4, RFC 2308.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import HONEST, Lookups, Outcome, Reply, holds, host_of, settled
from itaudit.facts.names import names_of
from itaudit.facts.own_copies import refuse_copy
from itaudit.facts.public_suffixes import organisation_of, registered
from itaudit.facts.targets import Targets, readable

USUAL = (
    *("www", "mail", "webmail", "autodiscover", "smtp", "imap", "ftp", "shop", "store", "blog", "news", "app", "api", "dev"),
    *("test", "staging", "demo", "beta", "cdn", "static", "status", "support", "help", "docs", "portal", "vpn", "remote", "owa"),
)
HOST_NAMES_AT_MOST = 50
NAME_BYTES_AT_MOST = 253
"""RFC 1035 2.3.4, written with dots."""
LINKS_AT_MOST = 16
"""Aliases followed one after the other; resolvers give up at about as many."""


class Fate(StrEnum):
    """Where an alias ends."""

    THERE = "there"
    NO_SUCH_NAME = "no such name"
    NO_ADDRESS = "no address"
    NO_END = "it leads in a circle, or nobody answers for it"


@dataclass(frozen=True, slots=True)
class Alias:
    """One alias. links: the names it leads to, one after the other. claimable: the name that anybody may take to get it."""

    name: str
    links: tuple[str, ...]
    fate: Fate
    claimable: str = ""

    def __str__(self) -> str:
        return " CNAME ".join((self.name, *self.links)) + f" ({self.fate})"


@dataclass(frozen=True, slots=True)
class NameAliases:
    """The aliases under one name. unseen: names that could not be looked up. looked_at: how many were."""

    subject: str
    name: str
    aliases: tuple[Alias, ...]
    unseen: tuple[str, ...] = ()
    looked_at: int = 0


@api.provider("linux", "windows", "macos", seconds=45)
def name_aliases(ask: api.Ask, targets: Targets) -> api.Facts[NameAliases]:
    """The aliases under every configured name."""
    first = names_of(ask, targets)[0]
    yield from of_each_name(ask, targets, lambda lookups, name: aliases_of(lookups, name, hosts_of(targets, name, name == first)))


def hosts_of(targets: Targets, name: str, first: bool) -> tuple[str, ...]:
    """The names to look at with `name`: the usual ones, and the owner's. Those under none of the domains go with the first."""
    own = [host for host in targets.host_names if holds(name, host)]
    if first:
        own += [host for host in targets.host_names if not any(holds(domain, host) for domain in targets.domains)]
    every = (name, *own[:HOST_NAMES_AT_MOST], *(f"{label}.{name}" for label in USUAL))
    return tuple(dict.fromkeys(host for host in every if len(host) <= NAME_BYTES_AT_MOST))


def aliases_of(lookups: Lookups, name: str, hosts: Iterable[str]) -> NameAliases:
    """Follow the aliases. Raises a Missing when the resolver cannot be believed, NotFound when the name does not exist."""
    _believe(lookups, name)
    every = (f"itaudit-control-question.{name}", *hosts)
    replies = dict(zip(every, lookups.many(*[(host, "A") for host in every]), strict=True))
    silent = [host for host, reply in replies.items() if not _settled(reply)]
    replies.update(zip(silent, lookups.many(*[(host, "CNAME") for host in silent]), strict=True))
    links = {host: links_of(host, reply) for host, reply in replies.items() if _settled(reply)}
    for_all = links.pop(every[0], ())
    # A wildcard answers for every name that has no records of its own: that is one alias, not thirty.
    followed = {host: found for host, found in links.items() if found and found != for_all}
    followed |= {f"*.{name}": for_all} if for_all else {}
    replies[f"*.{name}"] = replies[every[0]]
    aliases, unseen = _judged(lookups, followed, replies, frozenset(silent))
    lost = [host for host in silent if host not in links and host != every[0]]
    return NameAliases(readable(name), name, aliases, (*lost, *unseen), len(every) - 1)


def _believe(lookups: Lookups, name: str) -> None:
    """The control question: raises unless the resolver knows the ending, and the name itself exists or is an alias."""
    start, ending, address = lookups.many((name, "SOA"), (name.rpartition(".")[2], "SOA"), (name, "A"))
    if settled(ending).rcode == "NXDOMAIN":
        raise api.Unreadable(f"the resolver says that not even the ending of {name} exists: it cannot be believed", HONEST)
    if settled(ending).data("CNAME"):
        # The start of a zone is never an alias (RFC 1034 3.6.2).
        raise api.Unreadable(f"the resolver says that the ending of {name} is an alias: it cannot be believed", HONEST)
    if not any(record.type == "SOA" for record in (*settled(ending).answer, *settled(ending).authority)):
        raise api.Unreadable(f"the resolver names no zone for the ending of {name}: it cannot be believed", HONEST)
    refuse_copy(lookups, name, start, address)
    if settled(start).rcode == "NXDOMAIN" and not settled(start).data("CNAME"):
        raise api.NotFound(f"{name} does not exist", unlock="Register, renew or correct the name, then scan again.")


def _settled(result: Outcome) -> bool:
    return isinstance(result, Reply) and result.rcode in ("NOERROR", "NXDOMAIN")


def links_of(host: str, reply: Outcome) -> tuple[str, ...]:
    """The chain of aliases in an answer, cut at the first name that comes again."""
    if not isinstance(reply, Reply):
        return ()
    targets = {record.name: host_of(record) for record in reply.answer if record.type == "CNAME"}
    found: list[str] = []
    while (following := targets.get(found[-1] if found else host)) and len(found) < LINKS_AT_MOST:
        found.append(following)
        if following in (host, *found[:-1]):
            break
    return tuple(found)


def _judged(
    lookups: Lookups, followed: dict[str, tuple[str, ...]], replies: dict[str, Outcome], silent: frozenset[str]
) -> tuple[tuple[Alias, ...], tuple[str, ...]]:
    """The fate of each alias; and those for which it could not be found out."""
    ends = list(dict.fromkeys(links[-1] for links in followed.values()))
    six = dict(zip(ends, lookups.many(*[(end, "AAAA") for end in ends]), strict=True))
    owners = {end: owner for end in ends if (owner := organisation_of(end)) and registered(end)}
    sold = dict(zip(owners.values(), lookups.many(*[(owner, "SOA") for owner in owners.values()]), strict=True))
    aliases, unseen = [], []
    for host, links in followed.items():
        end = links[-1]
        fate = _fate(links, host, replies[host], six[end], host in silent)
        free = fate is Fate.NO_SUCH_NAME and _denied(sold.get(owners.get(end, "")), owners.get(end, ""))
        if fate:
            aliases.append(Alias(host, links, fate, owners[end] if free else ""))
        else:
            unseen.append(host)
    return tuple(aliases), tuple(unseen)


def _fate(links: tuple[str, ...], host: str, four: Outcome, six: Outcome, silent: bool) -> Fate | None:
    """None when nothing certain can be said."""
    if links[-1] in (host, *links[:-1]) or len(links) == LINKS_AT_MOST or (silent and not _settled(six)):
        return Fate.NO_END
    if any(isinstance(reply, Reply) and reply.addresses for reply in (four, six)):
        return Fate.THERE
    if _denied(six, links[-1]):
        return Fate.NO_SUCH_NAME
    # Without that proof "no such name" may be the word of a filter that blocks the target (RFC 2308 2.1).
    return Fate.NO_ADDRESS if isinstance(six, Reply) and six.rcode == "NOERROR" else None


def _denied(reply: Outcome | None, name: str) -> bool:
    """The answer is "no such name", and names the zone that says so."""
    if not isinstance(reply, Reply) or reply.rcode != "NXDOMAIN" or not name:
        return False
    return any(record.type == "SOA" and holds(record.name, name) for record in reply.authority)
