"""Router, internet and loss together, in a real little network of namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.office import Office


def test_a_network_that_works(office: Office) -> None:
    assert office.scan(5) == {"gateway": "ok", "internet": "ok", "loss": "ok", "lost": 0.0}


def test_a_router_that_ignores_pings_is_fine_and_the_loss_is_unknown(office: Office) -> None:
    office.drop("icmp", "type", "echo-request")
    assert office.scan(5) == {"gateway": "ok", "internet": "ok", "loss": "unreachable", "lost": None}


def test_a_dead_router_fails_once_and_the_loss_is_unknown(office: Office) -> None:
    office.drop("ip", "daddr", "0.0.0.0/0")
    assert office.scan(5) == {"gateway": "fail", "internet": "fail", "loss": "unreachable", "lost": None}


def test_a_line_that_loses_every_fifth_ping(office: Office) -> None:
    # Every fifth, whichever target it is for: 20 % of all, and at the middle target between 1 and 4 of 10.
    office.drop("ip", "daddr", "198.51.100.0/24", "icmp", "type", "echo-request", "numgen", "inc", "mod", "5", "==", "4")
    result = office.scan(10)
    assert (result["gateway"], result["internet"], result["loss"]) == ("ok", "ok", "fail")
    assert 5 < result["lost"] <= 40
