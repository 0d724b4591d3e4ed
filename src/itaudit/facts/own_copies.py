"""Look-up servers that answer for a zone from a copy of their own, as inside an office.

A Windows domain often bears the name that the world knows, and its servers hold only what the office needs of it. What such a
copy lacks (email, its rules, a whole web site) is not lacking in the world.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.lookups import Lookups, Outcome, Reply, holds, parent_of, proved_zone, settled, zone_of
from itaudit.facts.name_servers import FIRST_TRY_SECONDS, SERVERS_AT_MOST, referral_of
from itaudit.facts.own_addresses import is_inside
from itaudit.facts.zone_starts import ZoneStart, zone_start

ADDRESSES_AT_MOST = 8
ELSEWHERE = 'Name a look-up server outside ([targets] resolver = "9.9.9.9"), or scan from another network.'


def world_zone_of(lookups: Lookups, name: str) -> str:
    """As `zone_of`; raises Unreadable too where the resolver answers from a copy that the world does not see."""
    ending_of = name.rpartition(".")[2] or "."
    start, ending, address = lookups.many((name, "SOA"), (ending_of, "SOA"), (name, "A"))
    refuse_copy(lookups, name, start, address)
    return proved_zone(name, start, ending)


def refuse_copy(lookups: Lookups, name: str, start: Outcome, address: Outcome) -> None:
    """Raise Unreadable when the resolver's answers to an SOA and to an A question for `name` come from such a copy.

    Only who holds a zone answers with authority (AA). It may be one of the world's own servers: then these say the same. A stub
    in between hides that; then an address that exists only inside makes us look, and another source of the zone decides, since
    an ordinary resolver may still remember the edition before.
    """
    authority = isinstance(start, Reply) and "AA" in start.flags
    if not (authority or (isinstance(address, Reply) and any(map(is_inside, address.addresses)))):
        return
    for zone, told in starts_in(name, start).items():
        world = world_starts(lookups, zone)
        same = told in world if authority else told and told.primary in {one.primary for one in world}
        if not same:
            raise api.Unreadable(f"the look-up server answers for {zone} from a copy of its own, as inside an office", ELSEWHERE)


def starts_in(name: str, start: Outcome) -> dict[str, ZoneStart | None]:
    """The zone of `name` that an answer tells of, and how it begins there."""
    every = (*start.answer, *start.authority) if isinstance(start, Reply) else ()
    return {one.name: zone_start(one.data) for one in every if one.type == "SOA" and one.name != "." and holds(one.name, name)}


def world_starts(lookups: Lookups, zone: str) -> frozenset[ZoneStart]:
    """How the zone begins on the servers to which its parent sends the world; empty when none of them could be asked."""
    try:
        parent = zone_of(lookups, parent_of(zone))
        referral = referral_of(lookups, zone, settled(lookups.many((parent, "NS"))[0]).hosts("NS"))
    except api.Missing:
        return frozenset()
    if referral is None:
        return frozenset()
    hosts = sorted(referral.names)[:SERVERS_AT_MOST]
    resolved = [one for pair in lookups.addresses(hosts).values() for one in pair if isinstance(one, Reply)]
    glue = [address for host in hosts for address in sorted(referral.glue.get(host, ()))]
    addresses = list(dict.fromkeys([*glue, *(address for reply in resolved for address in reply.addresses)]))[:ADDRESSES_AT_MOST]
    replies = lookups.directly([(address, zone, "SOA", False) for address in addresses], FIRST_TRY_SECONDS)
    texts = [text for reply in replies if isinstance(reply, Reply) and "AA" in reply.flags for text in reply.data("SOA")]
    return frozenset(start for text in texts if (start := zone_start(text)))
