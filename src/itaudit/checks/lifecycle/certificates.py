"""The certificates of your web site and email are in order.

A certificate proves that visitors have reached you and not somebody who pretends to be you. Each ends on a fixed day.
From that day on, or when it is made out wrongly, browsers and email programs warn people away.
"""

from __future__ import annotations

from datetime import date, datetime

from itaudit import api
from itaudit.checks.lifecycle import _certificate_remedies as remedies
from itaudit.facts.certificate_parts import CertificateParts
from itaudit.facts.certificate_places import Use
from itaudit.facts.certificates import Certificate

WEAK_CODES = (66, 67, 68)
"""X509_V_ERR_EE_KEY_TOO_SMALL, CA_KEY_TOO_SMALL and CA_MD_TOO_WEAK of OpenSSL."""
WEAK_HASHES = ("md5", "sha1")
OLD = ("SSLv3", "TLSv1", "TLSv1.1")


class Settings(api.CheckSettings):
    days_left: api.AtLeast = api.AtLeast(warn=30, fail=14)
    """Days until it ends."""
    percent_left: api.AtLeast = api.AtLeast(warn=25, fail=15)
    """Share of its lifetime that is left, in percent. It alarms only when both limits are passed."""
    rsa_bits: int = 2048
    """Length below which an RSA key is weak."""


@api.check(
    severity=api.Severity.HIGH,
    sources=("RFC 5280 4.1.2.5", "RFC 9525", "RFC 8996", "NIST SP 800-52r2 3.2", "days and shares: our choice, settable"),
)
def certificates(found: Certificate, machine: api.Machine, limits: Settings) -> api.Verdict:
    """Short-lived certificates are renewed late by design (at a third of 90 days, at half of six): so days alone do not alarm.

    The worst fault decides; the technical detail names what else was seen. Between mail servers most senders accept whatever
    certificate they meet: there, name and issuer are judged by dns.starttls, and an ended one is high instead of critical.
    In a network of one's own, where nobody known can vouch for a name, all that is a warning or medium. Where a firewall or a
    virus scanner shows certificates of its own in place of the real ones, these are unknown.
    """
    if found.parts is None:
        words = f"There is no protected connection to {_place(found)}."
        return _faulty(found, api.Status.FAIL, words, remedies.protect(found))
    return (
        _outside_its_dates(found, found.parts, machine)
        or _not_proving(found, found.parts)
        or _weak(found, found.parts, limits)
        or _ending_or_fine(found, found.parts, machine, limits)
    )


def _outside_its_dates(found: Certificate, parts: CertificateParts, machine: api.Machine) -> api.Verdict | None:
    if parts.ends < machine.now:
        severity = api.Severity.CRITICAL
        if found.use is Use.DELIVERY or found.private:
            severity = api.Severity.HIGH if found.use is Use.DELIVERY else api.Severity.MEDIUM
        words = f"The certificate of {_place(found)} ran out on {_day(parts.ends)}."
        return _faulty(found, api.Status.FAIL, words, remedies.renew(found), severity, due=parts.ends.date())
    if parts.begins > machine.now:
        words = f"The certificate of {_place(found)} is valid only from {_day(parts.begins)} on."
        return _faulty(found, api.Status.FAIL, words, remedies.correct_clock(found))
    return None


def _not_proving(found: Certificate, parts: CertificateParts) -> api.Verdict | None:
    """Name and issuer."""
    if found.use is Use.DELIVERY:
        return None
    status, severity = (api.Status.WARN, api.Severity.MEDIUM) if found.private else (api.Status.FAIL, None)
    if not found.name_matches:
        words = f"The certificate of {_place(found)} is made out to another name, so it proves nothing."
        return _faulty(found, status, words, remedies.right_name(found), severity)
    if found.trusted or found.verify_code in WEAK_CODES:
        return None
    if parts.self_signed:
        words = f"The certificate of {_place(found)} was made by the server itself: nobody vouches for it."
        return _faulty(found, status, words, remedies.public_issuer(found), severity)
    if _incomplete(found, parts):
        words = f"The certificate of {_place(found)} is sent without what proves it, so some programs refuse it."
        return _faulty(found, status, words, remedies.whole_chain(found), severity)
    words = f"The certificate of {_place(found)} comes from an issuer that browsers do not trust."
    return _faulty(found, status, words, remedies.public_issuer(found), severity)


def _incomplete(found: Certificate, parts: CertificateParts) -> bool:
    """Sent alone, and it names where its issuer's certificate lies, as public ones do: it should be sent too."""
    return found.sent == 1 and parts.names_its_issuer


def _weak(found: Certificate, parts: CertificateParts, limits: Settings) -> api.Verdict | None:
    short = parts.key == "RSA" and parts.key_bits < limits.rsa_bits
    if short or parts.hash in WEAK_HASHES or found.verify_code in WEAK_CODES:
        words = f"The certificate of {_place(found)} rests on a key that is too weak today."
        return _faulty(found, api.Status.FAIL, words, remedies.stronger_key(found), api.Severity.MEDIUM)
    return None


def _ending_or_fine(found: Certificate, parts: CertificateParts, machine: api.Machine, limits: Settings) -> api.Verdict:
    left = (parts.ends - machine.now).total_seconds() / 86400
    lifetime = max((parts.ends - parts.begins).total_seconds() / 86400, 1e-6)
    status = _milder(limits.days_left.judge(left), limits.percent_left.judge(100 * left / lifetime))
    measured = (api.Measurement("days_left", round(left, 2), api.Unit.DAYS),)
    if status is not api.Status.OK:
        severity = api.Severity.MEDIUM if status is api.Status.WARN else None
        words = f"The certificate of {_place(found)} runs out on {_day(parts.ends)} ({_days(left)} left)."
        return _faulty(found, status, words, remedies.renew(found), severity, due=parts.ends.date(), measured=measured)
    if found.old or (found.protocol in OLD and found.use is not Use.DELIVERY):
        words = f"Connections to {_place(found)} may still use an old kind of encryption that can be broken."
        return _faulty(found, api.Status.WARN, words, remedies.new_versions(found), api.Severity.MEDIUM, measured=measured)
    words = f"The certificate of {_place(found)} is valid until {_day(parts.ends)}."
    return api.verdict(api.Status.OK, words, *measured, detail=_detail(found))


def _milder(one: api.Status, other: api.Status) -> api.Status:
    return one if api.worst(one, other) is other else other


def _faulty(
    found: Certificate,
    status: api.Status,
    words: str,
    fix: api.Remedy,
    severity: api.Severity | None = None,
    *,
    due: date | None = None,
    measured: tuple[api.Measurement, ...] = (),
) -> api.Verdict:
    return api.verdict(status, words, *measured, detail=_detail(found), fix=fix, severity=severity, due=due)


def _place(found: Certificate) -> str:
    """With its port only where that tells something."""
    where = found.subject if found.use is Use.SERVICE else found.subject.replace(f":{found.port}", "", 1)
    return f"the {found.use} {where}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _days(left: float) -> str:
    return f"{left:.0f} days" if left >= 2 else f"{left * 24:.0f} hours"


def _detail(found: Certificate) -> str:
    seen = [f"{found.address} port {found.port}", found.protocol or "no handshake"]
    if parts := found.parts:
        seen += [
            f"made out to {', '.join(parts.names) or 'nobody'}",
            f"issued by {parts.issuer or 'nobody named'}",
            f"valid {parts.begins:%Y-%m-%d %H:%M} to {parts.ends:%Y-%m-%d %H:%M} UTC",
            f"{parts.key} {parts.key_bits or ''} {parts.hash}".strip(),
            f"{found.sent} certificate(s) sent",
        ]
    if found.old:
        seen.append(f"accepts {found.old}")
    if found.verify_code or not found.parts:
        seen.append(f"OpenSSL: {found.error} ({found.verify_code})")
    return "; ".join(seen)
