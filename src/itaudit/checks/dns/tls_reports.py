"""You learn when others cannot send you email encrypted.

Large providers report every day how many deliveries to you failed for want of encryption, if you say where to.
Without these reports you learn of trouble, or of somebody who meddles, from your customers.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.tls_reports import TlsReports

SHOWN = 600
"""Characters shown of records."""


@api.check(severity=api.Severity.INFO, sources=("RFC 8460 3",))
def tls_reports(found: TlsReports) -> api.Verdict:
    """Is there one valid record that says where reports go?"""
    detail = "; ".join([f"_smtp._tls.{found.name}: {' | '.join(found.records)[:SHOWN] or 'no record'}", *found.faults])
    if not found.records:
        words = f"Nobody is told when email to {found.subject} cannot be delivered encrypted."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_fix(found))
    if found.faults:
        some, reason = ("Some", "an address for them") if found.addresses else ("Daily", "the entry that says where to")
        words = f"{some} reports about failed encryption of email to {found.subject} do not arrive: {reason} is wrong."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_fix(found), severity=api.Severity.LOW)
    words = f"Other mail servers report when email to {found.subject} cannot be delivered encrypted."
    return api.verdict(api.Status.OK, words, detail=detail)


def _fix(found: TlsReports) -> api.Remedy:
    mailbox = f"tls-reports@{found.name}"
    create = f"Create the mailbox {mailbox}, or take the address of a service that reads such reports."
    address = ",".join(found.addresses) or f"mailto:{mailbox}"
    return api.Remedy(
        "Say where reports about failed encryption of email go.",
        steps=(
            *(() if found.addresses else (create,)),
            f'Publish exactly one record: _smtp._tls.{found.name}. 3600 IN TXT "v=TLSRPTv1; rua={address}"',
            "The reports are packed JSON; let a service or a program read them.",
        ),
        undo="Remove the record.",
        verify=f"dig _smtp._tls.{found.name} TXT",
        if_you_wait="Undelivered email stays unnoticed until somebody calls.",
    )
