import dataclasses

import pytest

from itaudit import api
from itaudit.checks.dns.mx import mx
from itaudit.facts.mail_servers import MailHost, MailServers

from .conftest import Plain

GOOD = MailHost("mx1.example.com", ("192.0.2.1",))
GONE = MailHost("gone.example.com", ())
ALIAS = MailHost("alias.example.com", ("192.0.2.1",), alias=True)
UNSEEN = MailHost("slow.example.com", None)


def mail(*hosts: MailHost, refuses: bool = False, address: bool = False, without: bool = False) -> MailServers:
    return MailServers(
        "example.com", "example.com", tuple(f"10 {host.name}." for host in hosts), hosts, refuses, address, without
    )


@pytest.mark.parametrize(
    ("facts", "status", "severity"),
    [
        (mail(GOOD), api.Status.OK, None),
        (mail(refuses=True), api.Status.OK, None),
        (mail(), api.Status.FAIL, None),
        (mail(address=True), api.Status.FAIL, None),
        (mail(GONE), api.Status.FAIL, api.Severity.CRITICAL),
        (mail(GOOD, GONE), api.Status.FAIL, None),
        (mail(UNSEEN, GONE), api.Status.FAIL, None),
        (mail(ALIAS), api.Status.WARN, None),
        (mail(GOOD, refuses=True), api.Status.WARN, None),
        (mail(GOOD, UNSEEN), api.Status.UNKNOWN, None),
    ],
)
def test_where_email_arrives(judged: Plain, facts: MailServers, status: api.Status, severity: api.Severity | None) -> None:
    assert judged(mx(facts)) == (status, severity)


def test_the_record_can_be_copied() -> None:
    remedy = mx(mail()).remedy
    assert remedy is not None
    assert "Publish: example.com. 3600 IN MX 10 MAIL-SERVER." in remedy.steps


def test_the_server_that_is_lost_is_named() -> None:
    assert "gone.example.com" in mx(mail(GOOD, GONE)).summary


@pytest.mark.parametrize(("address", "said"), [(True, "senders try the address of the name itself"), (False, "MX none")])
def test_where_email_goes_without_a_record_is_told(address: bool, said: str) -> None:
    assert said in mx(mail(address=address)).detail


def test_a_flood_is_shown_in_bounds() -> None:
    hosts = tuple(MailHost(f"{number}.{'x' * 60}.example.com", ("192.0.2.1",) * 1000) for number in range(20))
    flood = dataclasses.replace(mail(*hosts), records=("10 " + "y" * 200,) * 1000)
    assert len(mx(flood).detail) < 3000
