"""Forged email in your name is refused.

Other mail servers ask you what to do with messages that only pretend to come from you. When nothing tells them, they deliver.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.dmarc_policies import DmarcPolicy, Policy

WAIT = "Forged invoices and requests in your name reach your customers and your staff."


@api.check(severity=api.Severity.HIGH, sources=("RFC 9989 4.7, 4.8, 4.10, 5.3", "RFC 9990 4", "Internet.nl MAIL_AUTH_DMARC"))
def dmarc(found: DmarcPolicy) -> api.Verdict:
    """Is there one valid policy, and does it ask to refuse forgeries?"""
    status, words, severity = _judge(found)
    return api.verdict(status, words, detail=_detail(found), fix=_fix(found), severity=severity)


def _judge(found: DmarcPolicy) -> tuple[api.Status, str, api.Severity | None]:
    name, fail, warn = found.subject, api.Status.FAIL, api.Status.WARN
    if not found.records:
        words = "Strangers could send email that looks like yours: nothing tells other mail servers which senders are genuine"
        return fail, f"{words} for {name}.", None if found.uses_mail else api.Severity.MEDIUM
    if found.faults:
        words = f"The instruction to refuse forged email of {name} has {len(found.faults)} mistake(s), so it does not work."
        return fail, words, None
    if found.policy in (Policy.NONE, None):
        reason = "it is marked as a test" if found.testing else "it only asks to watch"
        return warn, f"Forged email of {name} is still delivered: there is an instruction for it, but {reason}.", None
    if found.uses_mail and found.strangers:
        words = f"Reports about forged email of {name} do not arrive: {found.strangers[0]} has not agreed to take them."
        return warn, words, api.Severity.LOW
    if found.uses_mail and not found.reports_to:
        return warn, f"Forged email of {name} is refused, but nobody gets the reports about it.", api.Severity.LOW
    return api.Status.OK, f"Other mail servers are told to refuse or set aside forged email of {name}.", None


def record_for(found: DmarcPolicy) -> str:
    """The record to aim at. Names without email lose nothing by refusing everything at once."""
    if not found.uses_mail:
        return "v=DMARC1; p=reject"
    return f"v=DMARC1; p=reject; rua=mailto:dmarc-reports@{found.found_at or found.name}"


def _fix(found: DmarcPolicy) -> api.Remedy:
    place = found.found_at or found.name
    careful = (
        f'First publish: _dmarc.{place}. 3600 IN TXT "{record_for(found).replace("p=reject", "p=none")}"',
        "Read the reports for two to four weeks; mend every genuine service that fails SPF or DKIM.",
    )
    return api.Remedy(
        "Tell other mail servers to refuse forged email in your name.",
        api.Effort.DAY if found.uses_mail else api.Effort.MINUTES,
        steps=(
            *(careful if found.uses_mail and found.policy in (None, Policy.NONE) else ()),
            f'Publish exactly one record: _dmarc.{place}. 3600 IN TXT "{record_for(found)}"',
            *(f'At {host}: {place}._report._dmarc.{host}. 3600 IN TXT "v=DMARC1"' for host in found.strangers),
        ),
        undo="Put the former record back, or p=none.",
        verify=f"dig _dmarc.{place} TXT",
        if_you_wait=WAIT,
    )


def _detail(found: DmarcPolicy) -> str:
    if not found.records:
        return f"no DMARC record at _dmarc.{found.name} or above it"
    policy = f"policy in effect: {found.policy or 'no policy'}" + (" (t=y)" if found.testing else "")
    return "; ".join([f"_dmarc.{found.found_at}: " + " | ".join(found.records), policy, *found.faults])
