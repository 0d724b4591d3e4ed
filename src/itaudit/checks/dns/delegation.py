"""Your web address rests on at least two working name servers.

Name servers are the computers that tell the world where your web site and your email are. One that is missing, silent or
wrongly set up makes visits and email slow or lost at random, and leaves you one failure away from disappearing.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.dns import _delegation_answers as answers
from itaudit.checks.dns import _delegation_records as records
from itaudit.checks.dns._delegation_fault import WHO, Fault, is_host_name
from itaudit.facts.name_servers import Delegation, NameServer, State

ADD = api.Remedy(
    "Add a second name server on another network.",
    api.Effort.HOURS,
    steps=(
        "Order secondary service from the registrar or host, and let it copy the zone.",
        "Add its NS record to the zone and at the registrar.",
    ),
    verify="dig ZONE NS shows two names with different addresses",
    if_you_wait="One more failure makes your web site and email disappear.",
)

SMALL = (
    records.alias,
    records.impossible_name,
    answers.one_way,
    records.different_lists,
    records.wrong_glue,
    records.shared_address,
    records.private_address,
    answers.troubles,
    answers.one_family,
)
"""What works today and is against the rules, the worst first."""


@api.check(
    severity=api.Severity.HIGH,
    sources=(
        "RFC 1034 4.1",
        "RFC 2182",
        "RFC 2181 10.3",
        "RFC 7766",
        "RFC 1912 2.3",
        "RFC 6891",
        "RFC 4074",
        "Zonemaster DELEGATION01-07, CONNECTIVITY01-02, CONSISTENCY05, ADDRESS01, NAMESERVER02, NAMESERVER05, NAMESERVER09",
    ),
)
def delegation(found: Delegation) -> api.Verdict:
    """Are there two name servers, and does every one answer for the zone?"""
    name, servers = found.subject, found.servers
    small = [fault for look in SMALL if (fault := look(found))]
    detail = _detail(found, small)
    # One resolver alone says that no server has an address: without any, it could not have read the zone either.
    hearsay = found.parent_names is None and not found.answers
    if not hearsay and (bad := [server for server in servers if _is_bad(server)]):
        names = ", ".join(server.name for server in bad)
        words = f"Name servers of {name} that do not do their work: {len(bad)} of {len(servers)} ({names})."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=_mend(found, bad))
    if hearsay or not found.working or any(not server.seen and not server.answers for server in servers):
        unlock = "Scan again when name look-ups work."
        words = f"Not every name server of {name} could be looked at."
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=unlock)
    if _count(found) < 2:
        words = f"{name} depends on a single name server: when it stops, your web site and email cannot be found."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=ADD)
    if small:
        words = f"The name servers of {name} work, but {small[0].words}."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=small[0].fix, severity=small[0].severity)
    working = [server for server in servers if any(answer.state is State.ANSWERS for answer in server.answers)]
    return api.verdict(api.Status.OK, f"All {len(working)} name servers of {name} that could be asked answer.", detail=detail)


def _is_bad(server: NameServer) -> bool:
    """One of its addresses is silent or does not hold the zone, or it was proved to have no address."""
    if not server.answers:
        return server.seen
    return any(answer.state in (State.LAME, State.SILENT) for answer in server.answers)


def _count(found: Delegation) -> int:
    """Of servers that the world can start from: names at the parent, names in the zone, and addresses, whichever are fewest."""
    lists = [len(names) for names in (found.parent_names, found.own_names) if names]
    return min(len(found.servers), len(found.answers), *lists)


def _mend(found: Delegation, bad: list[NameServer]) -> api.Remedy:
    zone = found.zone
    addresses = [answer.address for server in bad for answer in server.answers] or ["ADDRESS"]
    return api.Remedy(
        "Mend the name servers that do not answer, or remove them from the list.",
        api.Effort.HOURS,
        steps=(
            f"Look at each: dig @{addresses[0]} {zone} SOA +norecurse; the same with +tcp",
            *(_cure(server, zone) for server in bad),
        ),
        undo="Put the former NS records back.",
        verify=f"dig @{addresses[0]} {zone} SOA +norecurse answers with the flag aa",
        if_you_wait="Some visitors wait or get errors, and one more failure makes your web site and email disappear.",
        who=WHO,
    )


def _cure(server: NameServer, zone: str) -> str:
    remove = f"or remove {zone}. NS {server.name}. in the zone and at the registrar"
    if not server.answers:
        reason = "an NS record needs a host's name" if not is_host_name(server.name) else "it has no address"
        return f"{server.name}: {reason}; publish its A or AAAA record, {remove}."
    if any(answer.state is State.LAME for answer in server.answers):
        return f"{server.name}: whoever runs it loads the zone {zone} there, {remove}."
    return f"{server.name}: whoever runs it starts it and opens UDP and TCP port 53, {remove}."


def _detail(found: Delegation, small: list[Fault]) -> str:
    servers = [f"{server.name}: {', '.join(map(str, server.answers)) or 'no address'}" for server in found.servers]
    at_parent = "unseen" if found.parent_names is None else " ".join(sorted(found.parent_names))
    lists = f"NS at the parent: {at_parent}; NS in the zone: {' '.join(sorted(found.own_names))}"
    return "; ".join([f"zone {found.zone}", *servers, lists, *(fault.detail for fault in small)])
