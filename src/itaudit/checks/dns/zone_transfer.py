"""Your name servers do not hand out the list of all your computers.

The complete list shows a stranger in one question which computers and services you have, tests and forgotten ones included.
It is the first thing that an attacker asks for.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.dns._delegation_fault import WHO
from itaudit.facts.name_servers import Delegation


@api.check(severity=api.Severity.MEDIUM, sources=("RFC 5936 6", "Zonemaster NAMESERVER03"))
def zone_transfer(found: Delegation) -> api.Verdict:
    """Does any name server hand the whole zone to a stranger?"""
    name = found.subject
    asked = [answer for answer in found.answers if answer.transferred is not None]
    handed = [answer.address for answer in asked if answer.transferred]
    opened = [address for address in handed if address not in found.nearby]
    detail = f"AXFR of {found.zone}: {_shown(found)}"
    if opened:
        words = f"{len(opened)} of {len(asked)} name servers of {name} hand the whole list of its names to anybody who asks."
        fix = _close(found.zone, opened)
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=fix)
    if not asked:
        unlock = "Allow this machine to ask name servers over TCP port 53, then scan again."
        words = f"It could not be seen whether the name servers of {name} hand out the list of its names."
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=unlock)
    if handed:
        # Many name servers let their own machine and network have the list.
        words = f"Whether {handed[0]} hands out the list of names could not be seen: it is this machine, or stands next to it."
        unlock = f"From elsewhere, see that it refuses: dig @{handed[0]} {found.zone} AXFR"
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=unlock)
    return api.verdict(api.Status.OK, f"The name servers of {name} keep the list of its names to themselves.", detail=detail)


def _shown(found: Delegation) -> str:
    def outcome(transferred: int | None) -> str:
        if transferred is None:
            return "not seen"
        return f"handed out ({transferred} or more records)" if transferred else "refused"

    return "; ".join(f"{answer.address} {outcome(answer.transferred)}" for answer in found.answers)


def _close(zone: str, addresses: list[str]) -> api.Remedy:
    return api.Remedy(
        "Let only your own name servers copy the list of your names.",
        steps=(
            f"Ask from elsewhere too, because this machine may be allowed to: dig @{addresses[0]} {zone} AXFR",
            f"On {' '.join(addresses)}: BIND: allow-transfer {{ ADDRESSES-OF-COPIES; }}; NSD: provide-xfr only for these",
            "PowerDNS: allow-axfr-ips=ADDRESSES-OF-COPIES",
            f"Windows: Set-DnsServerPrimaryZone -Name {zone} -SecureSecondaries TransferToZoneNameServer",
        ),
        undo="Put the former setting back.",
        verify=f"dig @{addresses[0]} {zone} AXFR, from outside, shows: Transfer failed",
        if_you_wait="Strangers can read which computers and services you have.",
        who=WHO,
    )
