from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.connectivity.link_speed import Settings, link_speed
from itaudit.facts.network import Interface


def judged(
    speed: int | None, fastest: int | None = None, full_duplex: bool | None = True, connected: bool = True, wireless: bool = False
) -> api.Verdict:
    return link_speed(Interface("enp3s0", wireless, connected, speed, full_duplex, fastest, 0, 0, 0), Settings())


@pytest.mark.parametrize(
    ("speed", "fastest", "status"),
    [
        (1000, None, api.Status.OK),
        (1000, 2500, api.Status.OK),
        (100, 1000, api.Status.FAIL),
        (100, None, api.Status.WARN),
        (100, 100, api.Status.WARN),
        (10, 100, api.Status.FAIL),
    ],
)
def test_a_card_below_what_it_could_do_fails(speed: int, fastest: int | None, status: api.Status) -> None:
    assert judged(speed, fastest).status is status


def test_what_the_card_could_do_is_told() -> None:
    assert judged(100, 1000).summary == "enp3s0 is connected at 100 Mbit/s, though it can do 1000."


def test_a_card_that_gives_all_it_can_gets_no_new_cable() -> None:
    slow = judged(100, 100)
    assert slow.summary == "enp3s0 is connected at 100 Mbit/s, which is all that it can do."
    assert slow.remedy
    assert "faster network card" in slow.remedy.action
    for cable in (judged(100, 1000), judged(100, None), judged(10, 100), judged(100, 100, full_duplex=False)):
        assert cable.remedy
        assert "cable" in cable.remedy.action


def test_a_link_that_cannot_send_and_receive_at_once_fails() -> None:
    assert judged(1000, full_duplex=False).status is api.Status.FAIL
    assert judged(1000, full_duplex=None).status is api.Status.OK


def test_what_has_no_cable_speed_is_skipped() -> None:
    # A telephone used as a modem: a speed, but neither duplex nor what it could do.
    tethered = judged(150, None, full_duplex=None)
    for verdict in (tethered, judged(None, connected=False), judged(None, wireless=True), judged(None)):
        assert verdict.status is api.Status.SKIPPED


def test_the_technician_sees_whether_the_other_end_offers_more() -> None:
    card = Interface("enp3s0", False, True, 100, False, 1000, 0, 0, 0, 0, 1000)
    assert "duplex half, card supports up to 1000, other end offers up to 1000" in link_speed(card, Settings()).detail
