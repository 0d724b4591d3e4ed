import pytest

from itaudit import api
from itaudit.checks.dns.mx_reverse import mx_reverse
from itaudit.facts.mail_reverse import MailReverse, Proof, ReverseName

from .conftest import Plain

OK, FAIL, WARN, UNKNOWN = api.Status.OK, api.Status.FAIL, api.Status.WARN, api.Status.UNKNOWN
HOST = "mx.example.com"


def address(proof: Proof, *, sends: bool = False, own: bool = True) -> ReverseName:
    return ReverseName("192.0.2.25", HOST, proof, (), sends, own)


def found(*addresses: ReverseName, senders_known: bool = False) -> MailReverse:
    return MailReverse("example.com", "example.com", addresses, senders_known)


GOOD, MISSING, WRONG, UNSEEN = (address(proof) for proof in (Proof.CONFIRMED, Proof.MISSING, Proof.UNCONFIRMED, Proof.UNSEEN))


@pytest.mark.parametrize(
    ("facts", "status", "severity"),
    [
        (found(GOOD), OK, None),
        (found(MISSING), FAIL, None),
        (found(WRONG), FAIL, None),
        (found(GOOD, MISSING), FAIL, None),
        (found(UNSEEN, MISSING), FAIL, None),
        (found(UNSEEN, GOOD), UNKNOWN, None),
        # servers of others that only receive
        (found(address(Proof.MISSING, own=False)), OK, None),
        (found(address(Proof.UNSEEN, own=False)), OK, None),
        (found(address(Proof.CONFIRMED, sends=True), address(Proof.MISSING, own=False), senders_known=True), OK, None),
        # the owner says who sends
        (found(address(Proof.MISSING, sends=True), senders_known=True), FAIL, None),
        (found(address(Proof.CONFIRMED, sends=True), MISSING, senders_known=True), WARN, api.Severity.LOW),
        (found(address(Proof.UNSEEN, sends=True), MISSING, senders_known=True), UNKNOWN, None),
        (found(address(Proof.CONFIRMED, sends=True), UNSEEN, senders_known=True), OK, None),
    ],
)
def test_which_addresses_matter(judged: Plain, facts: MailReverse, status: api.Status, severity: api.Severity | None) -> None:
    assert judged(mx_reverse(facts)) == (status, severity)


def test_servers_of_others_are_not_called_traceable_when_they_are_not() -> None:
    verdict = mx_reverse(found(address(Proof.MISSING, own=False)))
    assert "can be traced" not in verdict.summary
    assert "has no reverse name" in verdict.detail


def test_both_records_can_be_copied() -> None:
    remedy = mx_reverse(found(MISSING)).remedy
    assert remedy is not None
    assert "Ask for: 25.2.0.192.in-addr.arpa. 3600 IN PTR mx.example.com." in remedy.steps
    assert "mx.example.com. 3600 IN A 192.0.2.25" in remedy.steps[2]
    assert remedy.who == "your internet provider"


def test_an_address_without_a_host_gets_a_name_of_the_business() -> None:
    remedy = mx_reverse(found(ReverseName("2001:db8::1", "", Proof.MISSING, sends=True), senders_known=True)).remedy
    assert remedy is not None
    assert "ip6.arpa. 3600 IN PTR mail.example.com." in remedy.steps[1]
    assert "mail.example.com. 3600 IN AAAA 2001:db8::1" in remedy.steps[2]


def test_many_addresses_are_counted_and_not_all_listed() -> None:
    many = [ReverseName(f"192.0.2.{number}", HOST, Proof.MISSING, own=True) for number in range(1, 9)]
    assert "192.0.2.1, 192.0.2.2, 192.0.2.3 and 5 more" in mx_reverse(found(*many)).summary
