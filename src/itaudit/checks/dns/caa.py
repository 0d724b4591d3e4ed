"""Only the companies you chose may issue certificates for your web address.

A certificate proves to visitors that a web site is yours. Hundreds of companies can issue one; an entry beside your web address
tells all the others to refuse, also when a stranger asks for one in your name.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.certificate_authorities import CertificateAuthorities, Property
from itaudit.facts.public_suffixes import organisation_of

WHO = "your IT person, where the entries of your web address are kept"


@api.check(severity=api.Severity.LOW, sources=("RFC 8659 3, 4", "RFC 9495", "CA/Browser Forum Baseline Requirements 3.2.2.8"))
def caa(found: CertificateAuthorities) -> api.Verdict:
    """Is there a list of those who may issue, and can it be read?"""
    name, detail = found.subject, _detail(found)
    flawed = [one for one in found.properties if one.flaw]
    if any(one.blocks for one in flawed):
        words = f"The list of who may issue certificates for {name} has a mistake: the next certificate may be refused."
        fix, severity = _correct(found, flawed), api.Severity.MEDIUM
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=fix, severity=severity)
    if not found.restricts:
        words = f"Every company that issues certificates may issue one for {name}: no list says which you chose."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_publish(found), severity=api.Severity.LOW)
    if flawed:
        words = f"The list of who may issue certificates for {name} works, but a part of it is written wrongly."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_correct(found, flawed), severity=api.Severity.LOW)
    issuers = sorted({one.issuer for one in found.properties if one.issuer})
    words = (
        f"Only {', '.join(issuers)} may issue certificates for {name}."
        if issuers
        else f"Nobody may issue certificates for {name}."
    )
    return api.verdict(api.Status.OK, words, detail=detail)


def _publish(found: CertificateAuthorities) -> api.Remedy:
    place = organisation_of(found.name) or found.name
    return api.Remedy(
        "List the companies that may issue certificates for your web address.",
        steps=(
            f"See who issues the present ones: openssl s_client -connect {found.name}:443 </dev/null | grep issuer",
            f'At the DNS host, publish one line for each, for example: {place}. 3600 IN CAA 0 issue "letsencrypt.org"',
            f'To hear of refused wishes: {place}. 3600 IN CAA 0 iodef "mailto:security@{place}"',
        ),
        undo="Remove the records.",
        verify=f"dig {place} CAA",
        if_you_wait="A stranger needs to deceive only the most careless of hundreds of companies to pass for you.",
        who=WHO,
    )


def _correct(found: CertificateAuthorities, flawed: list[Property]) -> api.Remedy:
    return api.Remedy(
        "Correct the list of companies that may issue certificates.",
        steps=(
            *(f"At the DNS host, correct or remove: {found.found_at}. CAA {one.text}: {one.flaw}" for one in flawed),
            f'A right one: {found.found_at}. 3600 IN CAA 0 issue "letsencrypt.org", with the company that you use',
        ),
        undo="Put the former records back.",
        verify=f"dig {found.found_at} CAA",
        if_you_wait="A certificate that cannot be renewed runs out, and browsers then warn of your site.",
        who=WHO,
    )


def _detail(found: CertificateAuthorities) -> str:
    if not found.properties:
        return f"no CAA record at {found.name} or above it"
    flaws = [f"{one.text}: {one.flaw}" for one in found.properties if one.flaw]
    return "; ".join([f"CAA at {found.found_at}: {', '.join(one.text for one in found.properties)}", *flaws])
