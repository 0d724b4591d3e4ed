"""Expectations follow RFC 9989: 4.7 and 4.8 (records), 4.10 (tree walk), 5.3 (what a faulty policy means)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.dmarc_policies import DmarcRecord, Policy, deciding_place, judged, parse, walk_of


@pytest.mark.parametrize(
    ("text", "policy", "faults"),
    [
        ("v=DMARC1; p=reject", Policy.REJECT, 0),
        ("v=DMARC1;p=Quarantine;", Policy.QUARANTINE, 0),
        ("v = DMARC1 ; p = none", Policy.NONE, 0),
        ("v=DMARC1; p=rejct", None, 1),
        ("v=DMARC1; p=rejct; rua=mailto:a@example.com", Policy.NONE, 1),
        ("v=DMARC1", None, 1),
        ("v=DMARC1; p=reject; sp=never; rua=mailto:a@example.com", Policy.NONE, 1),
        ("v=DMARC1; p=reject; t=y", Policy.QUARANTINE, 0),
        ("v=DMARC1; p=quarantine; t=y", Policy.NONE, 0),
        ("v=dmarc1; p=reject", None, 1),
        ("v=DMARC1 p=reject", None, 2),
    ],
)
def test_what_receivers_make_of_a_record(text: str, policy: Policy | None, faults: int) -> None:
    found = judged("example.com", "example.com", "example.com", [parse(text)])
    assert (found.policy, len(found.faults)) == (policy, faults)


def test_several_records_count_as_none() -> None:
    found = judged("example.com", "example.com", "example.com", [parse("v=DMARC1; p=reject"), parse("v=DMARC1; p=none")])
    assert found.policy is None
    assert found.faults


def test_a_text_that_receivers_do_not_know_does_not_spoil_the_good_record() -> None:
    found = judged("example.com", "example.com", "example.com", [parse("v=DMARC1; p=reject"), parse("v=dmarc1; p=none")])
    assert found.policy is Policy.REJECT


def test_a_name_below_takes_the_policy_for_names_below() -> None:
    record = parse("v=DMARC1; p=reject; sp=none")
    assert judged("shop.example.com", "shop.example.com", "example.com", [record]).policy is Policy.NONE
    assert judged("shop.example.com", "shop.example.com", "example.com", [parse("v=DMARC1; p=reject")]).policy is Policy.REJECT


def test_hosts_of_report_addresses_are_read() -> None:
    assert parse("v=DMARC1; p=none; rua=mailto:a@One.example!10m, mailto:b@two.example,https://x").report_hosts == (
        "one.example",
        "two.example",
    )


def test_the_walk_goes_up_to_the_top() -> None:
    assert walk_of("a.mail.example.com") == ["a.mail.example.com", "mail.example.com", "example.com", "com"]


def test_a_long_name_continues_with_its_last_seven_labels() -> None:
    assert walk_of("a.b.c.d.e.f.g.h.i.j.example.com") == [
        "a.b.c.d.e.f.g.h.i.j.example.com",
        "f.g.h.i.j.example.com",
        "g.h.i.j.example.com",
        "h.i.j.example.com",
        "i.j.example.com",
        "j.example.com",
        "example.com",
        "com",
    ]


def found(**records: str) -> dict[str, list[DmarcRecord]]:
    """The walk for shop.a.b.com with records at some of shop, a, b and com."""
    places = {"shop": "shop.a.b.com", "a": "a.b.com", "b": "b.com", "com": "com"}
    return {place: [parse(records[key])] if key in records else [] for key, place in places.items()}


@pytest.mark.parametrize(
    ("records", "place"),
    [
        ({}, ""),
        ({"shop": "v=DMARC1; p=none", "b": "v=DMARC1; p=reject"}, "shop.a.b.com"),
        ({"b": "v=DMARC1; p=reject"}, "b.com"),
        ({"a": "v=DMARC1; p=none", "b": "v=DMARC1; p=reject"}, "b.com"),
        ({"a": "v=DMARC1; p=none; psd=n", "b": "v=DMARC1; p=reject"}, "a.b.com"),
        ({"a": "v=DMARC1; p=none", "b": "v=DMARC1; p=reject; psd=y"}, "a.b.com"),
        ({"b": "v=DMARC1; p=reject; psd=y"}, "b.com"),
    ],
)
def test_where_the_deciding_record_is(records: dict[str, str], place: str) -> None:
    assert deciding_place("shop.a.b.com", found(**records)) == place


@given(st.text(max_size=200), st.booleans())
def test_any_text_is_judged_without_a_crash(text: str, versioned: bool) -> None:
    record = parse(("v=DMARC1;" if versioned else "") + text)
    policy = judged("a.example", "a.example", "a.example", [record]).policy
    assert policy is None or record.counts
