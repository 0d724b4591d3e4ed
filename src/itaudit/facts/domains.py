"""Whether each configured name can be found at all, by people who ask an honest resolver."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, Outcome, Reply, parent_of, proved_zone, zone_of
from itaudit.facts.name_servers import Delegation, State, delegation_of
from itaudit.facts.own_copies import ELSEWHERE, refuse_copy, world_starts
from itaudit.facts.targets import Targets, readable


class Reach(StrEnum):
    """What a person who types the name gets."""

    FOUND = "found"
    NO_SUCH_NAME = "no such name"
    BAD_SIGNATURES = "the signatures do not match"
    NO_SERVER_ANSWERS = "no name server answers for it"


@dataclass(frozen=True, slots=True)
class Domain:
    """One configured name. `name` is its ASCII form, `zone` the zone that holds it, `detail` what was answered."""

    subject: str
    name: str
    reach: Reach
    zone: str = ""
    detail: str = ""


@api.provider("linux", "windows", "macos", seconds=45)
def domains(ask: api.Ask, targets: Targets) -> api.Facts[Domain]:
    """How each configured name is found."""
    yield from of_each_name(ask, targets, _domain)


def _domain(lookups: Lookups, name: str) -> Domain:
    """One name. Raises a Missing when the resolver, not the name, is the trouble."""
    start, ending, address = lookups.many((name, "SOA"), (name.rpartition(".")[2], "SOA"), (name, "A"))
    try:
        refuse_copy(lookups, name, start, address)
    except api.Unreadable:
        if not world_starts(lookups, name):
            raise
        return Domain(readable(name), name, Reach.FOUND, name)
    try:
        return Domain(readable(name), name, Reach.FOUND, proved_zone(name, start, ending))
    except api.NotFound as error:
        if world_starts(lookups, name):
            raise api.Unreadable(
                f"the look-up server denies {name}, but the world's name servers answer for it", ELSEWHERE
            ) from error
        return Domain(readable(name), name, Reach.NO_SUCH_NAME, detail=error.detail)
    except api.Missing as error:
        if isinstance(ending, api.Missing) or (isinstance(start, Reply) and start.rcode != "SERVFAIL"):
            raise  # a resolver that knows nothing else either says nothing of the name
        return _troubled(lookups, name, error, _rcode(start))


def _rcode(result: Outcome) -> str:
    return result.rcode if isinstance(result, Reply) else result.words


def _troubled(lookups: Lookups, name: str, error: api.Missing, answered: str) -> Domain:
    """The resolver could not resolve it: find out whether the name is to blame. Raises `error` when that cannot be told."""
    try:
        zone_of(lookups, parent_of(name))
    except api.Missing:
        raise error from None  # the resolver cannot resolve its parent either: nothing is known of the name
    unchecked = lookups.many((name, "SOA"), checking_disabled=True)[0]
    if answered == "SERVFAIL" and isinstance(unchecked, Reply) and unchecked.rcode == "NOERROR":
        detail = "SERVFAIL, but NOERROR with checking disabled (RFC 4035 5.5)"
        return Domain(readable(name), name, Reach.BAD_SIGNATURES, name, detail)
    delegation = delegation_of(lookups, name, name)
    if not _all_fail(delegation):
        raise error
    seen = [f"{server.name}: {answer}" for server in delegation.servers for answer in server.answers]
    detail = "; ".join([f"resolver: {answered}", *seen])
    return Domain(readable(name), name, Reach.NO_SERVER_ANSWERS, name, detail)


def _all_fail(delegation: Delegation) -> bool:
    """The parent names its servers, every one was asked, and none holds the zone."""
    states = {answer.state for answer in delegation.answers}
    return bool(delegation.parent_names) and State.ANSWERS not in states and bool(states & {State.LAME, State.SILENT})
