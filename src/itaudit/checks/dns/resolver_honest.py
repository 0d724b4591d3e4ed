"""Look-ups of web addresses tell the truth.

A look-up server that invents answers can lead people to a wrong site, and one that denies names makes them disappear.
Nothing else that we say of names can be trusted before this is.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.resolvers import ResolverConduct

FIX = api.Remedy(
    "Use a look-up server that answers truthfully.",
    steps=(
        'Look: dig @ADDRESS itaudit-control-question.invalid must say "status: NXDOMAIN"; dig @ADDRESS . NS must list servers',
        "Switch off the provider's search or error-page service, or set another resolver in the router's DHCP settings.",
        "If nobody set this on purpose, look for malware that changed the router or this machine.",
    ),
    undo="Put the former addresses back.",
    verify='dig @ADDRESS itaudit-control-question.invalid says "status: NXDOMAIN"',
    if_you_wait="Mistyped names lead to pages of strangers, and programs misread errors as success.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("RFC 6761 6.4", "RFC 2308", "RFC 8020"))
def resolver_honest(conduct: ResolverConduct) -> api.Verdict:
    """Does it say "no such name" for names that cannot exist, and only for those?"""
    where, detail = conduct.subject, conduct.detail
    if conduct.denies_everything:
        words = f"The look-up server {where} says of everything that it does not exist."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=FIX, severity=api.Severity.HIGH)
    if conduct.invented:
        words = f"The look-up server {where} invents addresses for names that do not exist ({conduct.invented[0]})."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=FIX)
    if conduct.blank:
        words = f"The look-up server {where} does not say clearly when a name does not exist."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=FIX)
    return api.verdict(api.Status.OK, f"The look-up server {where} says truthfully when a name does not exist.", detail=detail)
