"""What was most likely meant, as a person would mend it."""

from typing import Any

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.spf_records import is_spf, parse
from itaudit.facts.spf_repairs import is_almost_spf, meant, merged, quoted, repaired, repaired_term, response_bytes, with_address


@pytest.mark.parametrize(
    ("term", "meant"),
    [
        ("ipv4:192.0.2.1", "ip4:192.0.2.1"),
        ("ip:192.0.2.1", "ip4:192.0.2.1"),
        ("ip4:2001:db8::1", "ip6:2001:db8::1"),
        ("-ip6:192.0.2.0/24", "-ip4:192.0.2.0/24"),
        ("a:192.0.2.1", "ip4:192.0.2.1"),
        ("192.0.2.1", "ip4:192.0.2.1"),
        ("2001:db8::1", "ip6:2001:db8::1"),
        ("ip4=192.0.2.1", "ip4:192.0.2.1"),
        ("include=a.example", "include:a.example"),
        ("Includes:a.example", "include:a.example"),
        ("redirect:a.example", "redirect=a.example"),
        ("\u2013all", "-all"),
        ("--all", "-all"),
        ("-all.", "-all"),
        ("~all;", "~all"),
        ("all:example.com", "all"),
        ("mx:", "mx"),
        ("\u201cinclude:a.example\u201d", "include:a.example"),
        ("include:", ""),
        ("ip4:192.0.2", ""),
        ("something", ""),
        ("", ""),
    ],
)
def test_a_slip_becomes_what_was_meant(term: str, meant: str) -> None:
    assert repaired_term(term) == meant


@pytest.mark.parametrize(
    ("record", "better"),
    [
        ("v=spf1 mx -all", "v=spf1 mx -all"),
        ("v=spf1 ipv4:192.0.2.1 mx -all", "v=spf1 ip4:192.0.2.1 mx -all"),
        ("v=spf1 mx include: ~all", "v=spf1 mx ~all"),
        ("v=spf1 mx", "v=spf1 mx ~all"),
        ("v=spf1 mx +all", "v=spf1 mx ~all"),
        ("v=spf1 mx all", "v=spf1 mx ~all"),
        ("v=spf1 ?ALL", "v=spf1 ~all"),
        ("v=spf1 redirect=a.example", "v=spf1 redirect=a.example"),
        ("v=spf1 redirect=a.example redirect=a.example", "v=spf1 redirect=a.example"),
        ("v=spf1 ip4=192.0.2.1 -all", "v=spf1 ip4:192.0.2.1 -all"),
        ("v=spf1 redirect=a.example redirect=b.example", "v=spf1 redirect=a.example"),
        ("v=spf1 include:a.exampleip4:192.0.2.1 -all", "v=spf1 include:a.example ip4:192.0.2.1 -all"),
        ("v=spf1 ip4:192.0.2.1~include:a.example -all", "v=spf1 ip4:192.0.2.1 ~include:a.example -all"),
        ("v=spf1 ip4:192.0.2.1-all", "v=spf1 ip4:192.0.2.1 -all"),
        ("v=spf1 include:a.example\t-all", "v=spf1 include:a.example -all"),
        ("v=spf1 include:a.example\u00a0-all", "v=spf1 include:a.example -all"),
        ("v=spf1 ip4:192.0.2.1,192.0.2.2;mx -all", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 mx -all"),
        ("v=spf1 include: a.example -all", "v=spf1 include:a.example -all"),
        ("v=spf1 include: mx - all", "v=spf1 mx ~all"),
        ("v=spf1 mx ip4: 192.0.2.1 - all", "v=spf1 mx ip4:192.0.2.1 -all"),
        ("v=spf1 include:https://a.example/ -all", "v=spf1 include:a.example -all"),
        ("v=spf1 mx -all include:a.example", "v=spf1 mx include:a.example -all"),
        ("v=spf1 mx -all v=spf1 a ~all", "v=spf1 mx a -all"),
        ("v=spf1 mx -all exp=why.example", "v=spf1 mx -all exp=why.example"),
        ("v=spf1 mx something -all", "v=spf1 mx ~all"),
    ],
)
def test_a_record_is_mended(record: str, better: str) -> None:
    assert repaired(parse(record)) == better


@pytest.mark.parametrize(
    ("record", "useless", "better"),
    [
        ("v=spf1 mx include:gone.example -all", "include:gone.example", "v=spf1 mx ~all"),
        ("v=spf1 include:a.exampleinclude:b.example -all", "include:a.exampleinclude:b.example", None),
        ("v=spf1 include:a.example include:b.example-all", "include:b.example-all", None),
    ],
)
def test_a_term_that_leads_nowhere_is_parted_or_left_out_and_then_nobody_is_refused(
    record: str, useless: str, better: str | None
) -> None:
    assert repaired(parse(record), [useless]) == (better or "v=spf1 include:a.example include:b.example -all")


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("v=spf1; include:a.example; -all", "v=spf1 include:a.example -all"),
        ('"v=spf1 mx -all"', "v=spf1 mx -all"),
        ("v=spf1\tmx -all", "v=spf1 mx -all"),
        ("v = spf1 mx -all", "v=spf1 mx -all"),
        ("spf1: mx", "v=spf1 mx ~all"),
        ("v=spf2 mx", "v=spf1 mx ~all"),
        ("v=spf1include:a.example -all", "v=spf1 include:a.example -all"),
        ("v=spf1-all", "v=spf1 -all"),
    ],
)
def test_a_text_with_a_wrong_beginning_is_mended(text: str, better: str) -> None:
    assert meant(text) == better


@pytest.mark.parametrize(
    ("records", "better"),
    [
        (["v=spf1 mx -all", "v=spf1 a mx -all"], "v=spf1 mx a -all"),
        (["v=spf1 mx -all", "v=spf1 include:a.example ~all"], "v=spf1 mx include:a.example ~all"),
        (["v=spf1 mx -all", "v=spf1 redirect=a.example"], ""),
    ],
)
def test_several_records_become_one(records: list[str], better: str) -> None:
    assert merged(records) == better


@pytest.mark.parametrize(
    ("record", "address", "first", "better"),
    [
        ("v=spf1 mx -all", "192.0.2.1", False, "v=spf1 mx ip4:192.0.2.1 -all"),
        ("v=spf1 mx ~ALL", "2001:db8::1", False, "v=spf1 mx ip6:2001:db8::1 ~ALL"),
        ("v=spf1 redirect=a.example", "192.0.2.1", False, "v=spf1 ip4:192.0.2.1 redirect=a.example"),
        ("v=spf1 mx", "192.0.2.1", False, "v=spf1 mx ip4:192.0.2.1"),
        ("v=spf1 -mx -all", "192.0.2.1", True, "v=spf1 ip4:192.0.2.1 -mx -all"),
    ],
)
def test_an_address_is_put_where_it_counts(record: str, address: str, first: bool, better: str) -> None:
    assert with_address(parse(record), address, first=first) == better


@pytest.mark.parametrize(
    ("text", "almost"),
    [
        ("v=spf1; mx -all", True),
        ("v = spf1 mx -all", True),
        (" v=spf1 -all", True),
        ('"v=spf1 mx -all"', True),
        ("spf1: mx", True),
        ("v=spf2 mx", True),
        ("spf2.0/pra mx -all", False),
        ("google-site-verification=spf1", False),
        ("hello", False),
    ],
)
def test_texts_that_were_meant_as_a_record_are_recognised(text: str, almost: bool) -> None:
    assert not is_spf(text)
    assert is_almost_spf(text) is almost


@given(st.text(max_size=900))
def test_the_text_for_the_zone_is_read_back_as_it_was(record: str) -> None:
    data: Any = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, quoted(record))
    assert b"".join(data.strings).decode() == record.encode(errors="replace").decode()
    assert all(len(string) <= 255 for string in data.strings)


@pytest.mark.parametrize(
    # 12 header, name + 2 and 4 question, then 12 and the strings with one length byte each for every record (RFC 1035 4.1)
    ("texts", "size"),
    [
        (["v=spf1 -all"], 12 + 11 + 4 + 12 + 12),
        (["x" * 300], 27 + 12 + 302),
        (["v=spf1 -all", "other"], 27 + 24 + 18),
        ([""], 27 + 13),
    ],
)
def test_the_size_of_a_response_is_the_one_on_the_wire(texts: list[str], size: int) -> None:
    assert response_bytes("a.example", texts) == size


@given(st.text(max_size=120))
def test_whatever_is_mended_holds_no_fault_any_more(text: str) -> None:
    better = parse(repaired(parse("v=spf1 " + text)))
    assert better.faults == ()
    assert better.all_qualifier in ("-", "~") or better.redirect


@given(st.text(max_size=60))
def test_a_mended_term_is_always_sound(term: str) -> None:
    assert parse(f"v=spf1 {repaired_term(term)}").faults == ()
