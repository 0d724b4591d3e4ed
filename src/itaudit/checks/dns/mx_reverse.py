"""The addresses that your email comes from have a name that leads back to them.

Large email providers ask whose an address is before they take a message from it.
Where nothing answers, or the answer leads elsewhere, they take the sender for a hijacked computer and refuse the message.
"""

from __future__ import annotations

import ipaddress

from itaudit import api
from itaudit.facts.mail_reverse import MailReverse, Proof, ReverseName

BAD = (Proof.MISSING, Proof.UNCONFIRMED)


@api.check(severity=api.Severity.MEDIUM, sources=("RFC 1912 2.1", "Google: Email sender guidelines"))
def mx_reverse(found: MailReverse) -> api.Verdict:
    """Does each address have a reverse name, and does that lead back?

    What counts are the addresses that send ([mail] sends_from); where none are named, the mail servers of one's own name stand
    for them. A mail server of others that only receives works without one: that stands in the technical detail, no more.
    """
    detail = "; ".join(map(str, found.addresses))
    sending = [each for each in found.addresses if _sends(each, found)]
    if bad := [each for each in sending if each.proof in BAD]:
        words = f"Email from {found.subject} may be refused: {_listed(bad)} cannot be traced back to it by name."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=_fix(found, bad))
    if any(each.proof is Proof.UNSEEN for each in sending):
        words = f"Whether the mail addresses of {found.subject} can be traced back by name could not be seen."
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock="Scan again when name look-ups work.")
    if bad := [each for each in found.addresses if each.own and each.proof in BAD]:
        words = f"A mail server of {found.subject} cannot be traced back by name: {_listed(bad)}."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_fix(found, bad), severity=api.Severity.LOW)
    words = f"The {len(sending)} address(es) that email of {found.subject} comes from can be traced back by name."
    if not sending:
        words = f"The mail servers of {found.subject} are those of a provider, who sees to it that its email is taken."
    return api.verdict(api.Status.OK, words, detail=detail)


def _sends(address: ReverseName, found: MailReverse) -> bool:
    return address.sends if found.senders_known else address.own


def _listed(addresses: list[ReverseName]) -> str:
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    return ", ".join(each.address for each in addresses[:3]) + more


def _fix(found: MailReverse, bad: list[ReverseName]) -> api.Remedy:
    first = bad[0]
    address = ipaddress.ip_address(first.address)
    host = first.host or f"mail.{found.name}"
    forward = f"{host}. 3600 IN {'AAAA' if address.version == 6 else 'A'} {address}"
    return api.Remedy(
        "Have the provider of your internet addresses name them after your mail server.",
        steps=(
            f"Only the provider that lends you the address can do it (whois {address} names it), often on its customer pages.",
            f"Ask for: {address.reverse_pointer}. 3600 IN PTR {host}.",
            f"Where your own zone does not hold it yet, publish: {forward}",
            f"Have the mail server greet with that name (Postfix: postconf -e myhostname={host}).",
            f"The same for: {_listed(bad[1:])}" if bad[1:] else "Name all that send in itaudit.toml: [mail] sends_from",
        ),
        undo="Put the former PTR record back.",
        verify=f"dig -x {address}; dig {host} {'AAAA' if address.version == 6 else 'A'}",
        if_you_wait="Some of your messages come back, or land among the unwanted ones.",
        who="your internet provider",
    )
