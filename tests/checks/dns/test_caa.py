import pytest

from itaudit import api
from itaudit.checks.dns.caa import caa
from itaudit.facts.certificate_authorities import CertificateAuthorities, property_of

from .conftest import Plain

ISSUE = '0 issue "letsencrypt.org"'


def found(*records: str) -> CertificateAuthorities:
    place = "example.com" if records else ""
    return CertificateAuthorities("shop.example.com", "shop.example.com", place, tuple(map(property_of, records)))


@pytest.mark.parametrize(
    ("given", "status", "severity"),
    [
        (found(ISSUE), api.Status.OK, None),
        (found(ISSUE, '0 iodef "mailto:a@example.com"', '0 issuewild ";"'), api.Status.OK, None),
        (found('0 issue ";"'), api.Status.OK, None),
        (found(), api.Status.WARN, api.Severity.LOW),
        (found('0 iodef "mailto:a@example.com"'), api.Status.WARN, api.Severity.LOW),
        (found(ISSUE, '0 iodef "a@example.com"'), api.Status.WARN, api.Severity.LOW),
        (found(ISSUE, '0 isue "letsencrypt.org"'), api.Status.WARN, api.Severity.LOW),
        (found(ISSUE, '128 isue "letsencrypt.org"'), api.Status.FAIL, api.Severity.MEDIUM),
        (found('0 issue "%%%"'), api.Status.FAIL, api.Severity.MEDIUM),
    ],
)
def test_how_grave_each_state_is(
    judged: Plain, given: CertificateAuthorities, status: api.Status, severity: api.Severity | None
) -> None:
    assert judged(caa(given)) == (status, severity)


def test_who_may_issue_is_said() -> None:
    assert caa(found(ISSUE, '0 issue "pki.goog"', '0 issuewild ";"')).summary.startswith("Only letsencrypt.org, pki.goog may")
    assert caa(found('0 issue ";"')).summary.startswith("Nobody may")


def test_the_record_to_publish_is_for_the_organisation_and_ready_to_copy() -> None:
    remedy = caa(found()).remedy
    assert remedy
    assert any('example.com. 3600 IN CAA 0 issue "letsencrypt.org"' in step for step in remedy.steps)


def test_the_detail_shows_the_records_and_where_they_stand() -> None:
    assert caa(found(ISSUE)).detail == f"CAA at example.com: {ISSUE}"
