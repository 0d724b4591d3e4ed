from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.gateway import gateway
from itaudit.facts.routes import DefaultRoute, Router, WayOut


def way(*answers: bool | None, internet: bool) -> WayOut:
    routers = tuple(Router(DefaultRoute(f"192.0.2.{number}", "eth0", number), one) for number, one in enumerate(answers, 1))
    return WayOut("router", routers, internet)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (way(True, internet=True), api.Status.OK),
        (way(True, internet=False), api.Status.OK),
        (way(False, True, internet=False), api.Status.OK),
        (way(False, internet=True), api.Status.OK),
        (way(False, internet=False), api.Status.FAIL),
        (way(False, None, internet=False), api.Status.FAIL),
        (way(None, internet=False), api.Status.UNKNOWN),
        (way(internet=True), api.Status.OK),
        (way(internet=False), api.Status.FAIL),
    ],
)
def test_the_router_is_judged_by_its_answer_and_by_what_works_through_it(found: WayOut, status: api.Status) -> None:
    assert gateway(found).status is status


def test_a_router_that_ignores_us_while_the_internet_works_is_said_to_be_silent() -> None:
    assert "keeps silent" in gateway(way(False, internet=True)).summary


def test_a_machine_without_a_router_is_said_so_in_words() -> None:
    assert gateway(way(internet=False)).summary == "This machine knows no way to the internet, because no router is set."


def test_no_way_out_and_a_dead_router_have_different_remedies() -> None:
    none, dead = gateway(way(internet=False)), gateway(way(False, internet=False))
    assert none.remedy
    assert dead.remedy
    assert "set the router" in none.remedy.action
    assert "power" in dead.remedy.action


def test_a_link_without_a_router_cannot_be_asked_by_anybody() -> None:
    dialled = WayOut("router", (Router(DefaultRoute("", "ppp0", 0), None),), internet_works=False)
    verdict = gateway(dialled)
    assert verdict.status is api.Status.UNKNOWN
    assert verdict.summary == "The way to the internet is a direct line or a tunnel, so there is no router here to ask."
    assert "root" not in verdict.unlock


def test_without_the_right_to_ask_it_says_what_would_help() -> None:
    assert "root" in gateway(way(None, internet=False)).unlock
