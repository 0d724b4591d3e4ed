import pytest

from itaudit import api
from itaudit.checks.dns.starttls import starttls
from itaudit.facts.announced_certificates import Announced
from itaudit.facts.mail_encryption import MailEncryption
from itaudit.facts.mail_handshakes import MailServerTls, Protection

from .conftest import Plain

OK, FAIL, WARN, UNKNOWN = api.Status.OK, api.Status.FAIL, api.Status.WARN, api.Status.UNKNOWN


def found(*kinds: Protection, demanded: bool = False) -> MailEncryption:
    """Each kind at a mail server of its own."""
    servers = tuple(MailServerTls(f"mx{n}.example.com", f"192.0.2.{n}", kind, "TLSv1.1") for n, kind in enumerate(kinds, 1))
    return MailEncryption("example.com", "example.com", servers, demanded)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (found(Protection.GOOD), OK),
        (found(Protection.NONE), FAIL),
        (found(Protection.BROKEN), FAIL),
        (found(Protection.GOOD, Protection.NONE), FAIL),
        (found(Protection.UNSEEN, Protection.NONE), FAIL),
        (found(Protection.UNTRUSTED), WARN),
        (found(Protection.OUTDATED), OK),
        (found(Protection.OTHER_NAME), WARN),
        (found(Protection.OLD), WARN),
        (found(Protection.OLD, demanded=True), WARN),
        (found(Protection.UNTRUSTED, demanded=True), FAIL),
        (found(Protection.OUTDATED, demanded=True), OK),
        (found(Protection.WEAK), OK),
        (found(Protection.OUTDATED, Protection.OTHER_NAME), WARN),
        (found(Protection.OUTDATED, Protection.UNSEEN), UNKNOWN),
        (found(Protection.GOOD, Protection.OTHER_NAME, demanded=True), FAIL),
        (found(Protection.GOOD, demanded=True), OK),
        (found(Protection.OTHER_KEY), FAIL),
        (found(Protection.UNSEEN), UNKNOWN),
        (found(Protection.GOOD, Protection.UNSEEN), UNKNOWN),
        (found(Protection.OLD, Protection.UNSEEN), WARN),
    ],
)
def test_how_email_travels(judged: Plain, facts: MailEncryption, status: api.Status) -> None:
    assert judged(starttls(facts)) == (status, None)


def test_a_server_that_answers_at_one_of_its_addresses_is_seen() -> None:
    servers = (
        MailServerTls("mx.example.com", "192.0.2.1", Protection.GOOD),
        MailServerTls("mx.example.com", "2001:db8::1", Protection.UNSEEN, why="no route"),
    )
    verdict = starttls(MailEncryption("example.com", "example.com", servers))
    assert verdict.status is OK
    assert "mx.example.com [2001:db8::1]: not seen, no route" in verdict.detail


@pytest.mark.parametrize(("demanded", "status"), [(False, OK), (True, FAIL)])
def test_an_announced_certificate_needs_no_known_issuer_unless_one_is_demanded(demanded: bool, status: api.Status) -> None:
    server = MailServerTls("mx.example.com", "192.0.2.1", Protection.UNTRUSTED, announced=Announced.SAME)
    assert starttls(MailEncryption("example.com", "example.com", (server,), demanded)).status is status


def test_a_certificate_whose_time_is_over_is_not_called_a_proof() -> None:
    verdict = starttls(found(Protection.GOOD, Protection.OUTDATED))
    assert "prove who they are" not in verdict.summary
    assert "mx2.example.com" in verdict.summary


def test_where_nothing_gets_out_the_owner_is_told_what_would_help() -> None:
    assert "port 25" in starttls(found(Protection.UNSEEN)).unlock


def test_the_look_can_be_repeated_by_hand() -> None:
    remedy = starttls(found(Protection.UNTRUSTED)).remedy
    assert remedy is not None
    assert "openssl s_client -starttls smtp -connect mx1.example.com:25" in remedy.verify
    assert any("certbot certonly --standalone -d mx1.example.com" in step for step in remedy.steps)
