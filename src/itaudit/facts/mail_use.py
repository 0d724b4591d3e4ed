"""Is a configured name used for email at all?

It is not when the owner says so, when it refuses all email (null MX, RFC 7505), or when email has nowhere to go (neither MX nor
address, RFC 5321 5.1) and no SPF record lets anybody send.
"""

from __future__ import annotations

import re

from itaudit import api
from itaudit.facts.lookups import Lookups, Reply, settled

NOT_USED = "it is not used for email; whether strangers can use it is looked at as an unused name"
_SENDER_RECORD = re.compile(r"v=spf1(?= |$)", re.IGNORECASE)
_REFUSING = re.compile(r"(-all|exp=.*|)", re.IGNORECASE)


def sender_records(reply: Reply) -> tuple[str, ...]:
    """The SPF records (RFC 7208 4.5) among the texts of an answer."""
    return tuple(text for text in reply.data("TXT") if _SENDER_RECORD.match(text))


def uses_mail(lookups: Lookups, name: str) -> bool:
    """Raises the Missing of a look-up without which it could not be told."""
    if name in lookups.targets.without_mail:
        return False
    exchange, text, *addresses = lookups.many((name, "MX"), (name, "TXT"), (name, "A"), (name, "AAAA"))
    hosts = settled(exchange).hosts("MX")
    if hosts:
        return hosts != (".",)
    if any(isinstance(result, Reply) and result.addresses for result in addresses):
        return True
    if any(_lets_somebody(record) for record in sender_records(settled(text))):
        return True
    for result in addresses:
        settled(result)
    return False


def require_mail(lookups: Lookups, name: str) -> None:
    """Raises NotApplicable for a name without email, so that its faults are told once: by the check of unused names."""
    if not uses_mail(lookups, name):
        raise api.NotApplicable(NOT_USED)


def _lets_somebody(record: str) -> bool:
    return not all(_REFUSING.fullmatch(term) for term in record.split(" ")[1:])
