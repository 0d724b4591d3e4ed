import dataclasses

import pytest

from itaudit import api
from itaudit.checks.dns.spf import Settings, record_for, spf
from itaudit.facts.sender_policies import SenderPolicy, sender_policies
from itaudit.facts.spf_terms import SpfFault
from lab.dns import DnsLab

from .conftest import Plain

GOOD = SenderPolicy("example.com", "example.com", ("v=spf1 mx -all",), lookups=1, ending="-")


FAULT = SpfFault("b.example", 8, "ipv4:192.0.2.1", "there is no such mechanism")


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
        (but(void_lookups=3), api.Status.WARN, api.Severity.MEDIUM),
        (but(records=()), api.Status.FAIL, None),
        (but(records=(), uses_mail=False), api.Status.SKIPPED, None),
        (but(records=("v=spf1 a", "v=spf1 mx")), api.Status.FAIL, None),
        (but(ending="+", lets_everyone=True), api.Status.FAIL, None),
        (but(ending="-", lets_everyone=True), api.Status.FAIL, None),
        (but(ending="?"), api.Status.WARN, api.Severity.MEDIUM),
        (but(ending=""), api.Status.WARN, api.Severity.MEDIUM),
        (but(ending="%"), api.Status.OK, None),
        (but(faults=(FAULT,)), api.Status.FAIL, None),
        (but(faults=(FAULT,), lookups=11), api.Status.FAIL, None),
        (but(records=(), almost=("v=spf1; mx",)), api.Status.FAIL, None),
        (but(misread=("ip4=192.0.2.1",)), api.Status.WARN, api.Severity.LOW),
        (but(response_bytes=512), api.Status.OK, None),
        (but(response_bytes=513), api.Status.WARN, api.Severity.LOW),
        (but(uses_ptr=True), api.Status.WARN, api.Severity.LOW),
        (but(behind=("include:b.example",)), api.Status.WARN, api.Severity.LOW),
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
        (but(mail_hosts=("mx1.example.com",)), "v=spf1 mx ~all"),
        (but(mail_hosts=("example-com.mail.protection.outlook.com",)), "v=spf1 include:spf.protection.outlook.com ~all"),
        (but(mail_hosts=("aspmx.l.google.com", "alt1.aspmx.l.google.com")), "v=spf1 include:_spf.google.com ~all"),
        (but(mail_hosts=("in1-smtp.messagingengine.com",)), "v=spf1 include:spf.messagingengine.com ~all"),
        (but(mail_hosts=("mail.protonmail.ch",)), "v=spf1 include:_spf.protonmail.ch ~all"),
        (but(mail_hosts=("mx.notgoogle.com",)), "v=spf1 mx ~all"),
    ],
)
def test_the_record_to_publish_fits_the_mail_provider(policy: SenderPolicy, record: str) -> None:
    assert record_for(policy) == record


def test_the_detail_shows_the_record_the_place_of_each_fault_and_the_tree() -> None:
    policy = but(faults=(FAULT,), lookups=2, tree="example.com 2 (mx 1, include:b.example 1)", notes=("a note",))
    assert spf(policy, Settings()).detail == (
        "v=spf1 mx -all; b.example: character 8, 'ipv4:192.0.2.1': there is no such mechanism; 2 look-ups, 0 void, ending -; "
        "look-ups by term: example.com 2 (mx 1, include:b.example 1); a note"
    )


def test_the_remedy_says_who_can_mend_what_and_holds_the_record_to_copy() -> None:
    policy = but(records=("v=spf1 include:b.example ipv4:192.0.2.1",), faults=(FAULT,), repaired="v=spf1 include:b.example ~all")
    remedy = spf(policy, Settings()).remedy
    assert remedy
    steps = " ".join(remedy.steps)
    assert 'At the DNS host of example.com, the TXT record(s) now: "v=spf1 include:b.example ipv4:192.0.2.1"' in steps
    assert "Whoever runs b.example must correct: b.example: character 8" in steps
    assert 'example.com. 3600 IN TXT "v=spf1 include:b.example ~all"' in steps


def test_a_record_with_a_mistake_is_not_said_to_allow_the_world() -> None:
    assert "mistake" in spf(but(faults=(FAULT,), ending="+"), Settings()).summary


def test_a_record_with_a_wrong_beginning_is_given_back_mended() -> None:
    policy = but(records=(), almost=("v=spf1; include:b.example",), repaired="v=spf1 include:b.example ~all")
    remedy = spf(policy, Settings()).remedy
    assert remedy
    assert 'a start: example.com. 3600 IN TXT "v=spf1 include:b.example ~all"' in " ".join(remedy.steps)


def test_a_record_without_a_better_one_is_not_replaced_by_nothing() -> None:
    remedy = spf(but(records=("v=spf1 redirect=a.example", "v=spf1 redirect=b.example")), Settings()).remedy
    assert remedy
    assert not [step for step in remedy.steps if "IN TXT" in step]


@pytest.mark.parametrize("records", [("v=spf1 a", "v=spf1 mx"), ()])
def test_a_record_too_long_to_copy_is_not_shown(records: tuple[str, ...]) -> None:
    remedy = spf(but(records=records, repaired="v=spf1 " + "mx " * 5000), Settings()).remedy
    assert remedy
    assert len("".join(remedy.steps)) < 2000


def test_records_of_any_size_leave_a_detail_of_bounded_size() -> None:
    record = "v=spf1 " + "ip4:x " * 10000
    faults = tuple(dataclasses.replace(FAULT, term="x" * 60000, position=place) for place in range(50))
    verdict = spf(but(records=(record,), faults=faults, tree="x" * 90000, lookups=3, misread=("x" * 70000,)), Settings())
    assert len(verdict.detail) < 5000


@pytest.mark.parametrize(
    ("name", "status", "severity"),
    [
        ("good.test", api.Status.OK, None),
        ("list-forms.test", api.Status.OK, None),
        ("list-alias.test", api.Status.OK, None),
        ("list-ten.test", api.Status.WARN, api.Severity.LOW),
        ("list-nine.test", api.Status.WARN, api.Severity.LOW),
        ("eleven.test", api.Status.FAIL, None),
        ("list-ipv6-address.test", api.Status.FAIL, None),
        ("list-colon.test", api.Status.FAIL, None),
        ("list-dash.test", api.Status.FAIL, None),
        ("list-twice.test", api.Status.FAIL, None),
        ("list-deep.test", api.Status.FAIL, None),
        ("list-two-included.test", api.Status.FAIL, None),
        ("list-circle.test", api.Status.FAIL, None),
        ("list-many-servers.test", api.Status.FAIL, None),
        ("list-exists.test", api.Status.FAIL, None),
        ("list-halves.test", api.Status.FAIL, None),
        ("list-included-all.test", api.Status.FAIL, None),
        ("list-almost.test", api.Status.FAIL, None),
        ("list-open-end.test", api.Status.WARN, api.Severity.MEDIUM),
        ("list-void-six.test", api.Status.WARN, api.Severity.MEDIUM),
        ("void.test", api.Status.WARN, api.Severity.MEDIUM),
        ("list-ptr.test", api.Status.WARN, api.Severity.LOW),
        ("list-misread.test", api.Status.WARN, api.Severity.LOW),
        ("list-large.test", api.Status.WARN, api.Severity.LOW),
    ],
)
def test_the_zones_of_the_laboratory(
    judged: Plain, dns_lab: DnsLab, live: api.Ask, name: str, status: api.Status, severity: api.Severity | None
) -> None:
    (policy,) = sender_policies.function(live, dns_lab.targets(name))
    assert isinstance(policy, SenderPolicy), policy
    assert judged(spf(policy, Settings())) == (status, severity)
