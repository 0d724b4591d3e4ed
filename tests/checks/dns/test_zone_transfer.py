from dataclasses import replace

from itaudit import api
from itaudit.checks.dns.zone_transfer import zone_transfer
from itaudit.facts.name_servers import State

from ._servers import answer, of
from .conftest import Plain

UNSEEN = answer("192.0.2.9", State.ANSWERS, transferred=None)


def test_one_server_that_hands_the_zone_out_is_enough(judged: Plain) -> None:
    verdict = zone_transfer(of(answer(), answer("192.0.2.2", transferred=9), UNSEEN))
    assert judged(verdict) == (api.Status.FAIL, None)
    assert verdict.summary.startswith("1 of 2 ")
    assert verdict.detail.endswith("192.0.2.1 refused; 192.0.2.2 handed out (9 or more records); 192.0.2.9 not seen")
    assert verdict.remedy is not None
    assert "dig @192.0.2.2 example.com AXFR" in verdict.remedy.verify


def test_servers_that_refuse_are_well(judged: Plain) -> None:
    assert judged(zone_transfer(of(answer(), UNSEEN))) == (api.Status.OK, None)


def test_where_none_could_be_asked_nothing_is_known(judged: Plain) -> None:
    assert judged(zone_transfer(of(UNSEEN))) == (api.Status.UNKNOWN, None)


def test_a_server_that_is_this_machine_or_its_neighbour_may_trust_us_so_nothing_is_known(judged: Plain) -> None:
    mine = answer("192.0.2.1", transferred=9)
    verdict = zone_transfer(replace(of(mine, answer("198.51.100.1")), nearby=frozenset({"192.0.2.1"})))
    assert judged(verdict) == (api.Status.UNKNOWN, None)
    assert "192.0.2.1" in verdict.summary
    assert "dig @192.0.2.1 example.com AXFR" in verdict.unlock


def test_one_far_away_that_hands_the_zone_out_is_bad_whatever_a_neighbour_does(judged: Plain) -> None:
    both = replace(of(answer("192.0.2.1", transferred=9), answer("198.51.100.1", transferred=9)), nearby=frozenset({"192.0.2.1"}))
    verdict = zone_transfer(both)
    assert judged(verdict) == (api.Status.FAIL, None)
    assert verdict.summary.startswith("1 of 2 ")
