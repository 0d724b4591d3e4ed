import dataclasses

import pytest

from itaudit import api
from itaudit.checks.dns.dmarc import dmarc
from itaudit.facts.dmarc_policies import DmarcPolicy, Policy

from .conftest import Plain

TEXT = "v=DMARC1; p=reject; rua=mailto:a@example.com"
GOOD = DmarcPolicy("example.com", "example.com", (TEXT,), "example.com", Policy.REJECT, reports_to=("example.com",))
NONE = DmarcPolicy("example.com", "example.com")


def but(**changes: object) -> DmarcPolicy:
    return dataclasses.replace(GOOD, **changes)  # type: ignore[arg-type]  # the fields have several types


@pytest.mark.parametrize(
    ("facts", "status", "severity"),
    [
        (GOOD, api.Status.OK, None),
        (but(policy=Policy.QUARANTINE), api.Status.OK, None),
        (but(policy=Policy.NONE), api.Status.WARN, None),
        (but(policy=Policy.NONE, testing=True), api.Status.WARN, None),
        (but(policy=None, faults=("p=rejct is no policy",)), api.Status.FAIL, None),
        (but(policy=Policy.NONE, faults=("p=rejct is no policy",)), api.Status.FAIL, None),
        (NONE, api.Status.FAIL, None),
        (dataclasses.replace(NONE, uses_mail=False), api.Status.FAIL, api.Severity.MEDIUM),
        (but(reports_to=()), api.Status.WARN, api.Severity.LOW),
        (but(reports_to=(), uses_mail=False), api.Status.OK, None),
        (but(strangers=("reports.example",)), api.Status.WARN, api.Severity.LOW),
    ],
)
def test_what_others_are_told_of_forgeries(
    judged: Plain, facts: DmarcPolicy, status: api.Status, severity: api.Severity | None
) -> None:
    assert judged(dmarc(facts)) == (status, severity)


def test_a_name_with_mail_begins_by_watching() -> None:
    remedy = dmarc(NONE).remedy
    assert remedy is not None
    assert remedy.steps[0] == (
        'First publish: _dmarc.example.com. 3600 IN TXT "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.com"'
    )


def test_a_name_without_mail_refuses_at_once() -> None:
    remedy = dmarc(dataclasses.replace(NONE, uses_mail=False)).remedy
    assert remedy is not None
    assert remedy.steps == ('Publish exactly one record: _dmarc.example.com. 3600 IN TXT "v=DMARC1; p=reject"',)


def test_the_record_that_lets_reports_through_can_be_copied() -> None:
    remedy = dmarc(but(strangers=("reports.example",))).remedy
    assert remedy is not None
    assert 'At reports.example: example.com._report._dmarc.reports.example. 3600 IN TXT "v=DMARC1"' in remedy.steps
