import pytest

from itaudit import api
from itaudit.checks.dns.tls_reports import tls_reports
from itaudit.facts.tls_reports import TlsReports

from .conftest import Plain

RECORD = ("v=TLSRPTv1; rua=mailto:a@example.com",)
GOOD = TlsReports("example.com", "example.com", RECORD, ("mailto:a@example.com",))
ABSENT = TlsReports("example.com", "example.com")


@pytest.mark.parametrize(
    ("facts", "status", "severity"),
    [
        (GOOD, api.Status.OK, None),
        (ABSENT, api.Status.WARN, None),
        (TlsReports("example.com", "example.com", RECORD, (), ("rua= is missing",)), api.Status.WARN, api.Severity.LOW),
        (TlsReports("example.com", "example.com", RECORD, GOOD.addresses, ("'x'",)), api.Status.WARN, api.Severity.LOW),
    ],
)
def test_whether_reports_arrive(judged: Plain, facts: TlsReports, status: api.Status, severity: api.Severity | None) -> None:
    assert judged(tls_reports(facts)) == (status, severity)


def test_the_record_can_be_copied() -> None:
    remedy = tls_reports(ABSENT).remedy
    assert remedy is not None
    record = '_smtp._tls.example.com. 3600 IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@example.com"'
    assert f"Publish exactly one record: {record}" in remedy.steps
    assert remedy.steps[0].startswith("Create the mailbox tls-reports@example.com")
    given = tls_reports(TlsReports("example.com", "example.com", RECORD, GOOD.addresses, ("'x'",))).remedy
    assert given is not None
    assert "mailbox" not in " ".join(given.steps)
    assert tls_reports.severity is api.Severity.INFO


def test_a_flood_is_shown_in_bounds() -> None:
    flood = ("v=TLSRPTv1; " + "x" * 60_000,) * 100
    assert len(tls_reports(TlsReports("example.com", "example.com", flood)).detail) < 2000
