"""Limits of RFC 7208 4.6.4, and in which words a permanent error is told."""

from __future__ import annotations

from typing import NoReturn

from itaudit.facts.spf_records import SpfRecord
from itaudit.facts.spf_terms import SpfFault, Term

LOOKUPS_ALLOWED = 10
"""RFC 7208 4.6.4: terms that cost a look-up; beyond, the result is permerror."""
VOID_LOOKUPS_ALLOWED = 2
"""RFC 7208 4.6.4: of those, terms whose look-up finds nothing. The addresses of a term's mail servers and reverse names are not
counted: they have limits of their own, and a mail server without an IPv6 address is no sign of a broken record."""
MAIL_SERVERS_ALLOWED = 10
"""RFC 7208 4.6.4: of one mx term."""
NO_RECORD = "there is no SPF record at the name to which it leads"
LEADS_BACK = "it leads back to itself"


def several(count: int) -> str:
    return f"{count} SPF records where exactly one belongs"


def too_many_servers(count: int) -> str:
    return f"{count} mail servers, and {MAIL_SERVERS_ALLOWED} are allowed"


class PermanentError(Exception):
    """permerror (RFC 7208 2.6.7): the record, or one that it leads to, cannot be interpreted."""

    def __init__(self, fault: SpfFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def fault_at(record: SpfRecord, term: Term, reason: str) -> SpfFault:
    return SpfFault(record.name, term.position, term.text, reason)


def reject(record: SpfRecord, term: Term, reason: str) -> NoReturn:
    """Raise PermanentError for one term."""
    raise PermanentError(fault_at(record, term, reason))
