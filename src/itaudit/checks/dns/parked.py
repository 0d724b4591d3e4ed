"""Names without email cannot be used by strangers.

A name that you own and do not use for email is welcome to forgers: nobody watches it, and it looks like yours. Two short entries
tell all mail servers to refuse whatever comes in its name.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.dmarc_records import Policy
from itaudit.facts.unused_names import UnusedName

SENDERS = "v=spf1 -all"
POLICY = "v=DMARC1; p=reject"
SHOWN = 600
"""Characters shown of a record."""
RECORDS_AT_MOST = 5


@api.check(
    severity=api.Severity.MEDIUM,
    sources=("RFC 7208 10.1.2", "RFC 9989 4.7", "Zonemaster ZONE11", "M3AAWG Protecting Parked Domains"),
)
def parked(found: UnusedName) -> api.Verdict:
    """Does the name say that nobody may send in its name, and is whatever comes refused?"""
    name, detail = found.subject, _detail(found)
    if found.lets_everyone:
        words = f"{name} is not used for email, but allows the whole world to send in its name."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=_fix(found), severity=api.Severity.HIGH)
    if found.dmarc.policy in (None, Policy.NONE):
        words = f"{name} is not used for email, and nothing makes others refuse email that strangers send in its name."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=_fix(found))
    if found.dmarc.policy is not Policy.REJECT or found.dmarc.faults:
        words = f"{name} is not used for email, but others are not clearly told to refuse whatever comes in its name."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_fix(found), severity=api.Severity.MEDIUM)
    if not found.refuses_senders:
        words = f"{name} is not used for email, but does not say that nobody may send in its name."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_fix(found), severity=api.Severity.MEDIUM)
    if any(record.split()[-1] != "." for record in found.exchange):
        words = f"{name} is not used for email, but still names a server that takes it."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_fix(found), severity=api.Severity.LOW)
    if found.own_address and not found.exchange:
        words = f"{name} is not used for email, but does not say so to those who mistype an address."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_fix(found), severity=api.Severity.LOW)
    return api.verdict(api.Status.OK, f"{name} is not used for email, and others are told to refuse it.", detail=detail)


def _fix(found: UnusedName) -> api.Remedy:
    name = found.name
    sure = f"First make sure that nothing sends or receives email as {name}: forms of the web site, newsletters, a shop."
    return api.Remedy(
        "Say for names without email that nobody may send in their name.",
        steps=(
            *(() if found.declared else (sure,)),
            f'At the DNS host, the only SPF record: {name}. 3600 IN TXT "{SENDERS}"',
            f'and the only DMARC record: _dmarc.{name}. 3600 IN TXT "{POLICY}"',
            f"and the only MX record: {name}. 3600 IN MX 0 .",
            f"If it does use email, publish instead: {name}. 3600 IN MX 10 MAIL-SERVER. and an SPF record of its senders"
            + (", and take it out of [targets] without_mail." if found.declared else "."),
        ),
        undo="Put the former records back.",
        verify=f"dig {name} TXT; dig _dmarc.{name} TXT; dig {name} MX",
        if_you_wait="Strangers send invoices and requests in a name of yours that nobody watches.",
        who="your IT person, where the entries of your web address are kept",
    )


def _detail(found: UnusedName) -> str:
    policy = f"policy in effect: {found.dmarc.policy or 'none'}"
    senders, records = found.senders[:RECORDS_AT_MOST], found.dmarc.records[:RECORDS_AT_MOST]
    exchange = f"MX {', '.join(found.exchange[:RECORDS_AT_MOST]) or 'none'}"
    said = (" | ".join(senders) or "no SPF record", *(records or ("no DMARC record",)), policy, exchange)
    texts = [text[:SHOWN] for text in said]
    return "; ".join([*texts, *found.dmarc.faults])
