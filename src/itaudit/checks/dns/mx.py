"""Email to you has somewhere to arrive.

The name must say which server takes its email. When that server cannot be found, every message to you is returned or lost.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.mail_servers import MailHost, MailServers

MX_RECORD = "{name}. 3600 IN MX 10 MAIL-SERVER."
NULL_RECORD = "{name}. 3600 IN MX 0 ."
SHOWN = 600
"""Characters shown of records."""


@api.check(severity=api.Severity.HIGH, sources=("RFC 5321 5.1", "RFC 7505", "RFC 2181 10.3", "Zonemaster ZONE08, ZONE09"))
def mx(mail: MailServers) -> api.Verdict:
    """Does the name say where its email goes, and can that server be found?"""
    if mail.refuses_mail and not mail.hosts:
        return api.verdict(api.Status.OK, f"{mail.subject} says clearly that it takes no email.", detail=_detail(mail))
    if not mail.hosts:
        return _nothing_said(mail)
    lost = [host for host in mail.hosts if host.addresses == ()]
    if lost:
        return _lost(mail, lost)
    aliases = [host.name for host in mail.hosts if host.alias]
    if aliases or mail.refuses_mail:
        reason = f"{aliases[0]} is only an alias, which some senders refuse" if aliases else "it also says that it takes none"
        words = f"Email to {mail.subject} arrives, but {reason}."
        return api.verdict(api.Status.WARN, words, detail=_detail(mail), fix=_correct(mail))
    if any(host.addresses is None for host in mail.hosts):
        unlock = "Scan again when name look-ups work."
        words = f"Not every mail server of {mail.subject} could be looked up."
        return api.verdict(api.Status.UNKNOWN, words, detail=_detail(mail), unlock=unlock)
    words = f"Email to {mail.subject} has {len(mail.hosts)} server(s) to arrive at."
    return api.verdict(api.Status.OK, words, detail=_detail(mail))


def _nothing_said(mail: MailServers) -> api.Verdict:
    """A name that sends email; one that does not is judged by dns.parked."""
    words = f"{mail.subject} does not say which server takes its email, so messages to it may be lost."
    return api.verdict(api.Status.FAIL, words, detail=_detail(mail), fix=_correct(mail))


def _lost(mail: MailServers, lost: list[MailHost]) -> api.Verdict:
    every = len(lost) == len(mail.hosts)
    names = ", ".join(host.name for host in lost)
    words = (
        f"Email to {mail.subject} cannot arrive: its mail server {names} cannot be found."
        if every
        else f"{len(lost)} of the {len(mail.hosts)} mail servers of {mail.subject} cannot be found: {names}."
    )
    severity = api.Severity.CRITICAL if every else None
    return api.verdict(api.Status.FAIL, words, detail=_detail(mail), fix=_correct(mail), severity=severity)


def _correct(mail: MailServers) -> api.Remedy:
    return api.Remedy(
        "Correct the entry that says where email goes.",
        steps=(
            "Take the name of the server from your email provider; it must have an address of its own (A or AAAA, no CNAME).",
            f"Publish: {MX_RECORD.format(name=mail.name)}",
            f"Where no email is used, publish: {NULL_RECORD.format(name=mail.name)}",
            f'and list it in itaudit.toml: [targets] without_mail = ["{mail.name}"]',
        ),
        undo="Put the former MX record back.",
        verify=f"dig {mail.name} MX; dig MAIL-SERVER A; dig MAIL-SERVER AAAA",
        if_you_wait="Messages to you are returned to their senders, or lost.",
    )


def _detail(mail: MailServers) -> str:
    seen = {host.name: "not seen" if host.addresses is None else " ".join(host.addresses) or "no address" for host in mail.hosts}
    nothing = "none; senders try the address of the name itself" if mail.own_address else "none"
    records = ", ".join(mail.records)[:SHOWN] or nothing
    return "; ".join([f"MX {records}", *(f"{name}: {addresses}" for name, addresses in seen.items())])[: 3 * SHOWN]
