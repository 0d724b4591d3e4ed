"""Whether somebody learns when email to a name cannot be encrypted: reports by other mail servers (TLS-RPT, RFC 8460 3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.each_name import of_each_name
from itaudit.facts.lookups import Lookups, settled
from itaudit.facts.mail_servers import mail_servers_of, no_mail_to
from itaudit.facts.targets import Targets

ADDRESSES_AT_MOST = 20
_FIELD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}[ \t]*=[ \t]*[\x20-\x3a\x3c-\x7e]+")
_MAIL = re.compile(r"mailto:[^@\s,!;]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+(\?[^\s,!;]*)?", re.IGNORECASE)
_WEB = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s,!;]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TlsReports:
    """records: texts that mean to be the record. addresses: where reports go. faults: why none, or not all, arrive."""

    subject: str
    name: str
    records: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@api.provider("linux", "windows", "macos", seconds=45)
def tls_reports(ask: api.Ask, targets: Targets) -> api.Facts[TlsReports]:
    """The record of every configured name that takes email."""
    yield from of_each_name(ask, targets, tls_reports_of)


def tls_reports_of(lookups: Lookups, name: str) -> TlsReports:
    """One name. Raises NotApplicable where no email arrives, or a Missing when absence would not be proved."""
    servers = mail_servers_of(lookups, name)
    if nothing := no_mail_to(servers):
        raise api.NotApplicable(nothing)
    answer = lookups.many((f"_smtp._tls.{name}", "TXT"))[0]
    records = tuple(text for text in settled(answer).data("TXT") if text.lower().startswith("v=tlsrpt"))
    addresses, faults = parse(records) if records else ((), ())
    return TlsReports(servers.subject, name, records, addresses, faults)


def parse(records: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses that senders report to, and what is wrong. Records that do not begin with v=TLSRPTv1; do not count."""
    split = [[part.strip(" \t") for part in record.split(";")] for record in records]
    meant = [parts for parts in split if parts[0] == "v=TLSRPTv1"]
    if len(meant) != 1:
        return (), (f"there are {len(meant)} records where one may be" if meant else "no record begins with v=TLSRPTv1;",)
    fields = meant[0][1:-1] if meant[0][-1] == "" else meant[0][1:]  # it may end in a semicolon
    if broken := [field for field in fields if not _FIELD.fullmatch(field)]:
        return (), (f"{broken[0][:60]!r} is not name=value",)
    values = [value for name, _, value in (field.partition("=") for field in fields) if name.strip(" \t") == "rua"]
    if not values:
        return (), ("rua= is missing",)
    written = [address.strip(" \t") for address in values[0].split(",")][:ADDRESSES_AT_MOST]
    usable = tuple(address for address in written if _MAIL.fullmatch(address) or _WEB.fullmatch(address))
    strange = [address for address in written if address not in usable]
    return usable, tuple(f"{address[:60]!r} is neither mailto: nor https:" for address in strange)
