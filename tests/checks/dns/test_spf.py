import dataclasses

import pytest

from itaudit import api
from itaudit.checks.dns.spf import Settings, record_for, spf
from itaudit.facts.sender_policies import SenderPolicy

from .conftest import Plain

GOOD = SenderPolicy("example.com", "example.com", ("v=spf1 mx -all",), lookups=1, ending="-")


def but(**changes: object) -> SenderPolicy:
    return dataclasses.replace(GOOD, **changes)  # type: ignore[arg-type]  # the fields have several types


@pytest.mark.parametrize(
    ("policy", "status", "severity"),
    [
        (GOOD, api.Status.OK, None),
        (but(ending="~"), api.Status.OK, None),
        (but(lookups=8), api.Status.OK, None),
        (but(lookups=9), api.Status.WARN, api.Severity.LOW),
        (but(lookups=10), api.Status.WARN, api.Severity.LOW),
        (but(lookups=11), api.Status.FAIL, None),
        (but(void_lookups=2), api.Status.OK, None),
        (but(void_lookups=3), api.Status.WARN, None),
        (but(records=()), api.Status.FAIL, None),
        (but(records=(), uses_mail=False), api.Status.WARN, api.Severity.MEDIUM),
        (but(records=("v=spf1 a", "v=spf1 mx")), api.Status.FAIL, None),
        (but(ending="+", lets_everyone=True), api.Status.FAIL, None),
        (but(ending="-", lets_everyone=True), api.Status.FAIL, None),
        (but(ending="?"), api.Status.WARN, None),
        (but(ending=""), api.Status.WARN, None),
        (but(faults=("example.com: 'x' is not a known mechanism",)), api.Status.FAIL, None),
        (but(uses_ptr=True), api.Status.WARN, api.Severity.LOW),
    ],
)
def test_the_list_of_senders(judged: Plain, policy: SenderPolicy, status: api.Status, severity: api.Severity | None) -> None:
    assert judged(spf(policy, Settings())) == (status, severity)


def test_the_number_of_look_ups_is_measured() -> None:
    assert spf(but(lookups=11), Settings()).measurements == (api.Measurement("lookups", 11, api.Unit.COUNT),)


def test_other_limits_are_obeyed(judged: Plain) -> None:
    strict = Settings(lookups=api.AtMost(warn=0, fail=0))
    assert judged(spf(GOOD, strict)) == (api.Status.FAIL, None)


@pytest.mark.parametrize(
    ("policy", "record"),
    [
        (but(uses_mail=False), "v=spf1 -all"),
        (but(mail_hosts=("mx1.example.com",)), "v=spf1 mx -all"),
        (but(mail_hosts=("example-com.mail.protection.outlook.com",)), "v=spf1 include:spf.protection.outlook.com -all"),
        (but(mail_hosts=("aspmx.l.google.com", "alt1.aspmx.l.google.com")), "v=spf1 include:_spf.google.com -all"),
        (but(mail_hosts=("mx.notgoogle.com",)), "v=spf1 mx -all"),
    ],
)
def test_the_record_to_publish_fits_the_mail_provider(policy: SenderPolicy, record: str) -> None:
    assert record_for(policy) == record
