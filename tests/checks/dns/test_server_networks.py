import pytest

from itaudit import api
from itaudit.checks.dns.server_networks import server_networks
from itaudit.facts.name_servers import Delegation, State

from ._servers import answer, of
from .conftest import Plain


def at(*addresses: str, unseen: bool = False) -> Delegation:
    return of(*map(answer, addresses), unseen=unseen)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (at("192.0.2.1", "192.0.3.1"), api.Status.OK),
        (at("192.0.2.1", "192.0.2.254"), api.Status.WARN),
        (at("192.0.2.255", "192.0.3.0"), api.Status.OK),
        (at("2001:db8:0:1::1", "2001:db8:0:2::1"), api.Status.WARN),
        (at("2001:db8:0:1::1", "2001:db8:1:1::1"), api.Status.OK),
        (at("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"), api.Status.WARN),
        (at("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:1::2"), api.Status.OK),
        (at("192.0.2.1", "2001:db8::1"), api.Status.SKIPPED),
        (at("192.0.2.1"), api.Status.SKIPPED),
        (at("192.0.2.1", "192.0.2.2", unseen=True), api.Status.UNKNOWN),
        (at("192.0.2.1", "192.0.3.2", unseen=True), api.Status.OK),
        (at(), api.Status.SKIPPED),
        (of(answer("192.0.2.1"), answer("192.0.2.2", State.SILENT)), api.Status.WARN),
    ],
)
def test_one_network_is_one_line(judged: Plain, facts: Delegation, status: api.Status) -> None:
    assert judged(server_networks(facts)) == (status, None)


def test_the_networks_are_shown() -> None:
    assert server_networks(at("192.0.2.1", "2001:db8:0:5::1")).detail.endswith("192.0.2.0/24 2001:db8::/48")
