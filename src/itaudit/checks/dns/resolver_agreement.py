"""This machine and the rest of the world see the same of your web address.

When one look-up server gives other answers than the next, email and pages work or fail by chance, and nobody can reproduce it.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.resolver_agreements import ResolverAgreement

FIX = api.Remedy(
    "Make all look-up servers of this machine give the same answers.",
    api.Effort.HOURS,
    steps=(
        "Ask each: dig @ADDRESS NAME MX; dig @ADDRESS NAME NS; dig @NAME-SERVER NAME MX +norecurse",
        "After a recent change: wait until the TTL has passed, scan again.",
        "Do not mix an internal server with a public one: give machines only internal ones, which forward the rest.",
        "Bring an internal copy of the zone up to date.",
    ),
    undo="Put the former addresses back.",
    verify="the same dig commands agree",
    if_you_wait="Email and pages keep failing now and then, without a visible reason.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("itaudit's own choice",))
def resolver_agreement(agreement: ResolverAgreement) -> api.Verdict:
    """Do the resolvers agree with each other, and with the name servers?

    An internal copy may differ from the outside on purpose, so that alone is only a warning. Name servers that quarrel with each
    other are dns.delegation's: a resolver that repeats any of them is right.
    """
    name = agreement.subject
    said = {view.said for view in agreement.resolvers}
    known = {view.said for view in agreement.servers}
    detail = "; ".join(map(str, (*agreement.resolvers, *agreement.servers)))
    if known and said <= known:
        return api.verdict(api.Status.OK, f"This machine sees the same of {name} as the rest of the world.", detail=detail)
    if len(said) > 1:
        words = f"The {len(agreement.resolvers)} look-up servers of this machine give different answers about {name}."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=FIX)
    if known:
        words = f"This machine is told something else about {name} than the rest of the world."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=FIX)
    return api.verdict(api.Status.OK, f"The look-up servers of this machine agree about {name}.", detail=detail)
