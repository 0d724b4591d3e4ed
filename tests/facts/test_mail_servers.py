import pytest

from itaudit import api
from itaudit.facts.mail_servers import MailHost, MailServers, mail_servers
from lab._dns_zones import MAIL
from lab.dns import DnsLab


@pytest.mark.parametrize(
    ("name", "hosts", "refuses"),
    [
        ("good.test", (MailHost("mx1.good.test", (MAIL,)),), False),
        ("nomx.test", (), False),
        ("nullmx.test", (), True),
        ("mxalias.test", (MailHost("m.mxalias.test", (MAIL,), alias=True),), False),
        ("mxgone.test", (MailHost("gone.mxgone.test", ()),), False),
        ("mxhalf.test", (MailHost("gone.mxhalf.test", ()), MailHost("mx1.mxhalf.test", (MAIL,))), False),
    ],
)
def test_where_email_goes(dns_lab: DnsLab, live: api.Ask, name: str, hosts: tuple[MailHost, ...], refuses: bool) -> None:
    (found,) = mail_servers.function(live, dns_lab.targets(name))
    assert isinstance(found, MailServers)
    assert (found.hosts, found.refuses_mail) == (hosts, refuses)


def test_an_address_of_its_own_is_seen(dns_lab: DnsLab, live: api.Ask) -> None:
    found = list(mail_servers.function(live, dns_lab.targets("nomx.test", "nullmx.test", without_mail=("nullmx.test",))))
    assert [(each.own_address, each.without_mail) for each in found if isinstance(each, MailServers)] == [
        (True, False),
        (False, True),
    ]
