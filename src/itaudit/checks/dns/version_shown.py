"""Your name servers do not advertise which software they run.

It is no weakness by itself. But who looks for servers with a known fault finds those first that say their version aloud.
"""

from __future__ import annotations

import re

from itaudit import api
from itaudit.checks.dns._delegation_fault import WHO
from itaudit.facts.name_servers import Delegation

_VERSION = re.compile(r"\d+\.\d+")


@api.check(severity=api.Severity.INFO, sources=("Zonemaster NAMESERVER15",))
def version_shown(found: Delegation) -> api.Verdict:
    """Does any name server tell its version to everybody?"""
    name = found.subject
    asked = [answer for answer in found.answers if answer.recursive is not None or answer.version]
    if not asked:
        unlock = "Scan again when the name servers answer."
        return api.verdict(api.Status.UNKNOWN, f"No name server of {name} could be asked.", unlock=unlock)
    shown = {answer.address: answer.version for answer in asked if _VERSION.search(answer.version)}
    if not shown:
        return api.verdict(api.Status.OK, f"The name servers of {name} do not tell which software they run.")
    detail = "; ".join(f"version.bind at {address}: {text!r}" for address, text in shown.items())
    words = f"{len(shown)} of {len(asked)} name servers of {name} tell everybody which version of their software they run."
    fix = api.Remedy(
        "Let the name servers keep the version of their software to themselves.",
        steps=(
            f'On {" ".join(shown)}: BIND: version "none"; NSD, unbound: hide-version: yes; PowerDNS: version-string=anonymous',
            "More important: keep the software up to date.",
        ),
        undo="Put the former setting back.",
        verify=f"dig @{next(iter(shown))} version.bind CH TXT",
        if_you_wait="Attackers find a server with a known fault a little sooner.",
        who=WHO,
    )
    return api.verdict(api.Status.WARN, words, detail=detail, fix=fix)
