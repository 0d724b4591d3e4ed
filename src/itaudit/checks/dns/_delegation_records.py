"""What is written of a zone's name servers, in the zone and at its parent: their names, their addresses, and the two lists."""

from __future__ import annotations

from itaudit import api
from itaudit.checks.dns._delegation_fault import SOME_WAIT, UNTIL, WHO, Fault, is_host_name, working
from itaudit.facts.name_servers import Delegation, State


def alias(found: Delegation) -> Fault | None:
    names = [server.name for server in found.servers if server.alias]
    if not names:
        return None
    addresses = sorted(next(server for server in found.servers if server.name == names[0]).own or ())
    fix = api.Remedy(
        "Give every name server an entry of its own instead of an alias.",
        steps=(
            f"In the zone of {names[0]}, remove its CNAME record and write instead:",
            *(_address_record(names[0], address) for address in addresses or ["ADDRESS"]),
        ),
        undo="Put the CNAME record back.",
        verify=f"dig {names[0]} CNAME shows nothing; dig {names[0]} A and AAAA show its addresses",
        if_you_wait=SOME_WAIT,
        who=WHO,
    )
    return Fault(f"{names[0]} is only an alias, which some of the world refuses", f"CNAME: {' '.join(names)}", fix)


def _address_record(name: str, address: str) -> str:
    return f"{name}. 3600 IN {'AAAA' if ':' in address else 'A'} {address}"


def impossible_name(found: Delegation) -> Fault | None:
    names = [server.name for server in found.servers if not is_host_name(server.name)]
    if not names:
        return None
    fix = api.Remedy(
        "Name the name servers as the rules for computers allow.",
        steps=(
            f"Rename {' '.join(names)}: letters, digits and hyphens only, for example ns1.{found.zone}",
            "Change its NS and A records in the zone, and the list at the registrar.",
        ),
        verify=f"dig {found.zone} NS",
        if_you_wait=SOME_WAIT,
        who=WHO,
    )
    return Fault("one of them has a name that computers may not have", f"names that hosts may not have: {' '.join(names)}", fix)


def different_lists(found: Delegation) -> Fault | None:
    """The parent's list, and those of the servers, are the same."""
    told = {answer.names for _, answer in working(found) if answer.names}
    if len(told) > 1:
        lists = " / ".join(" ".join(sorted(names)) for names in sorted(told, key=sorted))
        return Fault("they do not agree on who they are", f"NS records differ between the servers: {lists}", _align(found))
    if found.parent_names is None or not found.own_names or found.parent_names == found.own_names:
        return None
    return Fault("their list differs from the one at your registrar", "NS records of parent and zone differ", _align(found))


def _align(found: Delegation) -> api.Remedy:
    parent = found.parent_names or frozenset()
    wanted = sorted(found.own_names)
    return api.Remedy(
        "Make the list of name servers the same everywhere.",
        steps=(
            "Decide which servers are to answer. If the zone is right, its records are, on every server:",
            *(f"{found.zone}. 3600 IN NS {name}." for name in wanted),
            f"At the registrar, add: {' '.join(sorted(found.own_names - parent)) or 'nothing'}",
            f"At the registrar, remove: {' '.join(sorted(parent - found.own_names)) or 'nothing'}",
        ),
        undo="Put the former list back.",
        verify=f"dig {found.zone} NS on every server equals the list at the registrar (dig {found.zone} NS +trace)",
        if_you_wait=UNTIL,
        who="your IT person, at the registrar",
    )


def wrong_glue(found: Delegation) -> Fault | None:
    bad = [server for server in found.servers if server.wrong_glue]
    if not bad:
        return None
    shown = "; ".join(
        f"{server.name} is {' '.join(sorted(server.own or ())) or 'without an address'}, its parent says"
        f" {' '.join(sorted(server.glue))}"
        for server in bad
    )
    fix = api.Remedy(
        "Correct the addresses of your name servers at the registrar.",
        steps=(
            "At the registrar, under host records or glue, set:",
            *(f"{server.name}: {' '.join(sorted(server.own or ())) or 'remove it, or publish its address'}" for server in bad),
            "If the registrar is right and the zone is wrong, correct the A and AAAA records in the zone instead.",
        ),
        undo="Put the former addresses back.",
        verify=f"dig @PARENT-SERVER {found.zone} NS +norecurse shows what dig {bad[0].name} A, and AAAA, show",
        if_you_wait=UNTIL,
        who="your IT person, at the registrar",
    )
    return Fault(f"your registrar holds a wrong address of {bad[0].name}", f"glue: {shown}", fix)


def shared_address(found: Delegation) -> Fault | None:
    names: dict[str, list[str]] = {}
    for server in found.servers:
        for answer in server.answers:
            names.setdefault(answer.address, []).append(server.name)
    shared = {address: hosts for address, hosts in names.items() if len(hosts) > 1}
    if not shared:
        return None
    address, hosts = next(iter(shared.items()))
    fix = api.Remedy(
        "List every name server only once.",
        steps=(
            f"Keep one of {' '.join(hosts)}, which all are {address}; remove the others in the zone and at the registrar.",
            "Or give each of them a computer, and an address, of its own.",
        ),
        undo="Put the former records back.",
        verify=f"dig {found.zone} NS; every name in it has an address of its own",
        if_you_wait="One failure takes away more of your name servers than the list makes believe.",
        who=WHO,
    )
    detail = "; ".join(f"{address}: {' '.join(hosts)}" for address, hosts in shared.items())
    return Fault(f"{len(hosts)} of them are the same computer", f"names with one address: {detail}", fix)


def private_address(found: Delegation) -> Fault | None:
    addresses = _not_public(found)
    if not addresses:
        return None
    fix = api.Remedy(
        "Give the world only addresses of name servers that it can reach.",
        steps=(
            f"Remove the A and AAAA records with {' '.join(addresses)}, at the registrar too.",
            "Keep them, if they are needed inside, on an internal name server.",
        ),
        undo="Put the former records back.",
        verify=f"dig {found.zone} NS; dig SERVER A; dig SERVER AAAA",
        if_you_wait=SOME_WAIT,
        who=WHO,
    )
    return Fault(
        "one of them has an address that works only inside a private network",
        f"no addresses of the internet (RFC 6890): {' '.join(addresses)}",
        fix,
    )


def _not_public(found: Delegation) -> list[str]:
    """Addresses that do not exist on the internet, where the others do, or that do not answer either.

    Where all are private and answer, the name lives inside a network, and that is as it should be.
    """
    public = any(not answer.private for answer in found.answers)
    return [each.address for each in found.answers if each.private and (public or each.state in (State.SILENT, State.LAME))]
