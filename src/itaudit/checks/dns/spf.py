"""Other mail servers can tell who may send email in your name.

A public list says which servers send your genuine email. Without it, or with a faulty one, strangers can write to your customers
in your name, and your own messages end up among the junk.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.sender_policies import SenderPolicy

PROVIDERS = {
    ".mail.protection.outlook.com": "include:spf.protection.outlook.com",
    ".mx.microsoft": "include:spf.protection.outlook.com",
    ".google.com": "include:_spf.google.com",
}
"""Endings of mail servers, and what their providers say to publish.

learn.microsoft.com/defender-office-365/email-authentication-spf-configure, support.google.com/a/answer/33786
"""
WAIT = "Strangers can send invoices in your name, and more of your own email is taken for junk."


class Settings(api.CheckSettings):
    """Limits of the list of senders."""

    lookups: api.AtMost = api.AtMost(warn=8, fail=10)
    """Look-ups that a receiver must make; beyond 10 it ignores the list (RFC 7208 4.6.4)."""
    void_lookups: api.AtMost = api.AtMost(warn=2, fail=1000)
    """Look-ups that lead to nothing; beyond 2 a receiver may ignore the list (RFC 7208 4.6.4)."""


@api.check(
    severity=api.Severity.HIGH,
    sources=("RFC 7208 3.2, 4.5, 4.6.4, 5.1, 5.5", "Zonemaster ZONE11", "Internet.nl MAIL_AUTH_SPF"),
)
def spf(policy: SenderPolicy, limits: Settings) -> api.Verdict:
    """Is there one list of senders, is it valid, and does it exclude strangers?"""
    status, words, severity = _judge(policy, limits)
    cost = api.Measurement("lookups", policy.lookups, api.Unit.COUNT)
    return api.verdict(
        status,
        words,
        *([cost] if policy.records else []),
        detail=_detail(policy),
        fix=_publish(policy),
        severity=severity,
    )


def _judge(policy: SenderPolicy, limits: Settings) -> tuple[api.Status, str, api.Severity | None]:
    name, fail, warn = policy.subject, api.Status.FAIL, api.Status.WARN
    the_list = f"The list of servers that may send email as {name}"
    match policy:
        case SenderPolicy(records=(), uses_mail=False):
            words = f"{name} is not used for email, but nothing forbids strangers to send in its name."
            return warn, words, api.Severity.MEDIUM
        case SenderPolicy(records=()):
            return fail, f"Anybody can send email as {name}: no list says which servers may.", None
        case SenderPolicy(records=(_, _, *_)):
            return fail, f"{the_list} exists {len(policy.records)} times, so none of them counts.", None
        case SenderPolicy(lets_everyone=True) | SenderPolicy(ending="+"):
            return fail, f"{the_list} allows the whole world.", None
        case _ if limits.lookups.judge(policy.lookups) is fail:
            return fail, f"{the_list} is too long: it takes {policy.lookups} look-ups, and 10 are allowed.", None
        case SenderPolicy(faults=(_, *_)):
            return fail, f"{the_list} has {len(policy.faults)} mistake(s), so it is ignored.", None
        case SenderPolicy(ending="" | "?"):
            return warn, f"{the_list} does not say that all others may not.", None
    return _small_faults(policy, limits, the_list)


def _small_faults(policy: SenderPolicy, limits: Settings, the_list: str) -> tuple[api.Status, str, api.Severity | None]:
    void, cost = limits.void_lookups.judge(policy.void_lookups), limits.lookups.judge(policy.lookups)
    if void is not api.Status.OK:
        return void, f"{the_list} names {policy.void_lookups} that do not exist, so some receivers ignore it.", None
    if cost is not api.Status.OK:
        words = f"{the_list} takes {policy.lookups} of the 10 look-ups allowed: little room is left."
        return cost, words, api.Severity.LOW
    if policy.uses_ptr:
        return api.Status.WARN, f"{the_list} uses a slow, outdated rule that some receivers ignore.", api.Severity.LOW
    return api.Status.OK, f"Other mail servers can tell who may send email as {policy.subject}.", None


def record_for(policy: SenderPolicy) -> str:
    """The record as it should be, as far as the mail servers tell."""
    if not policy.uses_mail:
        return "v=spf1 -all"
    known = {term for host in policy.mail_hosts for ending, term in PROVIDERS.items() if host.endswith(ending)}
    return " ".join(["v=spf1", *(sorted(known) or ["mx"]), "-all"])


def _publish(policy: SenderPolicy) -> api.Remedy:
    return api.Remedy(
        "Publish one correct list of the servers that may send your email.",
        api.Effort.MINUTES if not policy.uses_mail else api.Effort.HOURS,
        steps=(
            "List every service that sends in this name: email provider, newsletters, accounting, scanners, the web site.",
            f'Keep exactly one TXT record; a start: {policy.name}. 3600 IN TXT "{record_for(policy)}"',
            "Add what each further service documents (include:...); stay at 10 look-ups or fewer.",
            "End with ~all while testing, then -all.",
        ),
        undo="Put the former TXT record back.",
        verify=f"dig {policy.name} TXT",
        if_you_wait=WAIT,
    )


def _detail(policy: SenderPolicy) -> str:
    count = f"{policy.lookups} look-ups, {policy.void_lookups} void, ending {policy.ending or 'none'}"
    counts = [count] if len(policy.records) == 1 else []
    return "; ".join([" | ".join(policy.records) or "no SPF record", *counts, *policy.faults[:10]])
