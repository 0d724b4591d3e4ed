"""Expected values by hand from RFC 8460 3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.tls_reports import TlsReports, parse, tls_reports
from lab.dns import DnsLab, scripted, silence


def one(dns_lab: DnsLab, live: api.Ask, name: str, resolver_port: int = 0) -> TlsReports | api.Gap:
    (found,) = tls_reports.function(live, dns_lab.targets(name, resolver_port=resolver_port))
    return found


def test_where_reports_go_is_read(dns_lab: DnsLab, live: api.Ask) -> None:
    found = one(dns_lab, live, "stsgood.test")
    assert isinstance(found, TlsReports)
    assert (found.addresses, found.faults) == (("mailto:reports@stsgood.test",), ())


def test_a_name_without_a_record_is_seen_as_that(dns_lab: DnsLab, live: api.Ask) -> None:
    found = one(dns_lab, live, "plainmail.test")
    assert isinstance(found, TlsReports)
    assert (found.records, found.addresses, found.faults) == ((), (), ())


@pytest.mark.parametrize(("name", "fault"), [("rpttwice.test", "2 records"), ("rptwrong.test", "neither mailto: nor https:")])
def test_a_record_that_does_not_work_is_named(dns_lab: DnsLab, live: api.Ask, name: str, fault: str) -> None:
    found = one(dns_lab, live, name)
    assert isinstance(found, TlsReports)
    assert fault in found.faults[0]
    assert not found.addresses


def test_names_without_email_need_none(dns_lab: DnsLab, live: api.Ask) -> None:
    found = one(dns_lab, live, "nullmx.test")
    assert isinstance(found, api.Gap)
    assert isinstance(found.error, api.NotApplicable)


def test_a_silent_resolver_proves_nothing(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(silence) as port:
        found = one(dns_lab, live, "stsgood.test", port)
    assert isinstance(found, api.Gap)
    assert isinstance(found.error, api.TimedOut)


@pytest.mark.parametrize(
    ("records", "addresses", "faults"),
    [
        (["v=TLSRPTv1;rua=mailto:a@example.com"], ("mailto:a@example.com",), 0),
        (["v=TLSRPTv1; rua=mailto:a@example.com , https://r.example.com/v1/in;"], 2, 0),
        (["v=TLSRPTv1; new=1; rua=https://r.example.com"], 1, 0),
        (["v=TLSRPTv1; rua=mailto:a@example.com,ftp://x.example.com"], 1, 1),
        (["v=TLSRPTv1"], 0, 1),
        (["v=TLSRPTv1; rua="], 0, 1),
        (["v=TLSRPTv1; rua=a@example.com"], 0, 1),
        (["v=tlsrptv1; rua=mailto:a@example.com"], 0, 1),
        (["v=TLSRPTv1; rua=mailto:a@example.com", "v=TLSRPTv1; rua=mailto:b@example.com"], 0, 1),
        (["v=TLSRPTv1; rua=mailto:a@example.com", "v=TLSRPTv2; x=1"], 1, 0),
        (["v=TLSRPTv1; broken; rua=mailto:a@example.com"], 0, 1),
    ],
)
def test_a_record_is_judged_by_the_rules(records: list[str], addresses: int | tuple[str, ...], faults: int) -> None:
    found, wrong = parse(records)
    assert (found if isinstance(addresses, tuple) else len(found), len(wrong)) == (addresses, faults)


@given(st.lists(st.text(max_size=200) | st.text(max_size=200).map(lambda rest: "v=TLSRPTv1; rua=" + rest), max_size=3))
def test_whatever_a_record_holds_every_address_kept_is_usable(records: list[str]) -> None:
    addresses, faults = parse(records)
    assert addresses or faults
    assert all(address.lower().startswith(("mailto:", "https://")) for address in addresses)
