"""Your web address rests on at least two working name servers.

Name servers are the computers that tell the world where your web site and your email are. One that is missing, silent or
wrongly set up makes visits and email slow or lost at random, and leaves you one failure away from disappearing.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.name_servers import Delegation, NameServer, State

WAIT = "One more failure makes your web site and email disappear."
LOOK = "Look at each server: dig ZONE NS; dig @SERVER ZONE SOA +norecurse; dig @SERVER ZONE SOA +norecurse +tcp"
ADD = api.Remedy(
    "Add a second name server on another network.",
    api.Effort.HOURS,
    steps=(
        "Order secondary service from the registrar or host, and let it copy the zone.",
        "Add its NS record to the zone and at the registrar.",
    ),
    verify="dig ZONE NS shows two names with different addresses",
    if_you_wait=WAIT,
)
MEND = api.Remedy(
    "Mend the name servers that do not answer, or remove them from the list.",
    api.Effort.HOURS,
    steps=(
        LOOK,
        "Load the zone on the server and open UDP and TCP port 53; or remove its NS record in the zone and at the registrar.",
    ),
    verify="dig @SERVER ZONE SOA +norecurse answers with the flag aa",
    if_you_wait="Some visitors wait or get errors, and one more failure makes your web site and email disappear.",
)
ALIGN = api.Remedy(
    "Make the list of name servers the same everywhere and by the rules.",
    api.Effort.HOURS,
    steps=(
        LOOK,
        "Use the same NS records in the zone and at the registrar; point them to names with A or AAAA records, never to a CNAME.",
    ),
    verify="dig ZONE NS equals the list at the registrar",
    if_you_wait="It works until somebody changes a server; then a part of the world goes on asking the old one.",
)


@api.check(
    severity=api.Severity.HIGH,
    sources=("RFC 1034 4.1", "RFC 2182", "RFC 2181 10.3", "RFC 7766", "Zonemaster DELEGATION01-07, CONNECTIVITY01-02"),
)
def delegation(found: Delegation) -> api.Verdict:
    """Are there two name servers, and does every one answer for the zone?"""
    name, servers, detail = found.subject, found.servers, _detail(found)
    if bad := [server.name for server in servers if _is_bad(server)]:
        words = f"Name servers of {name} that do not do their work: {len(bad)} of {len(servers)} ({', '.join(bad)})."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=MEND)
    working = [server for server in servers if any(answer.state is State.ANSWERS for answer in server.answers)]
    if not working or any(not server.seen and not server.answers for server in servers):
        unlock = "Scan again when name look-ups work."
        words = f"Not every name server of {name} could be looked at."
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=unlock)
    if min(len(servers), len({answer.address for answer in found.answers})) < 2:
        words = f"{name} depends on a single name server: when it stops, your web site and email cannot be found."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=ADD)
    if small := _small_fault(found):
        return api.verdict(api.Status.WARN, f"The name servers of {name} work, but {small}.", detail=detail, fix=ALIGN)
    return api.verdict(api.Status.OK, f"All {len(working)} name servers of {name} that could be asked answer.", detail=detail)


def _is_bad(server: NameServer) -> bool:
    """One of its addresses is silent or does not hold the zone, or it was proved to have no address."""
    if not server.answers:
        return server.seen
    return any(answer.state in (State.LAME, State.SILENT) for answer in server.answers)


def _small_fault(found: Delegation) -> str:
    """What works today and breaks the rules; "" for nothing."""
    aliases = [server.name for server in found.servers if server.alias]
    answered = [(server.name, answer) for server in found.servers for answer in server.answers if answer.state is State.ANSWERS]
    one_way = [name for name, answer in answered if not answer.tcp]
    if aliases:
        return f"{aliases[0]} is only an alias, which some of the world refuses"
    if one_way:
        return f"{one_way[0]} cannot give long answers"
    if found.parent_names is not None and found.own_names and found.parent_names != found.own_names:
        return "their list differs from the one at your registrar"
    return ""


def _detail(found: Delegation) -> str:
    servers = [f"{server.name}: {', '.join(map(str, server.answers)) or 'no address'}" for server in found.servers]
    at_parent = "unseen" if found.parent_names is None else " ".join(sorted(found.parent_names))
    lists = f"NS at the parent: {at_parent}; NS in the zone: {' '.join(sorted(found.own_names))}"
    return "; ".join([f"zone {found.zone}", *servers, lists])
