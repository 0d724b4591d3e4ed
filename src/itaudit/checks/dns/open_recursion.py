"""Your name servers do not work for strangers.

A name server that looks anything up for anybody is used to flood others with traffic, in your name. It becomes slow, gets
blocked, and can be fed false answers that your own visitors then receive.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.dns._delegation_fault import WHO
from itaudit.facts.name_servers import Delegation
from itaudit.facts.own_addresses import is_inside


@api.check(severity=api.Severity.HIGH, sources=("RFC 5358", "Zonemaster NAMESERVER01"))
def open_recursion(found: Delegation) -> api.Verdict:
    """Does any name server look up a name that is not its own, for a stranger?

    Asked from inside, a router or gateway looks names up for everybody, as it should: only from outside could it be judged.
    """
    name = found.subject
    asked = [answer for answer in found.answers if answer.recursive is not None]
    serving = [answer.address for answer in asked if answer.recursive and not is_inside(answer.address)]
    opened = [address for address in serving if address not in found.nearby]
    detail = f"asked for the SOA of the root, with recursion desired: {_shown(found)}"
    if opened:
        words = f"{len(opened)} of {len(asked)} name servers of {name} look names up for anybody who asks."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=_close(opened))
    if not asked:
        unlock = "Scan again when the name servers answer."
        return api.verdict(api.Status.UNKNOWN, f"No name server of {name} could be asked.", detail=detail, unlock=unlock)
    if serving:
        # Most name servers look names up for their own machine and network, as they should.
        words = f"Whether {serving[0]} works for strangers could not be seen: it is this machine, or stands next to it."
        unlock = f"From elsewhere, see that it refuses: dig @{serving[0]} . SOA"
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=unlock)
    return api.verdict(api.Status.OK, f"The name servers of {name} work for no stranger.", detail=detail)


def _shown(found: Delegation) -> str:
    words = {True: "answers", False: "refuses", None: "not seen"}
    return "; ".join(f"{answer.address} {words[answer.recursive]}" for answer in found.answers)


def _close(addresses: list[str]) -> api.Remedy:
    return api.Remedy(
        "Let the name servers answer only for your own names.",
        api.Effort.HOURS,
        steps=(
            f"Ask from elsewhere too, because your own network may be allowed to: dig @{addresses[0]} . SOA",
            "BIND: recursion no; (or allow-recursion { YOUR-NETWORKS; };)",
            "Windows: Set-DnsServerRecursion -Enable $false",
            "dnsmasq, unbound: do not offer these to the internet; close UDP and TCP port 53 there.",
            "Computers inside then need a look-up server of their own.",
        ),
        undo="Put the former setting back.",
        verify=f"dig @{addresses[0]} . SOA, from outside, shows REFUSED, or no answer section",
        if_you_wait="Your servers take part in attacks on others, and may be blocked for it.",
        who=WHO,
    )
