"""Senders are told to deliver your email only encrypted, and only to your real mail servers.

Encryption between mail servers can be switched off by somebody in between, unnoticed.
A published rule of yours lets large providers refuse that. A rule with a mistake protects nothing, or stops your email.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.mta_sts import Mode, MtaSts, StsPolicy

DAY_SECONDS = 86_400
SHOWN = 600
"""Characters shown of records, and of the servers that a policy names."""


class Settings(api.CheckSettings):
    shortest_days: float = 7
    """For how long senders must remember the rule, at least: RFC 8461 3.2 speaks of weeks or more."""


@api.check(severity=api.Severity.MEDIUM, sources=("RFC 8461 3.1, 3.2, 3.3, 4.1",))
def mta_sts(found: MtaSts, limits: Settings) -> api.Verdict:
    """Is there a rule, is it valid, does it name all mail servers, and is it meant seriously?"""
    status, words, severity = _judge(found, limits)
    return api.verdict(status, words, detail=_detail(found), fix=_fix(found), severity=severity)


def _judge(found: MtaSts, limits: Settings) -> tuple[api.Status, str, api.Severity | None]:
    name, fail, warn = found.subject, api.Status.FAIL, api.Status.WARN
    if not found.records:
        words = f"Nothing tells senders that email to {name} must be encrypted: somebody in between could switch that off."
        return warn, words, api.Severity.LOW
    policy = found.policy
    if policy is None:
        words = f"The rule that email to {name} must be encrypted does not work: {len(found.faults)} mistake(s) in it."
        return fail, words, None
    if policy.mode is Mode.NONE:
        return warn, f"The rule that email to {name} must be encrypted is switched off.", api.Severity.LOW
    if found.unmatched:
        return _stranger(found, policy)
    if policy.max_age_seconds < limits.shortest_days * DAY_SECONDS:
        days = policy.max_age_seconds / DAY_SECONDS
        words = f"Senders forget after {days:.1f} day(s) that email to {name} must be encrypted, which is too soon."
        return warn, words, api.Severity.LOW
    if policy.mode is Mode.TESTING:
        words = f"The rule that email to {name} must be encrypted is only being tried out: senders deliver anyway."
        return warn, words, api.Severity.INFO
    return api.Status.OK, f"Large providers deliver email to {name} only encrypted, and only to its own mail servers.", None


def _stranger(found: MtaSts, policy: StsPolicy) -> tuple[api.Status, str, api.Severity | None]:
    """A mail server that the policy does not name."""
    server = found.unmatched[0]
    if policy.mode is Mode.TESTING:
        return api.Status.FAIL, f"The rule that protects email to {found.subject} does not name its mail server {server}.", None
    if len(found.unmatched) == len(found.hosts):
        words = (
            f"Large providers cannot deliver email to {found.subject}: the rule that protects it names none of its mail servers."
        )
        return api.Status.FAIL, words, api.Severity.HIGH
    words = f"Large providers do not deliver email to {found.subject} at {server}: the rule that protects it does not name it."
    return api.Status.FAIL, words, None


def _fix(found: MtaSts) -> api.Remedy:
    mode = "testing" if found.policy is None or found.unmatched else "enforce"
    policy = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in found.hosts), "max_age: 604800"]
    return api.Remedy(
        "Publish a correct rule that email to you must be encrypted.",
        api.Effort.HOURS,
        steps=(
            "Every mail server first needs a valid certificate in its own name (dns.starttls).",
            f"Put this file at https://mta-sts.{found.name}/.well-known/mta-sts.txt: " + " | ".join(policy),
            "(each | is a new line; serve it as text/plain, status 200, with a valid certificate, without a redirect)",
            f'Then publish exactly one record: _mta-sts.{found.name}. 3600 IN TXT "v=STSv1; id=1"',
            "Give id another value at every change of the file. Watch the reports (dns.tls_reports) for two weeks, "
            "then write mode: enforce and a max_age of weeks.",
        ),
        undo="Write mode: none, change id, and remove file and record after max_age.",
        verify=f"dig _mta-sts.{found.name} TXT; curl -i https://mta-sts.{found.name}/.well-known/mta-sts.txt",
        if_you_wait=(
            "Email from large providers does not arrive."
            if found.unmatched
            else "Somebody in between can switch off encryption and read what is sent to you."
        ),
    )


def _detail(found: MtaSts) -> str:
    parts = [f"_mta-sts.{found.name}: {' | '.join(found.records)[:SHOWN] or 'no record'}", *found.faults]
    if found.policy:
        patterns = " ".join(found.policy.patterns)[:SHOWN]
        parts.append(f"mode {found.policy.mode}, max_age {found.policy.max_age_seconds}, mx {patterns or 'none'}")
    if found.unmatched:
        parts.append(f"not named: {' '.join(found.unmatched)}")
    return "; ".join(parts)
