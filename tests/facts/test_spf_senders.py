"""Whether configured addresses pass: each expectation follows from RFC 7208 4.6.2 and the zones."""

import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.mail import Mail
from itaudit.facts.spf_evaluation import Result
from itaudit.facts.spf_senders import Refusal, SenderCoverage, sender_coverage_of, sender_coverages
from lab._dns_zones import MAIL
from lab._spf_answers import Zones, lookups_in
from lab.dns import DnsLab, scripted, silence

SOA = {"SOA": ["a. b. 1 2 3 4 5"]}


def coverage(record: str | tuple[str, ...], *addresses: str, **more: dict[str, list[str]]) -> SenderCoverage:
    texts = list(record) if isinstance(record, tuple) else [record]
    zones: Zones = {"a.example": {**SOA, "TXT": texts}, **{f"{name}.example": data for name, data in more.items()}}
    return sender_coverage_of(lookups_in(zones), "a.example", addresses)


@pytest.mark.parametrize(
    ("record", "address", "result", "better"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.25", None, ""),
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.3.25", Result.FAIL, "v=spf1 ip4:192.0.2.0/24 ip4:192.0.3.25 -all"),
        ("v=spf1 ip4:192.0.2.0/24 ~all", "2001:db8::25", Result.SOFTFAIL, "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::25 ~all"),
        ("v=spf1 ip4:192.0.2.0/24", "192.0.3.25", Result.NEUTRAL, "v=spf1 ip4:192.0.2.0/24 ip4:192.0.3.25"),
        ("v=spf1 -ip4:192.0.2.0/24 +all", "192.0.2.25", Result.FAIL, "v=spf1 ip4:192.0.2.25 -ip4:192.0.2.0/24 +all"),
        ("v=spf1 redirect=b.example", "192.0.2.25", Result.PERMERROR, "v=spf1 ip4:192.0.2.25 redirect=b.example"),
        ("v=spf1 ipv4:192.0.2.25 -all", "192.0.2.25", Result.PERMERROR, "v=spf1 ip4:192.0.2.25 -all"),
        ("no record", "192.0.2.25", Result.NONE, "v=spf1 ip4:192.0.2.25 ~all"),
        (("v=spf1 mx -all", "v=spf1 a -all"), "192.0.2.25", Result.PERMERROR, "v=spf1 a mx ip4:192.0.2.25 -all"),
    ],
)
def test_an_address_that_does_not_pass_is_named_with_the_record_that_lets_it(
    record: str | tuple[str, ...], address: str, result: Result | None, better: str
) -> None:
    found = coverage(record, address)
    assert [refusal.result for refusal in found.refusals] == ([result] if result else [])
    assert not result or found.better == better


def test_the_reason_tells_what_decided() -> None:
    found = coverage("v=spf1 include:b.example -all", "192.0.2.25", "192.0.2.26", b={"TXT": ["v=spf1 ip4:192.0.2.25 -all"]})
    assert found.refusals == (Refusal("192.0.2.26", Result.FAIL, "-all"),)
    assert str(found.refusals[0]) == "192.0.2.26: fail (-all)"


def test_an_address_that_passes_by_the_mail_server_of_the_laboratory(dns_lab: DnsLab, live: api.Ask) -> None:
    found = list(sender_coverages.function(live, dns_lab.targets("good.test"), Mail(sends_from=(MAIL, "192.0.2.1"))))
    assert [each.refusals for each in found if isinstance(each, SenderCoverage)] == [(Refusal("192.0.2.1", Result.FAIL, "-all"),)]


def test_addresses_of_mail_servers_are_asked_once_and_together() -> None:
    hosts = {f"m{number}.example": {"A": [f"192.0.2.{number}"]} for number in range(3)}
    exchange = [f"10 m{number}.example." for number in range(3)]
    asked: list[tuple[str, str]] = []
    lookups = lookups_in({"a.example": {**SOA, "TXT": ["v=spf1 mx -all"], "MX": exchange}, **hosts}, asked)
    assert sender_coverage_of(lookups, "a.example", ("192.0.2.0",)).refusals == ()
    assert len(asked) == len(set(asked))
    assert {(name, "A") for name in hosts} <= set(asked)  # though the first already lets it pass
    assert "AAAA" not in [type_ for _, type_ in asked]


def test_what_could_not_be_seen_is_unknown() -> None:
    zones: Zones = {"a.example": {**SOA, "TXT": ["v=spf1 include:b.example -all"]}, "b.example": {"TXT": api.TimedOut("late")}}
    with pytest.raises(api.TimedOut):
        sender_coverage_of(lookups_in(zones), "a.example", ("192.0.2.25",))


def test_a_silent_resolver_proves_nothing(dns_lab: DnsLab, live: api.Ask) -> None:
    with scripted(silence) as port:
        targets = dns_lab.targets("good.test", resolver_port=port)
        (gap,) = sender_coverages.function(live, targets, Mail(sends_from=("192.0.2.1",)))
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.TimedOut)


def test_it_applies_only_where_an_address_is_named_and_the_name_sends(dns_lab: DnsLab, live: api.Ask) -> None:
    with pytest.raises(api.NotApplicable, match="no address from which"):
        list(sender_coverages.function(live, dns_lab.targets("good.test"), Mail()))
    targets = dns_lab.targets("good.test", without_mail=("good.test",))
    (gap,) = sender_coverages.function(live, targets, Mail(sends_from=(MAIL,)))
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.NotApplicable)


def test_a_backslash_in_the_sender_is_asked_as_it_is() -> None:
    asked: list[tuple[str, str]] = []
    lookups = lookups_in({"a.example": {**SOA, "TXT": ["v=spf1 exists:%{d1}\\x.example exists:%{h}\\y.example -all"]}}, asked)
    sender_coverage_of(lookups, "a.example", ("192.0.2.25",))
    assert {("example\\\\x.example", "A"), ("a.example\\\\y.example", "A")} <= set(asked)
