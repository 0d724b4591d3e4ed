from dataclasses import replace

import pytest

from itaudit import api
from itaudit.checks.dns.open_recursion import open_recursion
from itaudit.facts.name_servers import State

from ._servers import answer, of
from .conftest import Plain

SILENT = answer("192.0.2.9", State.SILENT, recursive=None)


def test_one_server_that_works_for_strangers_is_enough(judged: Plain) -> None:
    verdict = open_recursion(of(answer(), answer("192.0.2.2", recursive=True)))
    assert judged(verdict) == (api.Status.FAIL, None)
    assert verdict.summary.startswith("1 of 2 ")
    assert verdict.detail.endswith("192.0.2.1 refuses; 192.0.2.2 answers")
    assert verdict.remedy is not None
    assert "dig @192.0.2.2 . SOA" in verdict.remedy.verify


def test_servers_that_refuse_are_well_and_a_dead_one_does_not_hide_that(judged: Plain) -> None:
    assert judged(open_recursion(of(answer(), SILENT))) == (api.Status.OK, None)


def test_where_none_could_be_asked_nothing_is_known(judged: Plain) -> None:
    assert judged(open_recursion(of(SILENT))) == (api.Status.UNKNOWN, None)


@pytest.mark.parametrize("address", ["10.1.1.1", "172.31.0.1", "192.168.1.1", "100.64.0.1", "169.254.1.1", "fd00::1", "fe80::1"])
def test_a_server_behind_the_router_may_serve_its_own_network(judged: Plain, address: str) -> None:
    assert judged(open_recursion(of(answer(address, recursive=True)))) == (api.Status.OK, None)


@pytest.mark.parametrize("address", ["127.53.0.1", "172.32.0.1", "2001:db8::1", "9.9.9.9"])
def test_any_other_address_may_not(judged: Plain, address: str) -> None:
    assert judged(open_recursion(of(answer(address, recursive=True)))) == (api.Status.FAIL, None)


def test_a_server_that_is_this_machine_or_its_neighbour_may_know_us_so_nothing_is_known(judged: Plain) -> None:
    mine, other = answer("192.0.2.1", recursive=True), answer("198.51.100.1")
    verdict = open_recursion(replace(of(mine, other), nearby=frozenset({"192.0.2.1"})))
    assert judged(verdict) == (api.Status.UNKNOWN, None)
    assert "192.0.2.1" in verdict.summary
    assert "dig @192.0.2.1 . SOA" in verdict.unlock


def test_a_neighbour_that_refuses_even_us_is_well_and_one_far_away_that_does_not_is_bad(judged: Plain) -> None:
    near = frozenset({"192.0.2.1"})
    assert judged(open_recursion(replace(of(answer("192.0.2.1")), nearby=near))) == (api.Status.OK, None)
    both = of(answer("192.0.2.1", recursive=True), answer("198.51.100.1", recursive=True))
    verdict = open_recursion(replace(both, nearby=near))
    assert judged(verdict) == (api.Status.FAIL, None)
    assert verdict.remedy is not None
    assert "dig @198.51.100.1 . SOA" in verdict.remedy.verify
