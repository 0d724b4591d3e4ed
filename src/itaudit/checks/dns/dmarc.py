"""Forged email in your name is refused.

Other mail servers ask you what to do with messages that only pretend to come from you. When nothing tells them, they deliver.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.dmarc_policies import DmarcPolicy
from itaudit.facts.dmarc_records import DmarcRecord, Policy, parse
from itaudit.facts.spf_repairs import quoted

WAIT = "Forged invoices and requests in your name reach your customers and your staff."
WHO = "your IT person, where the entries of your web address are kept"
KEPT = (("adkim", "s"), ("adkim", "r"), ("aspf", "s"), ("aspf", "r"), ("psd", "n"))
"""Tags that are kept as they are when the record is corrected."""
SHOWN = 600
"""Characters shown of a record."""
RECORDS_AT_MOST = 5
ADDRESSES_AT_MOST = 5
LOW, MEDIUM = api.Severity.LOW, api.Severity.MEDIUM
Judgement = tuple[api.Status, str, api.Severity | None]


@api.check(
    severity=api.Severity.HIGH,
    sources=("RFC 9989 4.7, 4.8, 4.10", "RFC 9990 4", "Internet.nl MAIL_AUTH_DMARC, MAIL_AUTH_DMARC_POLICY"),
)
def dmarc(found: DmarcPolicy) -> api.Verdict:
    """Is there one valid policy, and does it ask to refuse forgeries?"""
    status, words, severity = _judge(found)
    unlock = "Scan again when name look-ups work." if status is api.Status.UNKNOWN else ""
    return api.verdict(status, words, detail=_detail(found), fix=_fix(found), severity=severity, unlock=unlock)


def _judge(found: DmarcPolicy) -> Judgement:
    """The worst that is to be said: is there a policy, does it work, does it bite, and only then the small things."""
    name, fail, warn = found.subject, api.Status.FAIL, api.Status.WARN
    bites = found.policy in (Policy.QUARANTINE, Policy.REJECT)
    if not found.records:
        words = "Strangers could send email that looks like yours: nothing tells other mail servers which senders are genuine"
        return fail, f"{words} for {name}.", None
    if found.faults and bites:
        words = f"The instruction to refuse forged email of {name} has mistakes, so that of the name above it is used."
        return warn, words, MEDIUM
    if found.faults:
        words = f"The instruction to refuse forged email of {name} has {len(found.faults)} mistake(s), so it does not work."
        return fail, words, None
    if not bites:
        reason = "it is marked as a test" if found.record and found.record.testing else "it only asks to watch"
        return warn, f"Forged email of {name} is still delivered: there is an instruction for it, but {reason}.", MEDIUM
    if found.weak_below:
        return (
            warn,
            f"Forged email of {name} is refused, but that of names below it, such as invoices.{found.name}, is not.",
            MEDIUM,
        )
    return _small_things(found, found.record or DmarcRecord(""))


def _small_things(found: DmarcPolicy, record: DmarcRecord) -> Judgement:
    name, warn = found.subject, api.Status.WARN
    if found.of_suffix:
        return warn, f"Forged email of {name} is refused only because the keeper of its ending says so.", LOW
    if record.testing:
        return warn, f"Forged email of {name} is set aside, not refused: the instruction is marked as a test.", LOW
    if found.strangers:
        words = f"Reports about forged email of {name} do not arrive: {found.strangers[0]} has not agreed to take them."
        return warn, words, LOW
    if record.slips:
        return warn, f"The instruction to refuse forged email of {name} works, but a part of it is written wrongly.", LOW
    if not record.report_addresses:
        return warn, f"Forged email of {name} is refused, but nobody gets the reports about it.", LOW
    if record.share_percent < 100:
        words = f"Forged email of {name} is refused, but some mail servers do so for only {record.share_percent} of 100 messages."
        return warn, words, LOW
    if found.unseen:
        words = f"Forged email of {name} is refused; whether {found.unseen[0]} takes the reports could not be seen."
        return api.Status.UNKNOWN, words, None
    return api.Status.OK, f"Other mail servers are told to refuse or set aside forged email of {name}.", None


def record_for(found: DmarcPolicy) -> str:
    """The record to aim at: what is right in the owner's present one stays; without sp and np, p speaks for names below too."""
    present = DmarcRecord("") if found.of_suffix else found.record or DmarcRecord("")
    addresses = present.report_addresses[:ADDRESSES_AT_MOST] or (f"mailto:{_mailbox(found)}",)
    policy = present.policy("p")
    kept = [f"{tag}={value}" for tag, value in present.tags.items() if (tag, value.lower()) in KEPT or _is_short(tag, value)]
    target = policy if policy in (Policy.QUARANTINE, Policy.REJECT) else Policy.REJECT
    return "; ".join(["v=DMARC1", f"p={target}", *kept, f"rua={','.join(addresses)}"])


def _mailbox(found: DmarcPolicy) -> str:
    """Where reports could go when nobody gets them yet."""
    return f"dmarc-reports@{found.publish_at}"


def _is_short(tag: str, value: str) -> bool:
    """Reports of single failures are kept as they are, unless somebody made a flood of them."""
    return tag in ("ruf", "fo") and len(value) <= SHOWN


def _fix(found: DmarcPolicy) -> api.Remedy:
    place, record = found.publish_at, record_for(found)
    watches = found.policy in (None, Policy.NONE)
    first = record.replace("p=reject", "p=none", 1).replace("p=quarantine", "p=none", 1)
    careful = (
        f"First publish, at the DNS host: _dmarc.{place}. 3600 IN TXT {quoted(first)}",
        "Read the reports for two to four weeks; mend every genuine service that fails SPF or DKIM.",
    )
    invented = f"mailto:{_mailbox(found)}" in record and _mailbox(found) not in " ".join(found.records)
    changed = found.record is None or found.publish_at != found.found_at or parse(record).tags != found.record.tags
    return api.Remedy(
        "Tell other mail servers to refuse forged email in your name.",
        api.Effort.DAY if watches else api.Effort.MINUTES,
        steps=(
            *([f"Create the mailbox {_mailbox(found)}, or take the address of a service that reads such reports."] * invented),
            *(careful if watches else ()),
            *(f"Remove the TXT record at {where}, where nobody looks." for where in found.misplaced),
            *([f"Publish exactly one record, at the DNS host: _dmarc.{place}. 3600 IN TXT {quoted(record)}"] if changed else []),
            *(f'At the DNS host of {host}: {place}._report._dmarc.{host}. 3600 IN TXT "v=DMARC1"' for host in found.strangers),
        ),
        undo="Put the former record back, or p=none.",
        verify=f"dig _dmarc.{place} TXT" + "".join(f"; dig {place}._report._dmarc.{host} TXT" for host in found.strangers),
        if_you_wait=WAIT,
        who=WHO,
    )


def _detail(found: DmarcPolicy) -> str:
    if not found.records:
        elsewhere = [f"a DMARC record stands at {where}, where nobody looks" for where in found.misplaced]
        return "; ".join([f"no DMARC record at _dmarc.{found.name} or above it", *elsewhere])
    record = found.record or DmarcRecord("")
    policy = f"policy in effect: {found.policy or 'no policy'}" + (" (t=y)" if record.testing else "")
    said = [*(record[:SHOWN] for record in found.records[:RECORDS_AT_MOST]), policy]
    said += [f"{tag}=none lets names below it pass" for tag in found.weak_below]
    said += [f"{host} does not publish {found.found_at}._report._dmarc.{host}" for host in found.strangers]
    said += [f"{found.found_at}._report._dmarc.{host} could not be asked" for host in found.unseen]
    said += ["pct= counts only for receivers by RFC 7489"] if "pct" in record.tags else []
    return "; ".join([*said, *found.faults, *record.slips, *record.remarks])
