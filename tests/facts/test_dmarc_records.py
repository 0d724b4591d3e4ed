"""Expectations follow RFC 9989 4.7, 4.8 and 4.10.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.dmarc_records import Policy, means_to_be_dmarc, parse


@pytest.mark.parametrize(
    ("text", "counts", "faults"),
    [
        ("v=DMARC1; p=reject", True, 0),
        ("v=DMARC1;p=Quarantine;", True, 0),
        ("V\t= DMARC1 ; P = none ", True, 0),
        ("v=DMARC1; sp=none; rua=mailto:a@example.com; p=reject", True, 0),
        ("v=DMARC1", True, 1),
        ("v=DMARC1; rua=mailto:a@example.com", True, 0),
        ("v=DMARC1; rua=a@example.com", True, 1),
        ("v=DMARC1; p=", True, 1),
        ("v=DMARC1; p=rejct", True, 1),
        ("v=DMARC1; p=reject; sp=never; np=always", True, 2),
        ("v=DMARC1; p=reject; p=reject", True, 1),
        ("v=DMARC1; p=reject rua=mailto:a@example.com", True, 1),
        ("v=DMARC1, p=reject", False, 2),
        ("v=DMARC1 p=reject", False, 2),
        ("v=dmarc1; p=reject", False, 1),
        ("p=reject; v=DMARC1", False, 1),
        (" v=DMARC1; p=reject", True, 0),
        ('"v=DMARC1; p=reject"', False, 2),
        ("v=DMARC12; p=reject", False, 1),
    ],
)
def test_what_makes_a_record_valid(text: str, counts: bool, faults: int) -> None:
    record = parse(text)
    assert (record.counts, len(record.faults)) == (counts, faults), record


@pytest.mark.parametrize(
    ("tags", "slips", "remarks"),
    [
        ("pct=100; ri=86400; rf=afrf; fo=0:1:d:s; adkim=s; aspf=R; psd=u; t=n", 0, 0),
        ("adkim=strict; aspf=relaxed; t=yes; psd=1", 4, 0),
        ("ura=mailto:a@example.com", 0, 1),
        ("reject", 0, 1),
        ("rua=a@example.com", 1, 0),
        ("rua=mailto:a@example.com,b@example.com", 1, 0),
        ("rua=mailto:a@example.com b@example.com", 1, 0),
        ("rua=mailto:a@localhost,mailto:@example.com,mailto:a@b@example.com", 3, 0),
        ("rua=", 1, 0),
        ("ruf=a@example.com", 0, 1),
        ("rua=mailto:a@example.com!10m , mailto:b+c@sub.example.com?subject=x,https://example.com/x", 0, 0),
    ],
)
def test_what_receivers_ignore_is_named_by_whether_it_matters(tags: str, slips: int, remarks: int) -> None:
    record = parse(f"v=DMARC1; p=reject; {tags}")
    assert (record.faults, len(record.slips), len(record.remarks)) == ((), slips, remarks), record


def test_what_weakens_a_valid_record_is_named() -> None:
    assert parse(" v=DMARC1; p=reject").slips == ("it begins with a space, which some receivers refuse",)
    assert parse("v=DMARC1; rua=mailto:a@example.com").slips == ("the policy (p=) is missing, so it counts as none",)


def test_addresses_and_hosts_of_reports_are_read_without_obsolete_sizes() -> None:
    record = parse(
        "v=DMARC1; p=none; rua=mailto:a@One.example!10m, mailto:b@two.example.?subject=x,https://x.example/,mailto:c@one.example"
    )
    assert record.report_addresses == ("mailto:a@One.example", "mailto:b@two.example.?subject=x", "mailto:c@one.example")
    assert record.report_hosts == ("one.example", "two.example")


@pytest.mark.parametrize(
    ("tags", "asks"),
    [("", False), ("rua=a@example.com", False), ("rua=https://example.com/x", True), ("rua=x,mailto:a@example.com", True)],
)
def test_one_valid_address_is_enough_to_ask_for_reports(tags: str, asks: bool) -> None:
    assert parse(f"v=DMARC1; p=none; {tags}").asks_for_reports is asks


@pytest.mark.parametrize(
    ("value", "percent"), [("20", 20), ("0", 0), ("100", 100), ("200", 100), ("", 100), ("x", 100), ("²", 100)]
)
def test_the_share_that_old_receivers_treat(value: str, percent: int) -> None:
    assert parse(f"v=DMARC1; p=reject; pct={value}").share_percent == percent


def test_the_policy_is_that_of_the_first_tag_that_is_there() -> None:
    record = parse("v=DMARC1; p=Reject; sp=none")
    assert record.policy("np", "sp", "p") is Policy.NONE
    assert record.policy("np", "p") is Policy.REJECT
    assert record.policy("np") is None


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("v=DMARC1; p=none", True),
        ("v=DMARC1p=none", True),
        (' "v = dmarc; p=none"', True),
        ("v=spf1 -all", False),
        ("google-site-verification=v=DMARC1", False),
    ],
)
def test_a_text_that_was_meant_to_be_a_record_is_told_from_others(text: str, means: bool) -> None:
    assert means_to_be_dmarc(text) is means


PIECES = st.sampled_from(
    ["v=DMARC1", "p=", "sp=", "rua=", "mailto:", "a@b.example", ";", ",", "!10m", "reject", " ", "=", "t=y", "\x00"]
)


@given(st.text(max_size=200) | st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_read_without_a_crash(text: str) -> None:
    record = parse(text)
    assert not record.counts or text.lstrip(" \t")[0] in "vV"
    assert all(len(words) < 200 for words in (*record.faults, *record.slips, *record.remarks))
    assert len(record.report_hosts) <= len(record.report_addresses)
    assert record.asks_for_reports >= bool(record.report_addresses)
    assert 0 <= record.share_percent <= 100


def test_a_huge_text_is_read_in_bounds() -> None:
    record = parse("v=DMARC1; p=x; rua=" + ",".join(["mailto:" + "a" * 50] * 1000) + ";x" * 1000)
    assert max(len(record.faults), len(record.slips), len(record.remarks)) == 10
