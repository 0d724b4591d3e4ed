import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.certificate_authorities import CertificateAuthorities, certificate_authorities, property_of
from lab.dns import DnsLab


def authorities(dns_lab: DnsLab, live: api.Ask, name: str) -> CertificateAuthorities | Gap:
    (found,) = certificate_authorities.function(live, dns_lab.targets(name))
    return found


@pytest.mark.parametrize(
    ("name", "found_at", "issuers"),
    [
        ("caahosts.test", "caahosts.test", ["letsencrypt.org"]),
        ("shop.caahosts.test", "caahosts.test", ["letsencrypt.org"]),
        ("blog.caahosts.test", "blog.caahosts.test", [""]),
        ("caanobody.test", "caanobody.test", [""]),
        ("bare.test", "", []),
        ("caamailonly.test", "", []),
    ],
)
def test_the_list_is_looked_for_upwards(dns_lab: DnsLab, live: api.Ask, name: str, found_at: str, issuers: list[str]) -> None:
    found = authorities(dns_lab, live, name)
    assert isinstance(found, CertificateAuthorities), found
    assert (found.found_at, [one.issuer for one in found.properties]) == (found_at, issuers)
    assert found.restricts is bool(found_at)


def test_a_list_for_wildcards_alone_lets_everybody_issue_ordinary_ones(dns_lab: DnsLab, live: api.Ask) -> None:
    found = authorities(dns_lab, live, "caawildonly.test")
    assert isinstance(found, CertificateAuthorities)
    assert not found.restricts


def test_a_name_without_web_and_email_needs_no_list(dns_lab: DnsLab, live: api.Ask) -> None:
    found = authorities(dns_lab, live, "caaunused.test")
    assert isinstance(found, Gap)
    assert isinstance(found.error, api.NotApplicable)


def test_of_a_name_that_does_not_exist_nothing_is_said(dns_lab: DnsLab, live: api.Ask) -> None:
    found = authorities(dns_lab, live, "gone.test")
    assert isinstance(found, Gap)
    assert isinstance(found.error, api.NotFound)


@pytest.mark.parametrize(
    ("text", "issuer"),
    [
        ('0 issue "letsencrypt.org"', "letsencrypt.org"),
        ('0 issue " ca1.Example.net ; account=230123"', "ca1.example.net"),
        ('0 issue "ca1.example.net; policy=ev; account=1"', "ca1.example.net"),
        ('128 issue "ca1.example.net"', "ca1.example.net"),
        ('0 ISSUE ";"', ""),
        ('0 issue ""', ""),
        ('0 issuewild "; account=1"', ""),
        ('0 issuemail "a-b.example"', "a-b.example"),
        ('0 iodef "mailto:security@example.com"', ""),
        ('0 iodef "https://iodef.example.com/"', ""),
    ],
)
def test_the_examples_of_the_standard_are_read(text: str, issuer: str) -> None:
    read = property_of(text)
    assert (read.flaw, read.blocks, read.issuer) == ("", False, issuer)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ('0 issue "%%%%%"', True),
        ('0 issue "ca1.example.net account=1"', True),
        ('0 issue "-ca.example"', True),
        ('0 issue "ca..example"', True),
        ('128 tbs "Unknown"', True),
        ('0 tbs "Unknown"', False),
        ('0 iodef "security@example.com"', False),
        ("\\# 3 000000", True),
        ("", True),
    ],
)
def test_mistakes_are_seen_and_those_that_forbid_everything_are_told_apart(text: str, blocks: bool) -> None:
    read = property_of(text)
    assert read.flaw
    assert read.blocks is blocks


@given(st.text(max_size=300) | st.from_regex(r'[0-9]{1,3} [a-z]{1,9} "[ -~]{0,200}"', fullmatch=True))
def test_no_record_breaks_the_reader(text: str) -> None:
    assert property_of(text).text == text
