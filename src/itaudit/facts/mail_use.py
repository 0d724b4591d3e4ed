"""Is a configured name used for email at all?

It is not when the owner says so, when it refuses all email (null MX, RFC 7505), or when it names neither a server that takes
email (MX) nor anybody who sends it (SPF). An address alone makes no name of email: most such names are web sites, though by
RFC 5321 5.1 senders would try it.
"""

from __future__ import annotations

import re

from itaudit import api
from itaudit.facts.lookups import Lookups, Reply, settled

NOT_USED = "it is not used for email; whether strangers can use it is looked at as an unused name"
REDIRECTS_AT_MOST = 5
_SENDER_RECORD = re.compile(r"v=spf1(?= |$)", re.IGNORECASE)
_NAMES_NOBODY = re.compile(r"[-~?]all")
_REDIRECT = re.compile(r"redirect=([a-z0-9_.-]+)", re.IGNORECASE)


def sender_records(reply: Reply) -> tuple[str, ...]:
    """The SPF records (RFC 7208 4.5) among the texts of an answer."""
    return tuple(text for text in reply.data("TXT") if _SENDER_RECORD.match(text))


def sender_terms(lookups: Lookups, records: tuple[str, ...]) -> list[list[str]]:
    """The terms of each record, in lower case, without exp=; of a single one that only sends on (redirect=, RFC 7208 6.1), those
    where that ends. Raises the Missing of a look-up on the way."""
    for _ in range(REDIRECTS_AT_MOST):
        terms = [[term for term in record.lower().split(" ")[1:] if term and term[:4] != "exp="] for record in records]
        target = _REDIRECT.fullmatch(terms[0][0]) if len(terms) == 1 and len(terms[0]) == 1 else None
        if not target:
            break
        records = sender_records(settled(lookups.many((target[1].rstrip("."), "TXT"))[0]))
    return terms


def uses_mail(lookups: Lookups, name: str) -> bool:
    """Raises the Missing of a look-up without which it could not be told."""
    if name in lookups.targets.without_mail:
        return False
    exchange, text = lookups.many((name, "MX"), (name, "TXT"))
    hosts = settled(exchange).hosts("MX")
    if hosts:
        return hosts != (".",)
    named = sender_terms(lookups, sender_records(settled(text)))
    return any(not _NAMES_NOBODY.fullmatch(term) for terms in named for term in terms)


def require_mail(lookups: Lookups, name: str) -> None:
    """Raises NotApplicable for a name without email, so that its faults are told once: by the check of unused names."""
    if not uses_mail(lookups, name):
        raise api.NotApplicable(NOT_USED)
