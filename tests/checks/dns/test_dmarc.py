import dataclasses

import pytest

from itaudit import api
from itaudit.checks.dns.dmarc import dmarc, record_for
from itaudit.facts.dmarc_policies import DmarcPolicy
from itaudit.facts.dmarc_policies import judged as judged_records
from itaudit.facts.dmarc_records import parse

from .conftest import Plain

NAME = "example.com"
OK, WARN, FAIL, UNKNOWN = api.Status.OK, api.Status.WARN, api.Status.FAIL, api.Status.UNKNOWN
LOW, MEDIUM = api.Severity.LOW, api.Severity.MEDIUM
RUA = "rua=mailto:a@example.com"
NONE = DmarcPolicy(NAME, NAME, publish_at=NAME)


def of(*texts: str, name: str = NAME, place: str = NAME, own: tuple[str, ...] = (), **changes: object) -> DmarcPolicy:
    """The policy of `name` by the records at `place`; `own`: records of the name itself where that is another."""
    found = {name: [parse(text) for text in own], place: [parse(text) for text in texts]}
    policy = judged_records(name, name, place, found)
    return dataclasses.replace(policy, **changes)  # type: ignore[arg-type]  # the fields have several types


GOOD = of(f"v=DMARC1; p=reject; {RUA}")


@pytest.mark.parametrize(
    ("found", "status", "severity"),
    [
        (GOOD, OK, None),
        (of(f"v=DMARC1; p=quarantine; {RUA}"), OK, None),
        (of(f"v=DMARC1; p=reject; sp=quarantine; {RUA}; fo=1; ri=3600; pct=100; unknown=x"), OK, None),
        (NONE, FAIL, None),
        (of("v=DMARC1; p=rejct"), FAIL, None),
        (of(f"v=DMARC1; p=rejct; {RUA}"), FAIL, None),
        (of("v=DMARC1; p=reject", "v=DMARC1; p=reject"), FAIL, None),
        (of(f"v=DMARC1; p=none; {RUA}"), WARN, MEDIUM),
        (of(f"v=DMARC1; {RUA}"), WARN, MEDIUM),
        (of(f"v=DMARC1; p=quarantine; t=y; {RUA}"), WARN, MEDIUM),
        (of(f"v=DMARC1; p=reject; sp=none; {RUA}"), WARN, MEDIUM),
        (of(f"v=DMARC1; p=reject; np=none; {RUA}"), WARN, MEDIUM),
        (of(f"v=DMARC1; p=reject; {RUA}", name="shop.example.com"), OK, None),
        (of(f"v=DMARC1; p=reject; {RUA}", name="shop.example.com", own=("v=DMARC1; p=x", "v=DMARC1")), WARN, MEDIUM),
        (of(f"v=DMARC1; p=none; {RUA}", name="shop.example.com", own=("v=DMARC1; p=x", "v=DMARC1")), FAIL, None),
        (of(f"v=DMARC1; p=reject; psd=y; {RUA}", place="com"), WARN, LOW),
        (of(f"v=DMARC1; p=reject; t=y; {RUA}"), WARN, LOW),
        (of("v=DMARC1; p=reject"), WARN, LOW),
        (of("v=DMARC1; p=reject; rua=a@example.com"), WARN, LOW),
        (of("v=DMARC1; p=reject; rua=https://example.com/x"), WARN, LOW),
        (of(f"v=DMARC1; p=reject; adkim=strict; {RUA}"), WARN, LOW),
        (of(f"v=DMARC1; p=reject; pct=99; {RUA}"), WARN, LOW),
        (dataclasses.replace(GOOD, strangers=("reports.example",)), WARN, LOW),
        (dataclasses.replace(GOOD, unseen=("reports.example",)), UNKNOWN, None),
        (of(f"v=DMARC1; p=none; {RUA}", unseen=("reports.example",)), WARN, MEDIUM),
    ],
)
def test_what_others_are_told_of_forgeries(
    judged: Plain, found: DmarcPolicy, status: api.Status, severity: api.Severity | None
) -> None:
    assert judged(dmarc(found)) == (status, severity)


def remedy_of(found: DmarcPolicy) -> api.Remedy:
    remedy = dmarc(found).remedy
    assert remedy is not None
    return remedy


def test_a_name_without_a_record_begins_by_watching() -> None:
    steps = remedy_of(NONE).steps
    assert steps[1].endswith('_dmarc.example.com. 3600 IN TXT "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.com"')
    assert steps[-1].endswith('_dmarc.example.com. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.com"')


def test_a_name_that_refuses_already_does_not_go_back_to_watching() -> None:
    assert not any("p=none" in step for step in remedy_of(of(f"v=DMARC1; p=reject; np=none; {RUA}")).steps)


@pytest.mark.parametrize(
    ("found", "record"),
    [
        (
            of("v=DMARC1; p=none; adkim=S; aspf=x; psd=n; t=y; pct=5; sp=none; rua=mailto:a@example.com!10m,b@example.com"),
            "v=DMARC1; p=reject; adkim=S; psd=n; rua=mailto:a@example.com",
        ),
        (
            of("v=DMARC1; p=quarantine; sp=none; fo=1; ruf=mailto:f@example.com"),
            "v=DMARC1; p=quarantine; fo=1; ruf=mailto:f@example.com; rua=mailto:dmarc-reports@example.com",
        ),
        (
            of("v=DMARC1; p=reject; psd=y; rua=mailto:them@com.example", place="com"),
            "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.com",
        ),
    ],
)
def test_what_is_right_in_the_present_record_stays(found: DmarcPolicy, record: str) -> None:
    assert record_for(found) == record
    assert dmarc(of(record)).status is OK


@pytest.mark.parametrize(
    ("found", "place"),
    [
        (of("v=DMARC1; p=none", name="shop.example.com"), "example.com"),
        (of(f"v=DMARC1; p=reject; {RUA}", name="shop.example.com", own=("v=dmarc1",)), "shop.example.com"),
        (of(f"v=DMARC1; p=reject; psd=y; {RUA}", place="com"), "example.com"),
    ],
)
def test_the_record_is_published_where_the_owner_can(found: DmarcPolicy, place: str) -> None:
    assert f"_dmarc.{place}. 3600 IN TXT" in remedy_of(found).steps[-1]


def test_the_record_that_lets_reports_through_can_be_copied() -> None:
    remedy = remedy_of(dataclasses.replace(GOOD, strangers=("reports.example",)))
    assert (
        'At the DNS host of reports.example: example.com._report._dmarc.reports.example. 3600 IN TXT "v=DMARC1"' in remedy.steps
    )
    assert "dig example.com._report._dmarc.reports.example TXT" in remedy.verify


def test_a_record_where_nobody_looks_is_named() -> None:
    misplaced = dataclasses.replace(NONE, misplaced=("_dmarc.example.com.example.com",))
    assert "_dmarc.example.com.example.com" in dmarc(misplaced).detail
    assert any("Remove the TXT record at _dmarc.example.com.example.com" in step for step in remedy_of(misplaced).steps)


def test_the_record_is_shown_with_everything_that_is_wrong_in_it() -> None:
    detail = dmarc(of("v=DMARC1; p=rejct; adkim=x; ura=y")).detail
    assert detail.startswith("_dmarc.example.com: v=DMARC1; p=rejct; adkim=x; ura=y; policy in effect: no policy")
    assert all(words in detail for words in ("p=rejct is no policy", "adkim=x is none of r, s", "ura= is no known tag"))


def test_a_flood_is_shown_in_bounds() -> None:
    addresses = ",".join(f"mailto:a@host{number}.example" for number in range(2000))
    flood = of(*[f"v=DMARC1; p=none; ruf={addresses}; rua={addresses}"])
    several = of(*["v=DMARC1; p=none; n=" + "x" * 60000] * 100)
    for found in (flood, several):
        verdict = dmarc(found)
        assert verdict.remedy is not None
        assert len(verdict.detail) + sum(map(len, verdict.remedy.steps)) < 6000


def test_an_invented_mailbox_for_reports_must_be_made_first_and_a_present_one_need_not() -> None:
    invented, present = dmarc(NONE).remedy, dmarc(of(f"v=DMARC1; p=none; {RUA}")).remedy
    assert invented is not None
    assert invented.steps[0].startswith("Create the mailbox dmarc-reports@example.com")
    assert present is not None
    assert "mailbox" not in " ".join(present.steps)


def test_a_long_record_is_given_in_strings_that_a_zone_can_hold() -> None:
    addresses = ",".join(f"mailto:{letter * 60}@reports.example.com" for letter in "abcd")
    remedy = dmarc(of(f"v=DMARC1; p=none; rua={addresses}")).remedy
    assert remedy is not None
    texts = [text for step in remedy.steps if " IN TXT " in step for text in step.partition(" IN TXT ")[2].split('"')[1::2]]
    assert len(texts) == 4  # two records of two strings
    assert all(len(text) <= 255 for text in texts)
    assert texts[2] + texts[3] == f"v=DMARC1; p=reject; rua={addresses}"
