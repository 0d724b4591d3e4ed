"""Other mail servers can tell who may send email in your name.

A public list says which servers send your genuine email. Without it, or with a faulty one, strangers can write to your customers
in your name, and your own messages end up among the junk.
"""

from __future__ import annotations

from collections.abc import Iterable

from itaudit import api
from itaudit.facts.sender_policies import SenderPolicy
from itaudit.facts.spf_repairs import COPIED_AT_MOST, quoted

PROVIDERS = {
    ".mail.protection.outlook.com": "include:spf.protection.outlook.com",
    ".mx.microsoft": "include:spf.protection.outlook.com",
    ".google.com": "include:_spf.google.com",
    ".googlemail.com": "include:_spf.google.com",
    ".messagingengine.com": "include:spf.messagingengine.com",
    ".protonmail.ch": "include:_spf.protonmail.ch",
}
"""Endings of mail servers, and what their providers say to publish.

learn.microsoft.com/defender-office-365/email-authentication-spf-configure, support.google.com/a/answer/33786,
proton.me/support/anti-spoofing-custom-domain; that of Fastmail as mailermonk.com/guides/spf/fastmail has it
"""
WAIT = "Strangers can send invoices in your name, and more of your own email is taken for junk."
SHOWN = 600
"""Characters shown of a record and of what it leads to."""


class Settings(api.CheckSettings):
    """Limits of the list of senders."""

    lookups: api.AtMost = api.AtMost(warn=8, fail=10)
    """Look-ups that a receiver must make; beyond 10 it ignores the list (RFC 7208 4.6.4)."""
    void_lookups: api.AtMost = api.AtMost(warn=2, fail=1000)
    """Look-ups that lead to nothing; beyond 2 a receiver may ignore the list (RFC 7208 4.6.4)."""
    response_bytes: api.AtMost = api.AtMost(warn=512, fail=65535)
    """Size of the answer that holds the list; what is larger may need a second try, which some networks lose (RFC 7208 3.4)."""


@api.check(
    severity=api.Severity.HIGH,
    sources=("RFC 7208 3.2, 3.4, 4.5, 4.6, 4.6.4, 5.1, 5.5, 8", "Zonemaster ZONE11", "Internet.nl MAIL_AUTH_SPF"),
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
        case SenderPolicy(uses_mail=False):
            return api.Status.SKIPPED, f"{name} is not used for email, so it is looked at as an unused name.", None
        case SenderPolicy(records=(), almost=(_, *_)):
            return fail, f"{the_list} begins with a mistake, so nobody takes it for one.", None
        case SenderPolicy(records=()):
            return fail, f"Anybody can send email as {name}: no list says which servers may.", None
        case SenderPolicy(records=(_, _, *_)):
            return fail, f"{the_list} exists {len(policy.records)} times, so none of them counts.", None
        case SenderPolicy(lets_everyone=True) | SenderPolicy(ending="+") if not policy.faults:
            return fail, f"{the_list} allows the whole world.", None
        case _ if limits.lookups.judge(policy.lookups) is fail:
            return fail, f"{the_list} is too long: it takes {policy.lookups} look-ups, and 10 are allowed.", None
        case SenderPolicy(faults=(_, *_)):
            return fail, f"{the_list} has {len(policy.faults)} mistake(s), so it is ignored.", None
        case SenderPolicy(ending="" | "?"):
            return warn, f"{the_list} does not say that all others may not.", api.Severity.MEDIUM
    return _small_faults(policy, limits, the_list)


def _small_faults(policy: SenderPolicy, limits: Settings, the_list: str) -> tuple[api.Status, str, api.Severity | None]:
    void, cost = limits.void_lookups.judge(policy.void_lookups), limits.lookups.judge(policy.lookups)
    size = limits.response_bytes.judge(policy.response_bytes)
    low = api.Severity.LOW
    if void is not api.Status.OK:
        words = f"{the_list} leads {policy.void_lookups} times to nothing, so some receivers ignore it."
        return void, words, api.Severity.MEDIUM
    if cost is not api.Status.OK:
        return cost, f"{the_list} takes {policy.lookups} of the 10 look-ups allowed: little room is left.", low
    if policy.misread:
        return api.Status.WARN, f"{the_list} has {len(policy.misread)} rule(s) that nobody reads, because of a wrong sign.", low
    if policy.behind:
        return api.Status.WARN, f"{the_list} has {len(policy.behind)} rule(s) behind its end, where nobody reads them.", low
    if size is not api.Status.OK:
        return size, f"{the_list} is so long ({policy.response_bytes} bytes) that it may not arrive everywhere.", low
    if policy.uses_ptr:
        return api.Status.WARN, f"{the_list} uses a slow, outdated rule that some receivers ignore.", low
    return api.Status.OK, f"Other mail servers can tell who may send email as {policy.subject}.", None


def record_for(policy: SenderPolicy) -> str:
    """The record as it should be, as far as the mail servers tell."""
    if not policy.uses_mail:
        return "v=spf1 -all"
    known = {term for host in policy.mail_hosts for ending, term in PROVIDERS.items() if host.endswith(ending)}
    return " ".join(["v=spf1", *(sorted(known) or ["mx"]), "~all"])


def _publish(policy: SenderPolicy) -> api.Remedy:
    return api.Remedy(
        "Publish one correct list of the servers that may send your email.",
        api.Effort.MINUTES if not policy.uses_mail else api.Effort.HOURS,
        steps=tuple(_corrections(policy) if policy.records else _start(policy)),
        undo="Put the former TXT record back.",
        verify=f"dig {policy.name} TXT; then itaudit scan --only dns",
        if_you_wait=WAIT,
    )


def _start(policy: SenderPolicy) -> Iterable[str]:
    yield "List every service that sends in this name: email provider, newsletters, accounting, scanners, the web site."
    if policy.almost:
        yield f"At the DNS host of {policy.name}, remove the TXT record that is no SPF record: {quoted(policy.almost[0])[:SHOWN]}"
    yield f"Keep exactly one TXT record; a start: {policy.name}. 3600 IN TXT {quoted(_start_of(policy))}"
    yield "Add what each further service documents (include:...); stay at 10 look-ups or fewer."
    yield "End with ~all while testing, then -all."


def _start_of(policy: SenderPolicy) -> str:
    return policy.repaired if 0 < len(policy.repaired) <= COPIED_AT_MOST else record_for(policy)


def _corrections(policy: SenderPolicy) -> Iterable[str]:
    """From the record as it is to the record as it should be, and who can change it."""
    now = [quoted(record)[:SHOWN] for record in policy.records[:5]]
    yield f"At the DNS host of {policy.name}, the TXT record(s) now: {' and '.join(now)}"
    for fault in [fault for fault in policy.faults if fault.name != policy.name][:5]:
        yield f"Whoever runs {fault.name} must correct: {fault}. Until then, remove the term that leads there."
    if policy.over_limit:
        yield "Remove services that no longer send, terms that stand twice, and mx or a where an ip4: or ip6: says the same."
    if policy.void_lookups:
        yield "Remove terms that lead to no record; where only IPv6 senders meet nothing, move these terms to the end."
    if policy.uses_ptr:
        yield "Replace ptr by the addresses of the servers that it stands for (ip4:, ip6:)."
    if policy.repaired and policy.repaired not in policy.records and len(policy.repaired) <= COPIED_AT_MOST:
        yield f"Replace by exactly one: {policy.name}. 3600 IN TXT {quoted(policy.repaired)}"
    yield "See that each service that sends in this name is in it, also where a term was left out."
    yield "End with ~all while testing, then -all."


def _detail(policy: SenderPolicy) -> str:
    shown = " | ".join(policy.records or policy.almost)[:SHOWN]
    parts = [shown if policy.records else f"no SPF record{'; almost one: ' + shown if shown else ''}"]
    parts += [str(fault) for fault in policy.faults[:10]]
    if len(policy.records) == 1:
        ending = {"": "none", "%": "depends on the sender"}.get(policy.ending, policy.ending)
        parts += [f"{policy.lookups} look-ups, {policy.void_lookups} void, ending {ending}"]
        parts += [str(policy.over_limit)] if policy.over_limit else []
        parts += [f"look-ups by term: {policy.tree[:SHOWN]}"] if policy.lookups else []
        parts += [f"receivers skip {' '.join(policy.misread)[:SHOWN]}: = where : belongs"] if policy.misread else []
    return "; ".join([*parts, *(note[:SHOWN] for note in policy.notes)])
