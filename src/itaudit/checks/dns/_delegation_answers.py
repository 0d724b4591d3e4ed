"""How a zone's name servers answer: to every kind of question, over both protocols, in both families of addresses."""

from __future__ import annotations

from itaudit import api
from itaudit.checks.dns._delegation_fault import SOME_WAIT, WHO, Fault, working
from itaudit.facts.name_servers import Delegation
from itaudit.facts.server_probes import mixed


def one_way(found: Delegation) -> Fault | None:
    bad = [(server.name, answer.address) for server, answer in working(found) if not answer.tcp]
    if not bad:
        return None
    fix = api.Remedy(
        "Let the name servers give long answers too.",
        steps=(
            *(
                f"On {name} ({address}): open TCP port 53 in the firewall, and let the server listen there."
                for name, address in bad
            ),
        ),
        verify=f"dig @{bad[0][1]} {found.zone} SOA +norecurse +tcp",
        if_you_wait="Look-ups with long answers fail, for example those that protect your email.",
        who=WHO,
    )
    detail = "no answer for the zone over TCP: " + " ".join(address for _, address in bad)
    return Fault(f"{bad[0][0]} cannot give long answers", detail, fix)


def troubles(found: Delegation) -> Fault | None:
    bad = [(server.name, answer) for server, answer in working(found) if answer.troubles]
    if not bad:
        return None
    name, answer = bad[0]
    fix = api.Remedy(
        "Bring the software of the name servers up to date, and let firewalls pass all their answers.",
        api.Effort.HOURS,
        steps=(
            f"Ask as visitors do: dig @{answer.address} {found.zone} SOA +norecurse +edns=0",
            f"and: dig @{answer.address} {mixed(found.zone)} AAAA +norecurse",
            "Update the server; switch off filters of DNS in firewalls and load balancers before it.",
        ),
        verify="the same dig commands answer NOERROR with the flag aa",
        if_you_wait=SOME_WAIT,
        who=WHO,
    )
    detail = "; ".join(f"{one.address}: {', '.join(one.troubles)}" for _, one in bad)
    return Fault(f"{name} does not answer every kind of question", detail, fix)


def one_family(found: Delegation) -> Fault | None:
    """With fewer than two names in one family, visitors who have only that one depend on a single server, or have none."""
    if len(found.servers) < 2 or not all(server.seen for server in found.servers):
        return None
    old, new = (
        [server.name for server in found.servers if any((":" in answer.address) is six for answer in server.answers)]
        for six in (False, True)
    )
    if len(old) < 2:
        words = f"only {old[0]} can be reached by most visitors" if old else "most visitors cannot reach any of them"
        return Fault(words, f"name servers with an IPv4 address: {' '.join(old) or 'none'}", _add_address("A"))
    if len(new) == 1:
        words = f"only {new[0]} can be reached by visitors with the newer kind of address"
        return Fault(words, f"name servers with an IPv6 address: {new[0]}", _add_address("AAAA"), api.Severity.LOW)
    return None


def _add_address(type_: str) -> api.Remedy:
    return api.Remedy(
        "Make at least two name servers reachable in the same way.",
        api.Effort.HOURS,
        steps=(
            f"Give a second name server an {type_} record, and the registrar the same address as glue.",
            "Let it answer there over UDP and TCP port 53.",
        ),
        undo="Remove the record.",
        verify=f"dig SERVER {type_} of two servers; dig @ADDRESS ZONE SOA +norecurse",
        if_you_wait="When that one stops, a part of your visitors finds nothing.",
        who=WHO,
    )
