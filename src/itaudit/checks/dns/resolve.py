"""Your web address can be found.

When a name cannot be found, the web site, email and everything else under it stop for everybody at once.
"""

from __future__ import annotations

from itaudit import api
from itaudit.checks.dns import _signatures
from itaudit.facts.domains import Domain, Reach

WAIT = _signatures.WAIT
RENEW = api.Remedy(
    "Renew or correct the registration of the name.",
    steps=(
        "Look at the registration (whois NAME): expired, on hold, or spelled wrongly in itaudit.toml?",
        "Renew it with the registrar, or correct [targets] domains.",
    ),
    verify="dig NAME SOA",
    if_you_wait=WAIT,
)
SERVERS = api.Remedy(
    "Have the company that runs the name servers of the name make them answer again.",
    api.Effort.HOURS,
    steps=("Ask each server: dig @SERVER NAME SOA +norecurse", "Load the zone on them, or name other servers at the registrar."),
    verify="dig NAME SOA",
    if_you_wait=WAIT,
)


@api.check(severity=api.Severity.CRITICAL, sources=("Zonemaster BASIC02", "RFC 1034 4.2", "RFC 4035 5.5"))
def resolve(domain: Domain) -> api.Verdict:
    """Can the name be found by people who ask?"""
    name = domain.subject
    match domain.reach:
        case Reach.FOUND:
            return api.verdict(api.Status.OK, f"{name} can be found.", detail=f"SOA of {domain.zone}")
        case Reach.NO_SUCH_NAME:
            words, fix = f"{name} cannot be found: the internet says that there is no such name.", RENEW
        case Reach.BAD_SIGNATURES:
            # dns.dnssec sees the same fault with its cause, also where no look-up server checks: one fault, one failure.
            words = f"{name} is found only by people whose provider checks no signatures: its own do not hold."
            fix = _signatures.repair(domain.zone, ())
            return api.verdict(api.Status.WARN, words, detail=domain.detail, fix=fix, severity=api.Severity.LOW)
        case Reach.NO_SERVER_ANSWERS:
            words, fix = f"{name} cannot be found: none of the servers that should know it gives an answer.", SERVERS
    return api.verdict(api.Status.FAIL, words, detail=domain.detail, fix=fix)
