"""Your name servers do not all depend on one line.

Computers on one network share its line, its power and its faults. When all your name servers stand there, a single failure
makes your web site and email disappear, however many servers there are.
"""

from __future__ import annotations

import ipaddress

from itaudit import api
from itaudit.checks.dns._delegation_fault import WHO
from itaudit.facts.name_servers import Delegation

BITS = {4: 24, 6: 48}
"""Length of the prefix that counts as one network, in each family (Zonemaster CONNECTIVITY04)."""
FIX = api.Remedy(
    "Have one of your name servers run on another network.",
    api.Effort.HOURS,
    steps=(
        "Ask the company that runs the name servers, or order secondary service elsewhere, and let it copy the zone.",
        "Its NS record is to be in the zone and at the registrar; its address outside the network named in the detail.",
    ),
    undo="Remove the NS record in the zone and at the registrar.",
    verify="dig ZONE NS; dig SERVER A; dig SERVER AAAA show addresses of two networks",
    if_you_wait="One broken line makes your web site and email disappear.",
    who=WHO,
)


@api.check(severity=api.Severity.LOW, sources=("RFC 2182 3.1", "Zonemaster CONNECTIVITY04"))
def server_networks(found: Delegation) -> api.Verdict:
    """Do the name servers stand on more than one network?"""
    name = found.subject
    addresses = [answer.address for answer in found.answers]
    networks = sorted({_network(address) for address in addresses})
    detail = f"networks of the name servers: {' '.join(networks)}"
    families = {":" in network for network in networks}
    if len(networks) > len(families):
        return api.verdict(api.Status.OK, f"The name servers of {name} stand on different networks.", detail=detail)
    if any(not server.seen for server in found.servers):
        unlock = "Scan again when name look-ups work."
        words = f"Not every name server of {name} could be looked up."
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=unlock)
    if len(addresses) == len(networks):
        return api.verdict(api.Status.SKIPPED, f"{name} has no two name servers of a kind to compare.", detail=detail)
    words = f"All name servers of {name} stand on one network: when its line breaks, your web site and email cannot be found."
    return api.verdict(api.Status.WARN, words, detail=detail, fix=FIX)


def _network(address: str) -> str:
    version = 6 if ":" in address else 4
    return str(ipaddress.ip_network(f"{address}/{BITS[version]}", strict=False))
