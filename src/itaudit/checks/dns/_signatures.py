"""What mends signatures. Findings that share an action are one action in the plan."""

from __future__ import annotations

from itaudit import api

ACTION = "Repair the signatures of the name."
WAIT = "Visitors see an error, and email to you is returned to its senders."
WHO = "the company that runs your name servers"
REFUSED = "the look-up server answers SERVFAIL, but NOERROR with checking disabled (RFC 4035 5.5)"


def repair(zone: str, fitting_ds: tuple[str, ...]) -> api.Remedy:
    """For the zone of that name, with the DS records that belong at its parent."""
    return api.Remedy(
        ACTION,
        api.Effort.HOURS,
        steps=(
            f"Compare what the parent holds with the zone's keys: dig {zone} DS; dig {zone} DNSKEY +cdflag; delv {zone} SOA",
            "At the DNS host: sign the zone again and see why it stopped (key files, clock, the job that signs).",
            *(f"Or at the registrar, if these are the right keys, set the DS record: {record}" for record in fitting_ds),
            "To be found again at once, have the registrar remove the DS records until all is right.",
        ),
        undo="Put the former DS records back.",
        verify=f"delv {zone} SOA says: fully validated",
        if_you_wait=WAIT,
        who=WHO,
    )


def renew(zone: str) -> api.Remedy:
    return api.Remedy(
        "Have the signatures of the name renewed before they run out.",
        api.Effort.HOURS,
        steps=(
            f"Look: dig {zone} SOA +dnssec +cdflag; the second time in RRSIG is when it began, the first when it ends.",
            "At the DNS host: find out why it was not signed again (the job that signs, key files, clock), and sign it now.",
        ),
        verify=f"dig {zone} SOA +dnssec shows a later time; delv {zone} SOA says: fully validated",
        if_you_wait=WAIT,
        who=WHO,
    )


def modernise(zone: str) -> api.Remedy:
    return api.Remedy(
        "Change to a present-day way of signing the name.",
        api.Effort.DAY,
        steps=(
            f"At the DNS host, start a change of keys for {zone} to algorithm 13 (ECDSAP256SHA256), RFC 6781 4.1.4.",
            "Wait until it shows both; then have the registrar set the new DS record with digest type 2 (SHA-256).",
            "After two days remove the old DS record, then the old keys.",
        ),
        undo="Until the old DS record is removed, stop the change.",
        verify=f"dig {zone} DS; dig {zone} DNSKEY; delv {zone} SOA says: fully validated",
        if_you_wait="The signatures protect fewer and fewer people, and programs may begin to refuse them.",
        who=WHO,
    )


def finish(zone: str, fitting_ds: tuple[str, ...]) -> api.Remedy:
    return api.Remedy(
        "Tell the registrar which keys sign the name.",
        steps=(
            f"See that the zone is well signed: delv +cd {zone} SOA; dig {zone} DNSKEY",
            *(f"At the registrar, add the DS record: {record}" for record in fitting_ds),
        ),
        undo="Have the registrar remove the DS record.",
        verify=f"dig {zone} DS; delv {zone} SOA says: fully validated",
        if_you_wait="The signing that you have protects nobody.",
        who="whoever can sign in at your registrar",
    )


def begin(zone: str) -> api.Remedy:
    return api.Remedy(
        "Have the answers about the name signed.",
        steps=(
            f"At the DNS host, switch DNSSEC on for {zone} (algorithm 13).",
            "If the registrar is another company, give it the DS record that the DNS host shows.",
        ),
        undo="Have the registrar remove the DS record; two days later switch DNSSEC off.",
        verify=f"delv {zone} SOA says: fully validated",
        if_you_wait="Somebody on the way can send your visitors and your email elsewhere without being noticed.",
        who=WHO,
    )


def tidy(zone: str) -> api.Remedy:
    return api.Remedy(
        "Remove what is left over beside the good signatures.",
        steps=(
            f"Look: dig {zone} DS; dig {zone} DNSKEY +dnssec; dig {zone} SOA +dnssec",
            "Unless a change of keys is under way: have the registrar remove DS records that match no key or use SHA-1,",
            "and the DNS host the signatures and keys that are no longer used.",
        ),
        undo="Put the former DS records back.",
        verify=f"delv {zone} SOA says: fully validated",
        if_you_wait="It works, but the next change of keys may fail, and then the name disappears.",
        who=WHO,
    )
