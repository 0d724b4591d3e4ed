import dataclasses

import pytest

from itaudit import api
from itaudit.checks.dns.parked import parked
from itaudit.facts.dmarc_policies import DmarcPolicy
from itaudit.facts.dmarc_records import Policy
from itaudit.facts.unused_names import UnusedName

from .conftest import Plain

RECORD = "_dmarc.example.com: v=DMARC1; p=reject"
POLICY = DmarcPolicy("example.com", "example.com", (RECORD,), "example.com", "example.com", Policy.REJECT)
GOOD = UnusedName("example.com", "example.com", ("v=spf1 -all",), True, POLICY)
OPEN = dataclasses.replace(GOOD, senders=(), refuses_senders=False)


def policy(policy: Policy | None, faults: tuple[str, ...] = ()) -> DmarcPolicy:
    return dataclasses.replace(POLICY, policy=policy, faults=faults)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (GOOD, api.Status.OK),
        (OPEN, api.Status.WARN),
        (dataclasses.replace(GOOD, dmarc=policy(Policy.QUARANTINE)), api.Status.WARN),
        (dataclasses.replace(GOOD, dmarc=policy(Policy.REJECT, ("there are several records",))), api.Status.WARN),
        (dataclasses.replace(GOOD, dmarc=policy(Policy.NONE)), api.Status.FAIL),
        (dataclasses.replace(GOOD, dmarc=policy(None)), api.Status.FAIL),
        (dataclasses.replace(OPEN, dmarc=DmarcPolicy("example.com", "example.com")), api.Status.FAIL),
    ],
)
def test_whether_strangers_can_use_a_name_without_email(judged: Plain, found: UnusedName, status: api.Status) -> None:
    assert judged(parked(found)) == (status, api.Severity.MEDIUM if status is api.Status.WARN else None)


@pytest.mark.parametrize(
    ("exchange", "address", "status", "severity"),
    [
        (("0 .",), True, api.Status.OK, None),
        ((), False, api.Status.OK, None),
        ((), True, api.Status.WARN, api.Severity.LOW),
        (("10 mx.example.net.",), False, api.Status.WARN, api.Severity.LOW),
        (("0 .", "10 mx.example.net."), False, api.Status.WARN, api.Severity.LOW),
    ],
)
def test_email_to_a_name_without_email_should_come_back_at_once(
    judged: Plain, exchange: tuple[str, ...], address: bool, status: api.Status, severity: api.Severity | None
) -> None:
    found = dataclasses.replace(GOOD, exchange=exchange, own_address=address)
    assert judged(parked(found)) == (status, severity)
    if status is api.Status.WARN:
        remedy = parked(found).remedy
        assert remedy is not None
        assert any("example.com. 3600 IN MX 0 ." in step for step in remedy.steps)


def test_nobody_is_told_to_forbid_all_email_before_it_is_sure_that_none_is_sent() -> None:
    remedy = parked(OPEN).remedy
    assert remedy is not None
    assert remedy.steps[0].startswith("First make sure that nothing sends or receives email as example.com")
    declared = parked(dataclasses.replace(OPEN, declared=True)).remedy
    assert declared is not None
    assert "First make sure" not in " ".join(declared.steps)
    assert "without_mail" in " ".join(declared.steps)


def test_a_name_that_allows_the_whole_world_is_worse(judged: Plain) -> None:
    assert judged(parked(dataclasses.replace(OPEN, lets_everyone=True))) == (api.Status.FAIL, api.Severity.HIGH)


def test_the_two_entries_can_be_copied_and_the_way_back_is_told() -> None:
    remedy = parked(OPEN).remedy
    assert remedy is not None
    steps = " ".join(remedy.steps)
    assert 'example.com. 3600 IN TXT "v=spf1 -all"' in steps
    assert '_dmarc.example.com. 3600 IN TXT "v=DMARC1; p=reject"' in steps
    assert "3600 IN MX 10 MAIL-SERVER." in steps


def test_the_records_are_shown_as_they_are() -> None:
    assert parked(GOOD).detail == f"v=spf1 -all; {RECORD}; policy in effect: reject; MX none"
    assert parked(dataclasses.replace(OPEN, dmarc=DmarcPolicy("a", "a"))).detail == (
        "no SPF record; no DMARC record; policy in effect: none; MX none"
    )


def test_a_flood_is_shown_in_bounds() -> None:
    flood = ("x" * 60000,) * 100
    assert len(parked(dataclasses.replace(OPEN, senders=flood, dmarc=dataclasses.replace(POLICY, records=flood))).detail) < 5000
