import pytest

from itaudit import api
from itaudit.contributions import Gap
from itaudit.facts.lookups import Lookups
from itaudit.facts.mail_servers import MailHost, MailServers, mail_servers, mail_servers_of
from lab._dns_zones import MAIL
from lab.dns import DnsLab


@pytest.mark.parametrize(
    ("name", "hosts", "refuses"),
    [
        ("good.test", (MailHost("mx1.good.test", (MAIL,)),), False),
        ("sendsonly.test", (), False),
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
    lookups = Lookups(live, dns_lab.targets("nomx.test"))
    assert mail_servers_of(lookups, "nomx.test").own_address
    assert not mail_servers_of(lookups, "nullmx.test").own_address


@pytest.mark.parametrize(
    ("name", "declared"), [("nomx.test", False), ("webonly.test", False), ("emptypark.test", False), ("good.test", True)]
)
def test_a_name_without_email_is_left_to_the_check_of_unused_names(
    dns_lab: DnsLab, live: api.Ask, name: str, declared: bool
) -> None:
    (gap,) = mail_servers.function(live, dns_lab.targets(name, without_mail=(name,) if declared else ()))
    assert isinstance(gap, Gap)
    assert isinstance(gap.error, api.NotApplicable)
